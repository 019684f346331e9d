import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { decodeImage } from "../../src/faces/images/decode.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
import { hasSharedWeights, SHARED_WEIGHTS } from "../support/mtcnn.ts";
import { hasSharedFaces, SHARED_PHOTOS } from "../support/shared_faces.ts";
import { run, runTask, withFiles } from "./command.ts";

const ignore = !(hasSharedFaces && hasSharedWeights);

const WEIGHTS = ["--weights", fromFileUrl(SHARED_WEIGHTS)];

const photo = (name: string) => fromFileUrl(new URL(name, SHARED_PHOTOS));

/** A JPEG of four components, as far as a decoder looks at it before it refuses it. */
const CMYK = Uint8Array.from([
  ...[0xff, 0xd8, 0xff, 0xc0, 0, 20, 8, 0, 16, 0, 16, 4],
  ...[1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0],
  ...[0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0, 1, 2, 0xff, 0xd9],
]);

Deno.test({
  name:
    "deno task detect prints faces as text, and as JSON of the shared form by paths below the folder",
  ignore,
  async fn() {
    const text = await runTask("detect", ...WEIGHTS, photo("ivan.jpg"));
    assertEquals(text.code, 0, text.err);
    assertMatch(
      text.out,
      /ivan\.jpg: 1 face\n {2}(?:0\.99\d\d|1\.0000) {2}\d\d×\d\d at \(27\d, \d\d\) {2}eyes \(/,
    );
    const { code, out, err } = await run("detect", ...WEIGHTS, "--json", photo("."));
    assertEquals(code, 0, err);
    const found = JSON.parse(out);
    assertEquals(Object.keys(found).sort(), ["ivan.jpg", "no-faces.jpg"]);
    assertEquals(found["no-faces.jpg"], []);
    const [face] = found["ivan.jpg"];
    assertEquals(Object.keys(face), ["box", "confidence", "landmarks"]);
    assertEquals(Object.keys(face.box), ["x", "y", "width", "height"]);
    const names = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"];
    assertEquals(Object.keys(face.landmarks), names);
    assert(face.landmarks.nose.every((value: number) => Number.isFinite(value)));
  },
});

Deno.test({
  name: "detect --draw marks faces in a PNG of one photo, and in a folder of several",
  ignore,
  async fn() {
    await withFiles({ "a/one.png": await Deno.readFile(photo("no-faces.jpg")) }, async (dir) => {
      const options = ["--min-size", "40", ...WEIGHTS];
      const file = join(dir, "marked.png");
      const one = await run("detect", ...options, photo("ivan.jpg"), "--draw", file);
      assertEquals(one.code, 0, one.err);
      const marked = await decodeImage(await Deno.readFile(file), file);
      const plain = await decodeImage(await Deno.readFile(photo("ivan.jpg")), "ivan");
      assertEquals([marked.width, marked.height], [plain.width, plain.height]);
      const changed = marked.data.filter((value, i) => value !== plain.data[i]).length;
      assert(changed > 200 && changed < 10_000, `${changed}`);

      const folder = join(dir, "new", "pictures");
      const words = [...options, photo("no-faces.jpg"), join(dir, "a"), "--draw", folder];
      const both = await run("detect", ...words);
      assertEquals(both.code, 0, both.err);
      const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
      assertEquals(names, ["no-faces.png", "one.png"]);
    });
  },
});

Deno.test({
  name: "detect names photos that it cannot use, looks at the others, and says so by its exit code",
  ignore,
  async fn() {
    const files = {
      "a.png": encodePng(new Uint8Array(48 * 48 * 3), 48, 48),
      "cmyk.jpg": CMYK,
      "text.jpg": "a text file",
    };
    await withFiles(files, async (dir) => {
      const { code, out, err } = await run("detect", ...WEIGHTS, "--json", dir);
      assertEquals(code, 1);
      assertEquals(JSON.parse(out), { "a.png": [] });
      assertMatch(
        err,
        /2 of 3 photos cannot be used:\n.*cmyk\.jpg is a JPEG of 4 components \(CMYK\)/,
      );
      assertMatch(err, /text\.jpg is neither a JPEG nor a PNG/);
    });
  },
});

Deno.test("detect ends bad input in one clear sentence", async () => {
  const files = {
    "a.png": encodePng(new Uint8Array(3), 1, 1),
    "b.png": encodePng(new Uint8Array(3), 1, 1),
  };
  await withFiles(files, async (dir) => {
    const [a, b] = [join(dir, "a.png"), join(dir, "b.png")];
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[], /detect needs photos, or folders of photos, as arguments; see --help\.$/],
      [[join(dir, "c.png")], /There is no file or folder .*c\.png\.$/],
      [
        [a, "--weights", join(dir, "none")],
        /There is no folder or file of MTCNN weights .*none\.$/,
      ],
      [[a, "--weights", dir], /holds none of MTCNN's weights: give --weights a folder/],
      [[a, "--min-size", "2"], /at least 4, not 2\.$/],
      [[a, "--factor", "1"], /at most 0\.99, not 1\.$/],
      [[a, "--thresholds", "0.5,0.5"], /three thresholds, one for each net, not \[0\.5,0\.5\]\.$/],
      [[a, "--thresholds", "0.5,high,1"], /from 0 to below 1, not NaN\.$/],
      [[a, "--draw", join(dir, "out.jpg")], /--draw writes PNG files, not .*out\.jpg;/],
      [[a, b, "--draw", join(dir, "out.png")], /2 photos cannot all be drawn into .*out\.png;/],
      [[a, b, "--draw", dir], /would write over .*a\.png; give it a folder without photos\.$/],
      [[a, "--colour"], /There is no option --colour;/],
    ];
    for (const [words, message] of cases) {
      const { code, out, err } = await run("detect", ...words);
      assertEquals(code, 1, words.join(" "));
      assertMatch(err, /^spheregrad detect: /);
      assertMatch(err, message);
      assertEquals(out, "");
    }
  });
});
