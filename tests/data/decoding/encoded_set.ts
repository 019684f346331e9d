import type { EncodedImages } from "../../../src/data/encoded_images.ts";

/** A set of image files in memory, `identity/image` by name, in the order given. */
export function encodedSet(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): EncodedImages & { reads: number } {
  const sampleNames = Object.keys(files);
  const identities = [...new Set(sampleNames.map((name) => name.split("/")[0]!))];
  return {
    name: "memory",
    identities,
    labels: Uint32Array.from(sampleNames, (name) => identities.indexOf(name.split("/")[0]!)),
    sampleNames,
    reads: 0,
    encoded(index) {
      this.reads++;
      return Promise.resolve(files[sampleNames[index]!]!.slice());
    },
  };
}
