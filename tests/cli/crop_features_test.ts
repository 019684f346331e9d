import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  cropFeatures,
  describeBroken,
  type Extractor,
  rawPixels,
  streamCropFeatures,
} from "../../src/cli/crop_features.ts";
import type { BrokenCrop } from "../../src/cli/crops.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
import { withFiles } from "./command.ts";

/** Gives what a function makes of each image. */
function extractor(make: (pixels: Uint8Array) => Float32Array): Extractor {
  return {
    name: "reading",
    size: { height: 1, width: 1 },
    dim: 3,
    batch: 2,
    async *extract(images) {
      for await (const pixels of images) yield make(pixels);
    },
  };
}

const png = (value: number) => encodePng(new Uint8Array(3).fill(value), 1, 1);

Deno.test("rawPixels() scales bytes as a net sees them", async () => {
  const { dim, extract } = rawPixels({ height: 1, width: 2 });
  assertEquals(dim, 6);
  async function* images() {
    yield new Uint8Array([0, 255, 127, 128, 64, 1]);
    yield new Uint8Array(6);
  }
  const [first, second] = await Array.fromAsync(extract(images()));
  assertEquals(
    [...first!],
    [-127.5, 127.5, -0.5, 0.5, -63.5, -126.5].map((value) => value / 128),
  );
  assertEquals([...second!], Array(6).fill(-127.5 / 128));
});

Deno.test("streamCropFeatures() gives the features of good images, and refuses those that are no numbers", async () => {
  await withFiles({ a: png(1), b: "broken", c: png(3), d: png(4) }, async (dir) => {
    const paths = ["a", "b", "c", "d"].map((name) => join(dir, name));
    const bytes = extractor((pixels) => Float32Array.from(pixels));
    for (const [first, indices] of [[0, [0, 2, 3]], [1, [2, 3]]] as const) {
      const broken: [string, number][] = [];
      const onBroken = ({ file }: BrokenCrop, index: number) => void broken.push([file, index]);
      const options = { first, complete: false, onBroken };
      const features = await Array.fromAsync(streamCropFeatures(paths, bytes, options));
      assertEquals(features.map(({ index }) => index), [...indices]);
      for (const { index, feature } of features) {
        assertEquals([...feature], Array(3).fill(index + 1));
      }
      assertEquals(broken, [[paths[1]!, 1]]);
    }
    const bad = extractor((pixels) => Float32Array.from(pixels, (value) => value < 3 ? 0 : 1 / 0));
    const options = { complete: false, onBroken() {} };
    const { message } = await assertRejects(
      () => Array.fromAsync(streamCropFeatures(paths, bad, options)),
      RangeError,
    );
    assertEquals(message.startsWith(`The feature of ${paths[2]} holds Infinity`), true, message);
  });
});

Deno.test("cropFeatures() packs the features of all images, or names all broken ones", async () => {
  await withFiles({ a: png(1), b: png(2), x: "broken", y: "" }, async (dir) => {
    const paths = ["b", "a", "b"].map((name) => join(dir, name));
    let made = 0;
    const bytes = extractor((pixels) => (made++, Float32Array.from(pixels)));
    assertEquals(await cropFeatures(paths, bytes), {
      features: new Float32Array([2, 2, 2, 1, 1, 1, 2, 2, 2]),
      dim: 3,
    });
    made = 0;
    const some = ["a", "x", "b", "y"].map((name) => join(dir, name));
    const { message } = await assertRejects(() => cropFeatures(some, bytes), Error);
    assertStringIncludes(message, "2 of 4 images cannot be used:\n");
    for (const name of [some[1]!, some[3]!]) assertStringIncludes(message, name);
    assertEquals(made, 1); // nothing is made of images after a broken one
  });
});

Deno.test("describeBroken() says how many of how many", () => {
  const broken = ["a", "b"].map((file) => ({ file, reason: `${file} is empty.` }));
  assertEquals(
    describeBroken(broken, 3),
    "2 of 3 images cannot be used:\n  a is empty.\n  b is empty.",
  );
  assertEquals(
    describeBroken(broken, 2),
    "None of the 2 images can be used:\n  a is empty.\n  b is empty.",
  );
  assertEquals(describeBroken(broken.slice(1), 1), "b is empty.");
});
