import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { decodeImage } from "../../src/faces/images/decode.ts";
import { fitCrop } from "../../src/faces/images/resample.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Embedder } from "../../src/sphereface/embedder.ts";
import { run, runTask, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";
import { SIZE, tinyModel } from "./tiny_model.ts";

const MODEL = tinyModel();

async function files(): Promise<Record<string, Uint8Array | string>> {
  return {
    "model.safetensors": MODEL,
    "in/zoe/b.png": pngFace(0, 1),
    "in/zoe/a.jpg": await jpegFace(0, 2),
    "in/Ann/deep/er/1.PNG": pngFace(1, 1),
    "in/Ann/.hidden.png": pngFace(1, 2),
    "in/Ann/notes.txt": "no image",
    "in/text.jpg": "a text file",
    "in/cut.png": truncated(pngFace(2, 1)),
    "alone.png": pngFace(3, 1),
  };
}

/** Rows of a file of embeddings, and its metadata. */
async function read(path: string) {
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(path), path);
  const { dtype, shape, data } = tensors["features"]!;
  assertEquals(dtype, "F32");
  assertEquals(Object.keys(tensors), ["features"]);
  const row = (index: number) => (data as Float32Array).subarray(index * 1024, (index + 1) * 1024);
  return { shape, row, metadata };
}

Deno.test("embed writes a row for each good image, and names those that it leaves out", async () => {
  await withFiles(await files(), async (dir) => {
    const file = join(dir, "out.safetensors");
    const images = [join(dir, "alone.png"), join(dir, "in"), join(dir, "in", "zoe", "b.png")];
    const options = ["--model", dir, "--out", file, "--json"];
    const { code, out, err } = await run("embed", ...images, ...options);
    assertEquals(code, 0, err);

    const good = ["alone.png", "in/Ann/deep/er/1.PNG", "in/zoe/a.jpg", "in/zoe/b.png"];
    const paths = good.map((name) => join(dir, name));
    const { shape, row, metadata } = await read(file);
    assertEquals(shape, [4, 1024]);
    assertEquals(metadata["names"], paths.join("\n"));
    assertEquals(metadata["net"], "4");
    assertEquals(metadata["size"], "32x32");
    assertEquals(metadata["model"], join(dir, "model.safetensors"));

    using gpu = await Gpu.request();
    using embedder = Embedder.load(gpu, MODEL, "tiny");
    for (const [index, path] of paths.entries()) {
      const image = await decodeImage(await Deno.readFile(path), path);
      const expected = await embedder.embed(fitCrop(image, SIZE));
      const scale = Math.max(...expected.map(Math.abs));
      const error = Math.max(...expected.map((value, k) => Math.abs(value - row(index)[k]!)));
      assert(error <= 1e-5 * scale, `${path}: ${error} of ${scale}`);
    }

    const said = JSON.parse(out);
    assertEquals([said.file, said.images], [file, 4]);
    const skipped = ["in/cut.png", "in/text.jpg"].map((name) => join(dir, name));
    assertEquals(said.skipped.map((one: { file: string }) => one.file), skipped);
    assertStringIncludes(err, "2 of 6 images cannot be used:\n");
    for (const name of skipped) assertStringIncludes(err, `  ${name} `);
  });
});

Deno.test("deno task embed gives the same rows in smaller batches, and needs no more permissions", async () => {
  await withFiles(await files(), async (dir) => {
    const [one, two] = [join(dir, "one.safetensors"), join(dir, "two.safetensors")];
    const { code, out, err } = await runTask(
      "embed",
      ...["--model", dir, join(dir, "in"), "--out", one, "--batch", "2"],
    );
    assertEquals(code, 0, err);
    assertEquals(out, "");
    assertStringIncludes(err, "Wrote the embeddings of 3 images");
    assertEquals((await run("embed", "--model", dir, join(dir, "in"), "--out", two)).code, 0);
    const [a, b] = [await read(one), await read(two)];
    assertEquals(a.metadata, b.metadata);
    for (let row = 0; row < 3; row++) {
      const scale = Math.max(...b.row(row).map(Math.abs));
      assert(b.row(row).every((value, k) => Math.abs(value - a.row(row)[k]!) <= 1e-5 * scale));
    }
  });
});

Deno.test("embed ends bad input in one clear sentence, and writes nothing", async () => {
  await withFiles({ ...await files(), "empty/notes.txt": "" }, async (dir) => {
    const inDir = (name: string) => join(dir, name);
    const out = inDir("out.safetensors");
    const all = ["--model", dir, "--out", out];
    const image = inDir("alone.png");
    const cases: readonly (readonly [string[], RegExp])[] = [
      [[...all], /embed needs images, or folders of images/],
      [[...all, inDir("no"), inDir("none")], /There is no file or folder .*no, .*none\.$/],
      [[...all, image, inDir("empty")], /The folder .*empty holds no JPEG or PNG image\.$/],
      [[...all, inDir("in/text.jpg")], /: .*text\.jpg is neither a JPEG nor a PNG file/],
      [[...all, inDir("in/text.jpg"), inDir("in/cut.png")], /None of the 2 images can be used:\n/],
      [["--model", inDir("no"), "--out", out, image], /There is no model/],
      [["--model", inDir("empty"), "--out", out, image], /holds no model\.safetensors/],
      [["--model", dir, image], /--out is missing/],
      [["--out", out, image], /--model is missing/],
      [["--model", dir, "--out", inDir("no/x"), image], /make the folder .*no first/],
      [["--model", dir, "--out", dir, image], /is a folder; give the path of a file/],
      [[...all, image, "--out"], /--out/],
      [[...all, image, "--bach", "3"], /There is no option --bach;/],
      [[...all, image, "--batch", "1.5"], /--batch must be a whole number/],
    ];
    for (const [words, message] of cases) {
      const { code, err } = await run("embed", ...words);
      assertEquals(code, 1, words.join(" "));
      assertMatch(err, /^spheregrad embed: |\nspheregrad embed: /);
      assertMatch(err, message);
    }
    for (const path of [out, `${out}.part`, `${out}.part.json`]) {
      assertEquals(await Deno.stat(path).then(() => true, () => false), false);
    }
  });
});

Deno.test("embed refuses a name with a line break, as names are kept one a line", async () => {
  if (Deno.build.os === "windows") return; // which has no such names
  await withFiles({ "model.safetensors": MODEL, "in/a\nb.png": pngFace(0, 1) }, async (dir) => {
    const out = join(dir, "out.safetensors");
    const { code, err } = await run("embed", "--model", dir, "--out", out, join(dir, "in"));
    assertEquals(code, 1);
    assertStringIncludes(err, String.raw`a\nb.png" has a line break in its name`);
  });
});

Deno.test("embed goes on after Ctrl-C, and leaves no half of a file in the place of a whole one", async () => {
  const faces = Array.from(
    { length: 80 },
    (_, i) => [`in/${1000 + i}.png`, pngFace(i, 1)] as const,
  );
  const files = {
    ...Object.fromEntries(faces),
    "in/1000.png": "broken",
    "model.safetensors": MODEL,
  };
  await withFiles(files, async (dir) => {
    const [cut, whole] = [join(dir, "cut"), join(dir, "whole")];
    const settings = ["--model", dir, join(dir, "in"), "--batch", "1"];
    const child = new Deno.Command("deno", {
      // deno-fmt-ignore
      args: [
        "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "src/cli/main.ts",
        "embed", ...settings, "--out", cut,
      ],
      cwd: fromFileUrl(new URL("../../", import.meta.url)),
      env: { XDG_RUNTIME_DIR: "/", NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const ended = child.output();
    let running = true;
    ended.finally(() => running = false);
    while (running && !await Deno.stat(`${cut}.part`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 130, err);
    const [, done] = /^Interrupted after (\d+) of 80 images\. /m.exec(err)!;
    assert(Number(done) >= 1 && Number(done) < 80, err);
    assertEquals(await Deno.stat(cut).then(() => true, () => false), false);

    const again = await run("embed", ...settings, "--out", cut);
    assertEquals(again.code, 1);
    assertStringIncludes(again.err, "--resume goes on with it");
    const resumed = await run("embed", ...settings, "--out", cut, "--resume", "--json");
    assertEquals(resumed.code, 0, resumed.err);
    assertStringIncludes(resumed.err, `Going on after ${done} images.`);
    assertStringIncludes(resumed.err, "1 of 80 images cannot be used:\n");
    assertEquals(JSON.parse(resumed.out).images, 79);
    const straight = await run("embed", ...settings, "--out", whole);
    assertEquals(straight.code, 0, straight.err);
    assertEquals(await Deno.readFile(cut), await Deno.readFile(whole));
    const names = (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
    assertEquals(names, ["cut", "in", "model.safetensors", "whole"]);
  });
});
