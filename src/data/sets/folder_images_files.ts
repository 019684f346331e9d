import { join } from "@std/path";
import type { OpenedImages } from "../encoded_images.ts";
import { requireSample } from "../encoded_images.ts";
import { listIdentities } from "./folder_listing_files.ts";
import { readImageFile, stampsOf } from "./single_files.ts";

/**
 * Opens a folder of identity folders, `dir/identity/image.jpg|jpeg|png`; identities and images are sorted by
 * code units.
 *
 * @throws Error when there is no such folder, or no identity folder with an image in it.
 */
export async function openFolder(dir: string): Promise<OpenedImages> {
  const { identities, ignored } = await listIdentities(dir);
  const sampleNames: string[] = [];
  const counts: number[] = [];
  for (const { name, images } of identities) {
    counts.push(images.length);
    for (const image of images) sampleNames.push(`${name}/${image}`);
  }
  const labels = new Uint32Array(sampleNames.length);
  let end = 0;
  counts.forEach((count, label) => labels.fill(label, end, end += count));
  const set = { name: dir, labels };
  const path = (index: number) => {
    requireSample(set, index);
    return join(dir, sampleNames[index]!);
  };
  return {
    ...set,
    format: "identity folders",
    identities: identities.map(({ name }) => name),
    sampleNames,
    ignored,
    remarks: [],
    path,
    encoded: async (index) => await readImageFile(path(index), sampleNames[index]!),
    stamps: () => stampsOf(sampleNames, path),
    [Symbol.dispose]() {},
  };
}
