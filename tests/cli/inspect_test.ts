import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { run, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";

Deno.test("inspect counts identities, sizes, damaged images and duplicates", async () => {
  const files = {
    "set/a/1.png": pngFace(0, 1),
    "set/a/2.jpg": await jpegFace(0, 2),
    "set/a/3.png": pngFace(0, 1),
    "set/b/1.png": pngFace(0, 1),
    "set/b/2.jpg": truncated(await jpegFace(1, 2)),
    "set/c/1.png": encodePng(new Uint8Array(20 * 30 * 3), 20, 30),
    "set/readme.txt": "",
  };
  await withFiles(files, async (dir) => {
    const plot = join(dir, "plot.svg");
    const { code, out, err } = await run("inspect", join(dir, "set"), "--json", "--plot", plot);
    assertEquals(code, 0, err);
    const { name: _, bytes, ...facts } = JSON.parse(out);
    const [damaged] = facts.damaged;
    assertStringIncludes(damaged.reason, "b/2.jpg");
    assertEquals(facts, {
      format: "identity folders",
      identities: 3,
      images: 6,
      imagesPerIdentity: { min: 1, median: 2, max: 3 },
      labelGaps: 0,
      landmarks: 0,
      pairs: 0,
      ignored: 1,
      sizes: { "40x36": 4, "20x30": 1 },
      damaged: [{ file: "b/2.jpg", reason: damaged.reason }],
      duplicates: [["a/1.png", "a/3.png", "b/1.png"]],
      conflicting: 1,
      remarks: [],
    });
    const sizes = Object.entries(files).map(([, file]) => file.length);
    assertEquals(bytes, sizes.reduce((sum, size) => sum + size, 0));
    assertStringIncludes(await Deno.readTextFile(plot), "<svg");
    const table = (await run("inspect", join(dir, "set"))).out;
    assertStringIncludes(table, "an identity   1 to 3 images, median 2");
    assertStringIncludes(table, "sizes         4 of 40x36, 1 of 20x30");
    assertStringIncludes(table, "duplicates    2; 1 images stand under several identities");
    assertStringIncludes(table, "  a/1.png = a/3.png = b/1.png");
    const quick = (await run("inspect", join(dir, "set"), "--no-check", "--json")).out;
    assertEquals(JSON.parse(quick).sizes, undefined);
    assertEquals(JSON.parse(quick).images, 6);
    const none = await run("inspect");
    assertEquals(none.code, 1);
    assertStringIncludes(none.err, "inspect takes one set of images");
  });
});

Deno.test("inspect sees landmarks and label gaps of a list", async () => {
  const points = "38 51 73 51 56 71 41 92 70 92";
  const files = {
    "a/1.png": pngFace(0, 1),
    "b/1.png": pngFace(1, 1),
    "list.txt": `a/1.png 1 ${points}\nb/1.png 4 ${points}\n`,
  };
  await withFiles(files, async (dir) => {
    const { out, err } = await run("inspect", join(dir, "list.txt"), "--json");
    const { format, landmarks, labelGaps, identities } = JSON.parse(out || err);
    assertEquals([format, landmarks, labelGaps, identities], ["list with landmarks", 2, 3, 2]);
  });
});
