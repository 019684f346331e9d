import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openCropSource } from "../../src/cli/crop_source.ts";
import { namesOf, readCrops } from "../../src/cli/crops.ts";
import { run, withFiles } from "./command.ts";
import { pngFace } from "./faces.ts";

Deno.test("openCropSource() takes files and folders, or one set of any format", async () => {
  const files = { "set/a/1.png": pngFace(0, 1), "set/b/1.png": pngFace(1, 1) };
  await withFiles(files, async (dir) => {
    const at = (name: string) => join(dir, name);
    assertEquals((await run("pack", at("set"), at("set.tar"))).code, 0);
    assertEquals((await run("pack", at("set"), at("rec"), "--format", "rec")).code, 0);
    const size = { height: 20, width: 18 };
    const pixelsOf = async (...args: string[]) => {
      using opened = await openCropSource(args);
      const onBroken = () => {};
      const crops = await Array.fromAsync(
        readCrops(opened.source, { size, margin: 2, ahead: 1, onBroken }),
      );
      return { names: namesOf(opened.source), pixels: crops.map(({ pixels }) => pixels) };
    };
    const plain = await pixelsOf(at("set"));
    assertEquals(plain.names, [at("set/a/1.png"), at("set/b/1.png")]);
    assertEquals(plain.pixels.map(({ length }) => length), [20 * 18 * 3, 20 * 18 * 3]);
    assertEquals(
      (await pixelsOf(at("set/b/1.png"), at("set/a"))).pixels,
      plain.pixels.toReversed(),
    );
    for (const set of ["set.tar", "rec", "rec/train.rec"]) {
      const { names, pixels } = await pixelsOf(at(set));
      assertEquals([names, pixels], [["a/1.png", "b/1.png"], plain.pixels]);
    }
    const both = await assertRejects(() => openCropSource([at("set.tar"), at("set")]), TypeError);
    assertStringIncludes(both.message, "give it alone");
    await assertRejects(
      () => openCropSource([at("none.zip")]),
      Error,
      "There is no file or folder",
    );
  });
});
