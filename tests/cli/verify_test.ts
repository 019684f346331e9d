import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { cosineSimilarity } from "../../src/evaluate/features.ts";
import { decodeImage } from "../../src/faces/images/decode.ts";
import { fitCrop } from "../../src/faces/images/resample.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Embedder } from "../../src/sphereface/embedder.ts";
import { run, runTask, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";
import { SIZE, tinyModel } from "./tiny_model.ts";

const MODEL = tinyModel();

async function files(): Promise<Record<string, Uint8Array | string>> {
  return {
    "model.safetensors": MODEL,
    "a.png": pngFace(0, 1),
    "b.jpg": await jpegFace(1, 1),
    "text.jpg": "a text file",
    "cut.jpg": truncated(await jpegFace(1, 1)),
    "empty.png": "",
  };
}

Deno.test("verify prints the cosine of the embeddings, and no decision without a threshold", async () => {
  await withFiles(await files(), async (dir) => {
    const [a, b] = [join(dir, "a.png"), join(dir, "b.jpg")];
    using gpu = await Gpu.request();
    using embedder = Embedder.load(gpu, MODEL, "tiny");
    const [left, right] = await Promise.all([a, b].map(async (path) => {
      return fitCrop(await decodeImage(await Deno.readFile(path), path), SIZE);
    }));
    const expected = cosineSimilarity(await embedder.embed(left!), await embedder.embed(right!));
    assert(expected < 0.999, "the check would tell nothing");
    const { code, out, err } = await run("verify", "--model", dir, a, b, "--json");
    assertEquals(code, 0, err);
    const { cosine, angle, threshold, same } = JSON.parse(out);
    assertAlmostEquals(cosine, expected, 1e-6);
    assertAlmostEquals(angle, Math.acos(expected) * 180 / Math.PI, 1e-3);
    assertEquals([threshold, same], [null, null]);
    const text = await run("verify", "--model", dir, a, b);
    assertEquals(text.code, 0);
    assertMatch(text.out, /^cosine -?0\.\d{4} \([\d.]+°\)\nNo decision without a threshold:/);
  });
});

Deno.test("deno task verify decides by its threshold, exits with 0 either way, and needs to read alone", async () => {
  await withFiles(await files(), async (dir) => {
    const [a, b] = [join(dir, "a.png"), join(dir, "b.jpg")];
    const same = await runTask("verify", "--model", dir, a, a, "--threshold", "0.9");
    assertEquals(same.code, 0, same.err);
    assertEquals(same.out, "cosine 1.0000 (0.0°)\nthe same person: above the threshold 0.9");
    const two = await run("verify", "--model", dir, a, b, "--threshold", "1");
    assertEquals(two.code, 0, two.err);
    assertMatch(two.out, /\ntwo people: not above the threshold 1$/);
    const low = await run("verify", "--model", dir, a, b, "--threshold", "-1", "--json");
    assertEquals(JSON.parse(low.out).same, true);
    assertEquals(JSON.parse(low.out).threshold, -1);
  });
});

Deno.test("verify refuses a model whose embeddings are no numbers", async () => {
  const { tensors, metadata } = decodeSafetensors(tinyModel(), "tiny");
  for (const { data } of Object.values(tensors)) (data as Float32Array).fill(NaN);
  const broken = encodeSafetensors(tensors, metadata);
  await withFiles({ ...await files(), "model.safetensors": broken }, async (dir) => {
    const { code, err } = await run(
      "verify",
      "--model",
      dir,
      join(dir, "a.png"),
      join(dir, "b.jpg"),
    );
    assertEquals(code, 1);
    assertMatch(err, /The feature of .*a\.png holds NaN: the model is broken/);
  });
});

Deno.test("verify ends bad input in one clear sentence", async () => {
  await withFiles(await files(), async (dir) => {
    const [a, b] = [join(dir, "a.png"), join(dir, "b.jpg")];
    const model = ["--model", dir];
    const inDir = (name: string) => join(dir, name);
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[...model, a], /verify takes two images, not 1; see --help\.$/],
      [[...model, a, b, a], /verify takes two images, not 3; see --help\.$/],
      [
        [...model, inDir("no.jpg"), dir],
        /There is no image .*no\.jpg\. .* is a folder; give an im/,
      ],
      [[...model, a, inDir("text.jpg")], /1 of 2 images cannot be used:\n.*text\.jpg is neither/],
      [
        [...model, inDir("cut.jpg"), inDir("empty.png")],
        /None of the 2 images can be used:\n {2}.*cut\.jpg .*\n {2}.*empty\.png is empty\.$/,
      ],
      [["--model", inDir("no"), a, b], /There is no model .*no\.$/],
      [["--model", a, a, b], /a\.png is not a whole safetensors file/],
      [[a, b], /--model is missing/],
      [[...model, a, b, "--threshold"], /--threshold needs a value: --threshold X\.$/],
      [[...model, a, b, "--threshold", "high"], /--threshold must be a number .* not "high"\.$/],
      [
        [...model, a, b, "--threshold", "1.5"],
        /--threshold is a cosine, from -1 to 1, not 1\.5\.$/,
      ],
      [[...model, a, b, "--treshold", "0.3"], /There is no option --treshold;/],
    ];
    for (const [words, message] of cases) {
      const { code, out, err } = await run("verify", ...words);
      assertEquals(code, 1, words.join(" "));
      assertMatch(err, /^spheregrad verify: /);
      assertMatch(err, message);
      assertEquals(out, "");
    }
  });
});
