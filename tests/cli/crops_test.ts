import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type BrokenCrop, readCrops } from "../../src/cli/crops.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
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

Deno.test("readCrops() gives images in the order of the paths, without the broken ones", async () => {
  const files = { ...pictures(11), [name(1)]: new Uint8Array(3), [name(10)]: png(10).slice(0, 40) };
  await withFiles(files, async (dir) => {
    const paths = Object.keys(files).sort().map((file) => join(dir, file));
    for (const [first, broken] of [[0, [1, 10]], [2, [10]], [11, []]] as const) {
      const heard: [BrokenCrop, number][] = [];
      const onBroken = (crop: BrokenCrop, index: number) => void heard.push([crop, index]);
      const crops = await Array.fromAsync(
        readCrops(paths, { size: SIZE, ahead: 4, first, onBroken }),
      );
      const good = [0, 2, 3, 4, 5, 6, 7, 8, 9].filter((index) => index >= first);
      assertEquals(crops.map(({ index }) => index), good);
      for (const { index, pixels } of crops) assertEquals([...pixels], Array(6).fill(index));
      assertEquals(
        heard.map(([{ file }, index]) => [file, index]),
        broken.map((i) => [paths[i]!, i]),
      );
      for (const [{ file, reason }] of heard) assertStringIncludes(reason, file);
    }
  });
});

Deno.test("readCrops() reads no further ahead than it was told and what its workers hold", async () => {
  await withFiles(pictures(60), async (dir) => {
    const paths = Array.from({ length: 60 }, (_, i) => join(dir, name(i)));
    let broken = 0;
    let good = 0;
    const options = { size: SIZE, ahead: 4, onBroken: () => void broken++ };
    for await (const _ of readCrops(paths, options)) {
      if (good === 0) {
        await new Promise((resolve) => setTimeout(resolve, 300)); // time enough to read them all
        for (const path of paths.slice(40)) await Deno.remove(path);
      }
      good++;
    }
    assertEquals([good, broken], [40, 20]);
  });
});

Deno.test("readCrops() ends its workers when its reader stops early", async () => {
  await withFiles(pictures(9), async (dir) => {
    const paths = Array.from({ length: 9 }, (_, i) => join(dir, name(i)));
    for await (const { index } of readCrops(paths, { size: SIZE, ahead: 2, onBroken() {} })) {
      assertEquals(index, 0);
      break;
    }
  });
});
