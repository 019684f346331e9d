import { assertEquals, assertRejects } from "@std/assert";
import { DecodedImages } from "../../../src/data/decoding/decoded_images.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import { gradient } from "../../faces/images/image_samples.ts";
import { encodedSet } from "./encoded_set.ts";

const SIZE = { height: 14, width: 12 };
const png = (phase: number) => encodePng(gradient(14, 12, phase), 14, 12);
const cut = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, bytes.length / 2);

/** Identities in any order, as a list file may have them, and damaged images among good ones. */
const FILES = {
  "b/1": png(1),
  "a/1": cut(png(2)),
  "b/2": cut(png(3)),
  "a/2": png(4),
  "b/3": png(5),
  "c/1": png(6),
};

Deno.test("DecodedImages reads any set, in memory and on demand", async () => {
  for (const cacheBytes of [2 ** 20, 0]) {
    const set = encodedSet(FILES);
    using images = await DecodedImages.from(set, { size: SIZE, workers: 1, cacheBytes });
    assertEquals(set.reads, cacheBytes === 0 ? 0 : 6);
    const kept = cacheBytes === 0 ? ["b/1", "a/1", "b/2", "a/2", "b/3", "c/1"] : [
      "b/1",
      "a/2",
      "b/3",
      "c/1",
    ];
    assertEquals(images.sampleNames, kept);
    assertEquals(images.identities, ["b", "a", "c"]);
    assertEquals([...images.labels], cacheBytes === 0 ? [0, 1, 0, 1, 0, 2] : [0, 1, 0, 2]);
    const pixels = await images.read(kept.map((_, i) => i), SIZE);
    // The next good image of its identity stands in for a damaged one.
    const phases = cacheBytes === 0 ? [1, 4, 5, 4, 5, 6] : [1, 4, 5, 6];
    assertEquals(pixels.length, phases.length * 14 * 12 * 3);
    phases.forEach((phase, i) => assertEquals(pixels[i * 14 * 12 * 3 + 2], 40 * phase));
    assertEquals(images.skipped.map(({ file }) => file).sort(), ["a/1", "b/2"]);
  }
});

Deno.test("DecodedImages.from() leaves out identities with too few images", async () => {
  const options = { size: SIZE, workers: 1, minIdentities: 1 };
  using two = await DecodedImages.from(encodedSet(FILES), { ...options, minImages: 2 });
  assertEquals([two.identities, two.sampleNames], [["b"], ["b/1", "b/3"]]);
  const set = encodedSet(FILES);
  using early = await DecodedImages.from(set, { ...options, minImages: 3, cacheBytes: 0 });
  assertEquals([early.identities, early.labels.length], [["b"], 3]);
  await assertRejects(
    () => DecodedImages.from(encodedSet(FILES), { ...options, minImages: 4 }),
    Error,
    "0 identities with at least 4 images",
  );
});

Deno.test("DecodedImages.from() drops identities without images, as labels with gaps make them", async () => {
  const set = { ...encodedSet({ "a/1": png(1), "c/1": png(2) }), identities: ["a", "b", "c"] };
  const gaps = { ...set, labels: Uint32Array.of(0, 2) };
  using images = await DecodedImages.from(gaps, { size: SIZE, workers: 1 });
  assertEquals([images.identities, [...images.labels]], [["a", "c"], [0, 1]]);
});
