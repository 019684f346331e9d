import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { alignFaces } from "../../src/faces/align/align.ts";
import { decodeImage } from "../../src/faces/images/decode.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
import type { Landmarks } from "../../src/faces/face.ts";
import type { RgbImage } from "../../src/faces/images/image.ts";
import { formatLandmarks } from "../../src/faces/align/landmark_lists.ts";
import { applyMatrix, type Matrix2x3 } from "../../src/faces/align/matrix.ts";
import { faceTemplate } from "../../src/faces/align/template.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Random } from "../../src/random.ts";
import { hasSharedWeights, SHARED_WEIGHTS } from "../support/mtcnn.ts";
import { hasSharedFaces, SHARED_PHOTOS } from "../support/shared_faces.ts";
import { run, runTask, withFiles } from "./command.ts";
import { truncated } from "./faces.ts";

/** A photo of smooth colours, which JPEG hardly changes. */
function photo(height: number, width: number, seed: number): RgbImage {
  const random = new Random(seed);
  const [a, b, c] = [0, 0, 0].map(() => 0.02 + 0.03 * random.uniform());
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 100 * Math.sin(a! * x + b! * y + (i % 3)) * Math.cos(c! * y);
  });
  return { height, width, data };
}

function landmarks(x: number, y: number, scale: number): Landmarks {
  const matrix: Matrix2x3 = [scale, 0.1, x, -0.1, scale, y];
  const points = faceTemplate().points.map((point) => applyMatrix(matrix, point));
  return points as unknown as Landmarks;
}

const PHOTOS = [photo(200, 240, 1), photo(130, 120, 2), photo(300, 200, 3)] as const;
const MARKS = [landmarks(60, 30, 1), landmarks(5, 8, 0.8), landmarks(20, 90, 1.5)] as const;

/** A line of a list; its numbers count from 1. */
function line(name: string, marks: Landmarks): string {
  return [name, ...marks.flatMap(({ x, y }) => [x + 1, y + 1])].join("\t");
}

function files(): Record<string, Uint8Array | string> {
  const png = ({ data, height, width }: RgbImage) => encodePng(data, height, width);
  return {
    "in/ann/1.png": png(PHOTOS[0]),
    "in/bob/deep/2.png": png(PHOTOS[1]),
    "in/3.png": png(PHOTOS[2]),
    "in/bob/cut.png": truncated(png(PHOTOS[0])),
    "in/bob/text.jpg": "a text file",
    "in/bob/none.png": png(PHOTOS[1]),
    "in/notes.txt": "no photo",
    "list.txt": [
      line("ann/1.png", MARKS[0]),
      line("bob/deep/2.png", MARKS[1]),
      line("3.png", MARKS[2]),
      line("bob/cut.png", MARKS[0]),
      line("bob/text.jpg", MARKS[0]),
      line("elsewhere.png", MARKS[0]),
    ].join("\n"),
  };
}

async function filesBelow(folder: string, under = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, under))) {
    const path = under === "" ? name : `${under}/${name}`;
    if (isDirectory) found.push(...await filesBelow(folder, path));
    else found.push(path);
  }
  return found.sort();
}

async function crop(path: string): Promise<RgbImage> {
  return await decodeImage(await Deno.readFile(path), path);
}

const WRITTEN = ["3.png", "ann/1.png", "bob/deep/2.png", "landmarks.json", "left_out.txt"];

Deno.test("align writes the crops that alignFaces() makes, and names what it leaves out", async () => {
  await withFiles(files(), async (dir) => {
    const [from, to] = [join(dir, "in"), join(dir, "out")];
    const all = ["align", from, to, "--landmarks", join(dir, "list.txt"), "--format", "png"];
    const { code, out, err } = await run(...all, "--json");
    assertEquals(code, 0, err);
    assertEquals(await filesBelow(to), WRITTEN);

    using gpu = await Gpu.request();
    const faces = PHOTOS.map((image, i) => ({ image, landmarks: MARKS[i]! }));
    const expected = await alignFaces(gpu, faces);
    for (const [i, name] of ["ann/1.png", "bob/deep/2.png", "3.png"].entries()) {
      const { height, width, data } = await crop(join(to, name));
      assertEquals([height, width], [112, 96]);
      const worst = data.reduce(
        (most, value, k) => Math.max(most, Math.abs(value - expected[i]!.data[k]!)),
        0,
      );
      assert(worst <= 1, `${name}: ${worst}`); // as the list's numbers came back rounded
    }

    const said = JSON.parse(out);
    assertEquals([said.folder, said.photos, said.crops], [to, 6, 3]);
    const leftOut = said.leftOut.map(({ photo }: { photo: string }) => photo);
    assertEquals(leftOut, ["bob/cut.png", "bob/none.png", "bob/text.jpg"]);
    const lines = (await Deno.readTextFile(join(to, "left_out.txt"))).trimEnd().split("\n");
    assertEquals(lines.map((it) => it.split("\t")[0]), leftOut);
    assertStringIncludes(lines[0]!, "bob/cut.png is a PNG file that is cut off");
    assertStringIncludes(lines[1]!, "the file of landmarks does not name it");
    assertStringIncludes(lines[2]!, "is neither a JPEG nor a PNG file");
    assertStringIncludes(err, "3 of 6 photos are left out");
  });
});

Deno.test("align takes its own landmarks again, and writes JPEG files of 112×112", async () => {
  await withFiles(files(), async (dir) => {
    const [from, to, again] = ["in", "out", "again"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const options = ["--template", "112x112", "--quality", "95"];
    await run("align", from, to, "--landmarks", join(dir, "list.txt"), ...options);
    const { code } = await run(
      ...["align", from, again, "--landmarks", join(to, "landmarks.json"), ...options],
    );
    assertEquals(code, 0);
    const names = ["3.jpg", "ann/1.jpg", "bob/deep/2.jpg"];
    assertEquals(await filesBelow(again), [...names, "landmarks.json", "left_out.txt"]);
    for (const name of names) {
      const bytes = await Deno.readFile(join(again, name));
      assertEquals(bytes, await Deno.readFile(join(to, name)));
      const { height, width } = await decodeImage(bytes, name);
      assertEquals([height, width], [112, 112]);
    }
  });
});

Deno.test("align goes on where it was interrupted, and only as it began", async () => {
  await withFiles(files(), async (dir) => {
    const [from, to, whole] = ["in", "out", "whole"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const options = ["--landmarks", join(dir, "list.txt")];
    assertEquals((await run("align", from, whole, ...options)).code, 0);

    // As a run leaves it that was killed after one photo, in the middle of a line.
    await Deno.mkdir(join(to, "ann"), { recursive: true });
    await Deno.writeTextFile(join(to, "ann/1.jpg"), "kept as it is");
    const settings = {
      from,
      template: "112x96",
      convention: "matlab",
      method: "cp2tform",
      face: "centre",
      antialias: false,
      format: "jpg",
      quality: 75,
      landmarks: options[1],
      order: null,
    };
    const done = { name: "ann/1.png", faces: [{ landmarks: MARKS[0] }], crops: ["ann/1.jpg"] };
    const journal = [settings, done].map((it) => JSON.stringify(it)).join("\n");
    await Deno.writeTextFile(join(to, "align.part"), `${journal}\n{"name": "3.p`);

    const without = await run("align", from, to, ...options);
    assertMatch(without.err, /interrupted run has left: go on with --resume/);
    const otherwise = await run("align", from, to, ...options, "--resume", "--quality", "80");
    assertMatch(otherwise.err, /begun with quality 75, not 80/);
    const { code, err } = await run("align", from, to, ...options, "--resume");
    assertEquals(code, 0, err);
    assertEquals(await filesBelow(to), await filesBelow(whole));
    assertEquals(await Deno.readTextFile(join(to, "ann/1.jpg")), "kept as it is");
    assertEquals(
      await Deno.readFile(join(to, "bob/deep/2.jpg")),
      await Deno.readFile(join(whole, "bob/deep/2.jpg")),
    );
    const landmarks = JSON.parse(await Deno.readTextFile(join(to, "landmarks.json")));
    assertEquals(Object.keys(landmarks), ["3.png", "ann/1.png", "bob/deep/2.png"]);

    const nothing = await run("align", from, whole, ...options, "--resume");
    assertMatch(nothing.err, /There is nothing to go on with/);
    const full = await run("align", from, whole, ...options);
    assertMatch(full.err, /is not empty; give a folder that is not there yet/);
  });
});

Deno.test("align gives all faces of a photo names of their own, and says where there is none", async () => {
  const known = new Map([
    ["3.png", [MARKS[2], MARKS[1]].map((landmarks) => ({ landmarks }))],
    ["ann/1.png", []],
    ["bob/deep/2.png", [{ landmarks: [0, 1, 2, 3, 4].map(() => ({ x: 9, y: 9 })) as never }]],
  ]);
  await withFiles({ ...files(), "known.json": formatLandmarks(known) }, async (dir) => {
    const [from, to, json] = ["in", "out", "known.json"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const { code } = await run("align", from, to, "--landmarks", json, "--face", "all");
    assertEquals(code, 0);
    const names = await filesBelow(to);
    assertEquals(names.slice(0, 2), ["3.face2.jpg", "3.jpg"]);
    const left = await Deno.readTextFile(join(to, "left_out.txt"));
    assertStringIncludes(left, "ann/1.png\tno face was found in it\n");
    assertMatch(left, /bob\/deep\/2\.png\t.*determine no similarity transform/);

    const none = join(dir, "none.json");
    await Deno.writeTextFile(none, formatLandmarks(new Map([["3.png", []]])));
    assertEquals((await run("align", from, join(dir, "no"), "--landmarks", none)).code, 1);
  });
});

Deno.test("align ends bad input in one clear sentence, and writes nothing", async () => {
  const more = { "two/a.png": "1", "two/a.jpg": "2", "bad.txt": "a.png 1 2\n", "empty/x.txt": "" };
  await withFiles({ ...files(), ...more }, async (dir) => {
    const at = (name: string) => join(dir, name);
    const [from, to] = [at("in"), at("out")];
    const list = ["--landmarks", at("list.txt")];
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[from], /align takes FROM, the photos, and TO/],
      [[from, to, "more"], /not 3 arguments/],
      [[at("no"), to, ...list], /There is no folder of photos .*no\./],
      [[at("empty"), to, ...list], /holds no JPEG or PNG image/],
      [[from, from, ...list], /lies in .*give a folder beside it/],
      [[from, join(from, "out"), ...list], /lies in .*give a folder beside it/],
      [[at("two"), to, ...list], /become the same crop.*\n {2}a\.jpg and a\.png$/],
      [[from, to, "--landmarks", at("no.txt")], /There is no file of landmarks/],
      [[from, to, "--landmarks", at("bad.txt")], /bad\.txt:1: is not a path and ten numbers/],
      [[at("in/ann"), to, ...list], /names none of the photos: it has names such as ann\/1\.png/],
      [[from, to, ...list, "--weights", "x"], /Give --landmarks or --weights/],
      [[from, to, "--convention", "zero-based"], /is for landmarks of other programs/],
      [[from, to, "--order", "pairs"], /--order tells of a list/],
      [[from, to, ...list, "--template", "96x112"], /--template must be one of/],
      [[from, to, ...list, "--quality", "101"], /--quality must be at most 100/],
      [[from, to, ...list, "--format", "png", "--quality", "9"], /--quality is for JPEG files/],
      [[from, to, "--weights", at("no")], /There is no folder or file of MTCNN weights/],
    ];
    for (const [words, message] of cases) {
      const { code, err } = await run("align", ...words);
      assertEquals(code, 1, words.join(" "));
      assertMatch(err, message);
      assertEquals(await Deno.stat(to).catch(() => null), null, words.join(" "));
    }
  });
});

Deno.test({
  name: "deno task align finds the face in a photo, and needs no more permissions",
  ignore: !(hasSharedFaces && hasSharedWeights),
  fn: async () => {
    await withFiles({}, async (dir) => {
      const to = join(dir, "out");
      const weights = fromFileUrl(SHARED_WEIGHTS);
      const { code, err } = await runTask(
        ...["align", fromFileUrl(SHARED_PHOTOS), to, "--weights", weights] as const,
      );
      assertEquals(code, 0, err);
      assertEquals(await filesBelow(to), ["ivan.jpg", "landmarks.json", "left_out.txt"]);
      const left = await Deno.readTextFile(join(to, "left_out.txt"));
      assertEquals(left, "no-faces.jpg\tno face was found in it\n");
      const { height, width } = await crop(join(to, "ivan.jpg"));
      assertEquals([height, width], [112, 96]);
    });
  },
});
