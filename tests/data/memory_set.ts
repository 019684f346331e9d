import type { DataSet, ImageSize } from "../../src/data/dataset.ts";

/** A data set whose pixels are the sample's index; each identity has `perIdentity` samples. */
export function memorySet(identities: number, perIdentity: number): DataSet & { reads: number } {
  const samples = identities * perIdentity;
  return {
    name: "memory",
    identities: Array.from({ length: identities }, (_, label) => `id${label}`),
    labels: Uint32Array.from({ length: samples }, (_, i) => Math.floor(i / perIdentity)),
    sampleNames: Array.from({ length: samples }, (_, i) => `sample${i}`),
    reads: 0,
    read(indices: readonly number[], { height, width }: ImageSize) {
      this.reads++;
      const bytes = height * width * 3;
      const out = new Uint8Array(indices.length * bytes);
      indices.forEach((index, i) => out.fill(index, i * bytes, (i + 1) * bytes));
      return Promise.resolve(out);
    },
  };
}
