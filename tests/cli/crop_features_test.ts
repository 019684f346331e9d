import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { cropFeatures, describeBroken, rawPixels } from "../../src/cli/crop_features.ts";
import { encodePng } from "../../src/faces/encode_png.ts";
import { withFiles } from "./command.ts";

Deno.test("rawPixels() scales bytes as a net sees them", () => {
  const { dim, extract } = rawPixels({ height: 1, width: 2 });
  assertEquals(dim, 6);
  assertEquals(
    [...new Float32Array(extract(new Uint8Array([0, 255, 127, 128, 64, 1])) as Float32Array)],
    [-127.5, 127.5, -0.5, 0.5, -63.5, -126.5].map((value) => value / 128),
  );
});

Deno.test("cropFeatures() packs the rows of good images, and refuses features that are no numbers", async () => {
  const png = (value: number) => encodePng(new Uint8Array(3).fill(value), 1, 1);
  await withFiles({ a: png(1), b: "broken", c: png(3) }, async (dir) => {
    const paths = ["a", "b", "c"].map((name) => join(dir, name));
    const size = { height: 1, width: 1 };
    const extractor = (extract: (pixels: Uint8Array) => Float32Array) => ({
      name: "reading",
      size,
      dim: 3,
      extract,
    });
    const bytes = extractor((pixels) => Float32Array.from(pixels));
    const { features, dim, indices, broken } = await cropFeatures(paths, bytes, {
      complete: false,
    });
    assertEquals([...features], [1, 1, 1, 3, 3, 3]);
    assertEquals([dim, indices, broken.map(({ file }) => file)], [3, [0, 2], [paths[1]]]);

    const bad = extractor((pixels) => Float32Array.from(pixels, (value) => value < 3 ? 0 : 1 / 0));
    const { message } = await assertRejects(
      () => cropFeatures(paths, bad, { complete: false }),
      RangeError,
    );
    assertEquals(message.startsWith(`The feature of ${paths[2]} holds Infinity`), true, message);
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
