/** Real faces beside the project, which are never part of it. */

import { decodeImage } from "../../src/faces/images/decode.ts";
import type { RgbImage } from "../../src/faces/images/image.ts";
import { Random } from "../../src/random.ts";

/** Aligned crops of 112×112 in folders by person. */
export const SHARED_FACES = new URL("../../../shared/data/faces/", import.meta.url);

/** Photos for a detector, and what it should find. */
export const SHARED_PHOTOS = new URL("../../../shared/data/detect/", import.meta.url);

/** Whether both are there. */
export const hasSharedFaces: boolean = await Promise.all(
  [SHARED_FACES, SHARED_PHOTOS].map((url) => Deno.stat(url)),
).then(
  () => true,
  () => (console.log("skipped: the shared faces and photos are not here"), false),
);

/** So many crops, drawn by a seed from the people of a part of the set. */
export async function sharedCrops(
  count: number,
  seed: number,
  part: "test" | "train" | "distractors" = "test",
): Promise<{ name: string; image: RgbImage }[]> {
  const root = new URL(`${part}/`, SHARED_FACES);
  const files: string[] = [];
  for (const person of await namesIn(root)) {
    if (person.includes(".")) continue;
    for (const file of await namesIn(new URL(`${person}/`, root))) files.push(`${person}/${file}`);
  }
  const names = new Random(seed).shuffle(files).slice(0, count);
  return await Promise.all(names.map(async (name) => ({
    name,
    image: await decodeImage(await Deno.readFile(new URL(name, root)), name),
  })));
}

async function namesIn(folder: URL): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}
