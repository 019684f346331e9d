import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { evaluatePairs, type PairFeatures } from "../../src/evaluate/pairs.ts";
import { indexPairs, parsePairs } from "../../src/evaluate/pairs_list.ts";
import { decodeImage } from "../../src/faces/images/decode.ts";
import { fitCrop } from "../../src/faces/images/resample.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Embedder } from "../../src/sphereface/embedder.ts";
import { run, runTask, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";
import { SIZE, tinyModel } from "./tiny_model.ts";

const MODEL = tinyModel();

/** Two folds of three pairs of each kind. */
const LIST = `2 3
ann 1 2
ann 1 3
bob 1 2
ann 1 bob 1
bob 2 cy 1
ann 2 cy 2
cy 1 2
dee 1 2
dee 1 3
cy 1 dee 2
dee 1 bob 2
ann 3 dee 3
`;

const IMAGES = [["ann", 3], ["bob", 2], ["cy", 2], ["dee", 3]] as const;

/** A model, a list, and its images, JPEG and PNG by turns. */
async function files(): Promise<Record<string, Uint8Array | string>> {
  const out: Record<string, Uint8Array | string> = {
    "model.safetensors": MODEL,
    "pairs.txt": LIST,
  };
  for (const [person, [name, images]] of IMAGES.entries()) {
    for (let image = 1; image <= images; image++) {
      const stem = `faces/${name}/${name}_000${image}`;
      if (image === 1) out[`${stem}.png`] = pngFace(person, image);
      else out[image === 2 ? `${stem}.jpg` : `${stem}.JPEG`] = await jpegFace(person, image);
    }
  }
  return out;
}

/** The options that the files stand for, in place of which others may stand. */
function args(dir: string, others: Readonly<Record<string, string>> = {}): string[] {
  const options = {
    "--model": join(dir, "model.safetensors"),
    "--images": join(dir, "faces"),
    "--pairs": join(dir, "pairs.txt"),
    ...others,
  };
  return [
    "pairs",
    ...Object.entries(options).flatMap(([name, value]) => value ? [name, value] : [name]),
  ];
}

/** Features by the library's own functions, one image after the other. */
async function directly(
  dir: string,
  dim: number,
  extract: (pixels: Uint8Array<ArrayBuffer>) => Promise<Float32Array> | Float32Array,
): Promise<PairFeatures> {
  const pairs = indexPairs(parsePairs(LIST, "pairs.txt"));
  const features = new Float32Array(pairs.images.length * dim);
  for (const [row, stem] of pairs.images.entries()) {
    const ending = ["png", "jpg", "JPEG"][Number(stem.at(-1)) - 1];
    const bytes = await Deno.readFile(join(dir, "faces", `${stem}.${ending}`));
    features.set(await extract(fitCrop(await decodeImage(bytes, stem), SIZE)), row * dim);
  }
  return { features, dim, ...pairs };
}

Deno.test("evaluate pairs finds what evaluatePairs() does on the embedder's features", async () => {
  await withFiles(await files(), async (dir) => {
    using gpu = await Gpu.request();
    using embedder = Embedder.load(gpu, MODEL, "tiny");
    const input = await directly(dir, 1024, (pixels) => embedder.embed(pixels));
    const expected = evaluatePairs(input);
    const { code, out, err } = await run("evaluate", ...args(dir), "--json");
    assertEquals(code, 0, err);
    const found = JSON.parse(out);
    assertEquals(found.pairs, 12);
    assertEquals(found.images, 10);
    assertEquals(found.size, "32x32");
    assertAlmostEquals(found.accuracy, expected.accuracy, 1e-12);
    assertAlmostEquals(found.standardDeviation, expected.standardDeviation, 1e-12);
    assertAlmostEquals(found.equalErrorRate, expected.equalErrorRate, 1e-12);
    assertAlmostEquals(found.areaUnderCurve, expected.areaUnderCurve, 1e-12);
    assertEquals(found.trueAcceptRate, expected.trueAcceptRate);
    for (const [f, fold] of expected.folds.entries()) {
      assertEquals(found.folds[f].accuracy, fold.accuracy);
      assertAlmostEquals(found.folds[f].threshold, fold.threshold, 2e-4); // of 20,001 values
    }
    const plain = evaluatePairs(input, { subtractMean: false });
    assertAlmostEquals(found.plainCosine.accuracy, plain.accuracy, 1e-12);
    assert(expected.accuracy > 0.5 && expected.accuracy < 1, "the check would tell nothing");
  });
});

Deno.test("evaluate pairs --raw-pixels judges pixels without a model", async () => {
  const { "model.safetensors": _, ...rest } = await files();
  await withFiles(rest, async (dir) => {
    const expected = evaluatePairs(
      await directly(
        dir,
        32 * 32 * 3,
        (pixels) => Float32Array.from(pixels, (value) => (value - 127.5) / 128),
      ),
    );
    const pixels = args(dir, { "--raw-pixels": "", "--size": "32x32" }).filter((arg) =>
      !/model/.test(arg)
    );
    const { code, out, err } = await run("evaluate", ...pixels, "--json");
    assertEquals(code, 0, err);
    const { folds, accuracy, areaUnderCurve, features } = JSON.parse(out);
    assertEquals(folds, JSON.parse(JSON.stringify(expected.folds)));
    assertEquals({ accuracy, areaUnderCurve, features }, {
      accuracy: expected.accuracy,
      areaUnderCurve: expected.areaUnderCurve,
      features: "raw pixels",
    });
  });
});

Deno.test("deno task evaluate prints figures, writes a report, and needs no more permissions", async () => {
  await withFiles(await files(), async (dir) => {
    const report = join(dir, "report.html");
    const words = args(dir, { "--model": dir, "--batch": "3", "--out": report });
    const { code, out, err } = await runTask("evaluate", ...words);
    assertEquals(code, 0, err);
    assertMatch(out, /^accuracy +\d+\.\d\d % ± \d+\.\d\d %\nfolds +[\d.]+, [\d.]+\n/);
    for (
      const name of ["equal error rate", "area under ROC", "TAR at FAR 1e-2", "TAR at FAR 1e-3"]
    ) {
      assertMatch(out, new RegExp(`^${name} +[\\d.]+`, "m"));
    }
    assertMatch(out, /^pairs +6 of one person, 6 of two$/m);
    assertMatch(out, /^plain cosine +.* \(for verify\)$/m);
    assertStringIncludes(err, "embedding images 10/10");
    const html = await Deno.readTextFile(report);
    assertStringIncludes(html, "SphereNet-4 at 32x32");
    assertMatch(html, /^<!doctype html>/i);
  });
});

Deno.test("evaluate pairs says that one fold is judged by itself", async () => {
  const list = LIST.split("\n").slice(1, 7).join("\n");
  await withFiles({ ...await files(), "pairs.txt": `3\n${list}` }, async (dir) => {
    const { code, out, err } = await run("evaluate", ...args(dir));
    assertEquals(code, 0, err);
    assertStringIncludes(out, "The list has one fold");
  });
});

Deno.test("evaluate lists the protocols, and refuses others", async () => {
  for (const words of [[], ["--help"]]) {
    const { code, out } = await run("evaluate", ...words);
    assertEquals(code, 0);
    assertMatch(out, /^ {2}pairs +/m);
  }
  const { code, err } = await run("evaluate", "pears");
  assertEquals(code, 1);
  assertStringIncludes(err, 'There is no protocol "pears"');
});

Deno.test("evaluate pairs names all images that are missing, the first twenty where they are many", async () => {
  const { "faces/bob/bob_0002.jpg": _, ...rest } = await files();
  await withFiles({ ...rest, "more.txt": moreThanThereAre() }, async (dir) => {
    const gone = await run(
      "evaluate",
      ...args(dir),
    );
    assertEquals(gone.code, 1);
    assertMatch(gone.err, /lacks 1 of the 10 images that .*pairs\.txt names\.\n {2}bob\/bob_0002$/);
    const many = await run("evaluate", ...args(dir, { "--pairs": join(dir, "more.txt") }));
    assertEquals(many.code, 1);
    assertStringIncludes(many.err, "lacks 60 of the 61 images");
    assertEquals(many.err.split("\n").length, 22);
    assertMatch(many.err, /\n {2}and 40 more$/);
  });
});

/** A list of 30 pairs of each kind, of whose images `ann_0001` alone exists. */
function moreThanThereAre(): string {
  const numbers = Array.from({ length: 30 }, (_, i) => 100 + i);
  return [
    "30",
    ...numbers.map((number) => `ann 1 ${number}`),
    ...numbers.map((number) => `ann 1 eve ${number}`),
  ].join("\n");
}

Deno.test("evaluate pairs names all images that cannot be decoded", async () => {
  const good = await files();
  const broken = {
    ...good,
    "faces/ann/ann_0001.png": truncated(pngFace(0, 1)),
    "faces/bob/bob_0002.jpg": "this is a text",
    "faces/dee/dee_0002.jpg": truncated(await jpegFace(3, 2)),
  };
  await withFiles(broken, async (dir) => {
    const { code, out, err } = await run("evaluate", ...args(dir));
    assertEquals(code, 1);
    assertEquals(out, "");
    assertStringIncludes(err, "3 of 10 images cannot be used:\n");
    for (const name of ["ann_0001.png", "bob_0002.jpg", "dee_0002.jpg"]) {
      assertStringIncludes(err, name);
    }
  });
});

Deno.test("evaluate pairs ends bad input in one clear sentence", async () => {
  await withFiles(await files(), async (dir) => {
    const inDir = (name: string) => join(dir, name);
    const malformed = LIST.replace("ann 1 3", "ann 1").replace("dee 1 2", "dee one 2");
    await Deno.writeTextFile(inDir("malformed.txt"), malformed);
    await Deno.writeTextFile(inDir("short.txt"), LIST.split("\n").slice(0, 8).join("\n"));
    await Deno.writeTextFile(inDir("empty.txt"), "");
    await Deno.mkdir(inDir("nobody"));
    const cases: readonly (readonly [string[], RegExp])[] = [
      [args(dir, { "--model": inDir("no") }), /There is no model .*no\.$/],
      [args(dir, { "--model": inDir("pairs.txt") }), /is not a whole safetensors file/],
      [args(dir, { "--images": inDir("no") }), /There is no folder .*no\.$/],
      [
        args(dir, { "--images": inDir("pairs.txt") }),
        /pairs\.txt does not look like a list of images/,
      ],
      [args(dir, { "--folds": "2" }), /--folds belongs to a verification \.bin/],
      [args(dir, { "--images": inDir("nobody") }), /lacks 10 of the 10 .*as name\/name_0001\.jpg/],
      [args(dir, { "--pairs": inDir("no") }), /There is no pairs list .*no\.$/],
      [args(dir, { "--pairs": dir }), /is a folder; give the path of a pairs list\.$/],
      [args(dir, { "--pairs": inDir("empty.txt") }), /empty\.txt is empty/],
      [args(dir, { "--pairs": inDir("short.txt") }), /promises 12 pairs .* but lists 7/],
      [
        args(dir, { "--pairs": inDir("malformed.txt") }),
        /2 malformed lines: correct or remove\n {2}line 3: "ann 1" .*\n {2}line 9: "dee one 2"/,
      ],
      [args(dir, { "--out": inDir("no/report.html") }), /make the folder .*no first/],
      [args(dir, { "--out": dir }), /is a folder; give the path of a file/],
      [args(dir, { "--batch": "0" }), /--batch must be a number of at least 1, not "0"\.$/],
      [args(dir, { "--batch": "" }), /--batch needs a value: --batch N\.$/],
      [args(dir, { "--bach": "3" }), /There is no option --bach;/],
      [args(dir, { "--size": "32x32" }), /--size belongs to --raw-pixels/],
      [args(dir, { "--raw-pixels": "", "--size": "32x32" }), /either from --model or from --size/],
      [[...args(dir), "faces"], /takes no argument "faces"/],
      [["pairs", "--images", dir, "--pairs", dir], /--model is missing/],
      [["pairs", "--model", dir, "--pairs", inDir("pairs.txt")], /--images is missing/],
      [["pairs", "--raw-pixels", "--images", dir, "--pairs", dir], /either from --model/],
      [["pairs", "--raw-pixels", "--weights", dir, "--pairs", dir], /--weights goes with --model/],
    ];
    for (const [words, message] of cases) {
      const { code, out, err } = await run("evaluate", ...words);
      assertEquals(code, 1, words.join(" "));
      assertMatch(err, message);
      assertMatch(err, /^spheregrad evaluate: /);
      assertEquals(out, "");
    }
  });
});
