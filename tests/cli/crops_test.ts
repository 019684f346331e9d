import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type BrokenCrop, readCrops } from "../../src/cli/crops.ts";
import { encodePng } from "../../src/faces/encode_png.ts";
import { withFiles } from "./command.ts";

const SIZE = { height: 2, width: 1 };

/** A picture whose pixels all have one value. */
function png(value: number): Uint8Array {
  return encodePng(new Uint8Array(4 * 2 * 3).fill(value), 4, 2);
}

function name(index: number): string {
  return `${String(index).padStart(3, "0")}.png`;
}

function pictures(count: number): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), png(i)]));
}

Deno.test("readCrops() gives full batches in the order of the paths, without the broken ones", async () => {
  const files = { ...pictures(11), [name(1)]: new Uint8Array(3), [name(10)]: png(10).slice(0, 40) };
  await withFiles(files, async (dir) => {
    const paths = Object.keys(files).sort().map((file) => join(dir, file));
    const broken: BrokenCrop[] = [];
    const onBroken = (crop: BrokenCrop) => void broken.push(crop);
    const batches = await Array.fromAsync(readCrops(paths, { size: SIZE, batch: 4, onBroken }));
    assertEquals(batches.map(({ indices }) => indices), [[0, 2, 3, 4], [5, 6, 7, 8], [9]]);
    for (const { indices, pixels } of batches) {
      assertEquals([...pixels], indices.flatMap((index) => Array(6).fill(index)));
    }
    assertEquals(broken.map(({ file }) => file), [paths[1], paths[10]]);
    for (const { file, reason } of broken) assertStringIncludes(reason, file);
  });
});

Deno.test("readCrops() reads no further ahead than a batch and what its workers hold", async () => {
  await withFiles(pictures(60), async (dir) => {
    const paths = Array.from({ length: 60 }, (_, i) => join(dir, name(i)));
    let broken = 0;
    let good = 0;
    for await (
      const { indices } of readCrops(paths, {
        size: SIZE,
        batch: 2,
        onBroken: () => broken++,
      })
    ) {
      if (good === 0) {
        await new Promise((resolve) => setTimeout(resolve, 300)); // time enough to read them all
        for (const path of paths.slice(40)) await Deno.remove(path);
      }
      good += indices.length;
    }
    assertEquals([good, broken], [40, 20]);
  });
});

Deno.test("readCrops() ends its workers when its reader stops early", async () => {
  await withFiles(pictures(9), async (dir) => {
    const paths = Array.from({ length: 9 }, (_, i) => join(dir, name(i)));
    for await (const { indices } of readCrops(paths, { size: SIZE, batch: 2, onBroken() {} })) {
      assertEquals(indices, [0, 1]);
      break;
    }
  });
});
