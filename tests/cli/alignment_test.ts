import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { alignmentWarnings, examineAlignment } from "../../src/cli/alignment.ts";
import type { EncodedImages } from "../../src/data/encoded_images.ts";
import { encodePng } from "../../src/faces/images/encode_png.ts";
import type { DetectedFace, Landmarks } from "../../src/faces/face.ts";
import type { RgbImage } from "../../src/faces/images/image.ts";
import { faceTemplate } from "../../src/faces/align/template.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { SHARED_WEIGHTS } from "../support/mtcnn.ts";
import { gpu } from "../support/gpu.ts";
import { join } from "@std/path";
import { run, withFiles } from "./command.ts";
import { pngFace } from "./faces.ts";
import { tinyModel } from "./tiny_model.ts";

/** A set of pictures of one colour; every fifth file is damaged. */
function setOf(count: number, height: number, width: number): EncodedImages & { read: number[] } {
  const png = encodePng(new Uint8Array(height * width * 3).fill(120), height, width);
  const read: number[] = [];
  return {
    read,
    name: "set",
    identities: ["a"],
    labels: new Uint32Array(count),
    sampleNames: Array.from({ length: count }, (_, i) => `a/${i}.png`),
    encoded(index) {
      read.push(index);
      return Promise.resolve(index % 5 === 4 ? Uint8Array.of(1, 2, 3) : png);
    },
  };
}

/** Finds a face where the template has it, in an image of any size. */
function detector(seen: RgbImage[] = []) {
  return {
    detect(image: RgbImage): Promise<DetectedFace[]> {
      seen.push(image);
      const scale = image.height / 112;
      const landmarks = faceTemplate("112x96").points.map(({ x, y }) => ({
        x: scale * (x + 0.5) - 0.5,
        y: scale * (y + 0.5) - 0.5,
      })) as unknown as Landmarks;
      const box = { x: 0, y: 0, width: 10, height: 12 };
      return Promise.resolve([{ box, confidence: 1, landmarks }]);
    },
  };
}

Deno.test("examineAlignment() looks at images from the whole set, and passes over damaged ones", async () => {
  const images = setOf(1000, 112, 96);
  const heard: number[] = [];
  const { findings, layout } = await examineAlignment(images, detector(), {
    images: 24,
    seconds: Infinity,
    onProgress: (done) => heard.push(done),
  });
  assertEquals(findings.map(({ kind }) => kind), ["aligned", "grey"]);
  assertEquals(new Set(images.read).size, 24);
  assert(Math.min(...images.read) < 50 && Math.max(...images.read) > 950);
  // Whatever time is left, the part that was seen is spread as well.
  for (const half of [images.read.slice(0, 4), images.read.slice(0, 8)]) {
    assert(Math.min(...half) < 300 && Math.max(...half) > 650, `${half}`);
  }
  assertEquals(layout!.faces, images.read.filter((index) => index % 5 !== 4).length);
  assert(layout!.residual < 1e-6);
  assertEquals(heard, Array.from({ length: 24 }, (_, i) => i + 1));
});

Deno.test("examineAlignment() shrinks large photos, and tells landmarks in their own pixels", async () => {
  const seen: RgbImage[] = [];
  const { findings, layout } = await examineAlignment(setOf(8, 1120, 960), detector(seen));
  assertEquals([seen[0]!.height, seen[0]!.width], [640, 549]);
  assertEquals(findings[0]!.kind, "aligned");
  assertStringIncludes(findings[0]!.text, "1120×960");
  assert(layout!.residual < 0.1, `${layout!.residual}`);
});

Deno.test("examineAlignment() keeps to its time", async () => {
  const images = setOf(40, 112, 96);
  const slow = {
    async detect(image: RgbImage) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return await detector().detect(image);
    },
  };
  const { images: looked } = await examineAlignment(images, slow, { seconds: 0 });
  assert(looked >= 1 && looked < 5, `${looked}`);
});

Deno.test("alignmentWarnings() says nothing without weights, and refuses those that are not there", async () => {
  const images = setOf(20, 112, 96);
  const noGpu = undefined as unknown as Gpu;
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") {
    const nothing = { remarks: [], warnings: [] };
    assertEquals(await alignmentWarnings(noGpu, images, undefined), nothing);
  }
  for (const where of ["no/such/folder", "download", "https://example.org/weights"]) {
    await assertRejects(
      () => alignmentWarnings(noGpu, images, where),
      Error,
      `--weights ${where}: there is no such folder or file`,
    );
  }
  assertEquals(images.read, []);
});

Deno.test({
  name: "alignmentWarnings() looks for faces where weights are at hand",
  ignore: !await Deno.stat(SHARED_WEIGHTS).then(() => true, () => false),
  async fn() {
    const before = gpu.memory.usedBytes;
    const { remarks, warnings } = await alignmentWarnings(
      gpu,
      setOf(16, 112, 96),
      SHARED_WEIGHTS.pathname,
      { seconds: Infinity },
    );
    assertStringIncludes(remarks[0]!, "set: Grey");
    assertStringIncludes(warnings[0]!, "set: A face was found in 0 of 13 images of 112×96");
    assertEquals(gpu.memory.usedBytes, before);
    const png = encodePng(new Uint8Array(60 * 60 * 3).fill(99), 60, 60);
    await withFiles({ "p/1.png": png, "q/1.png": png }, async (dir) => {
      // deno-fmt-ignore
      const { code, out, err } = await run(
        "inspect", dir, "--alignment", "--weights", SHARED_WEIGHTS.pathname, "--json",
      );
      assertEquals(code, 0, err);
      assertEquals(JSON.parse(out).alignment.findings[0].kind, "no-faces");
      const refused = await run("inspect", dir, "--weights", SHARED_WEIGHTS.pathname);
      assertStringIncludes(refused.err, "--weights belongs to --alignment");
    });
  },
});

Deno.test({
  name: "train and evaluate warn of how faces are aligned where weights are at hand",
  ignore: !await Deno.stat(SHARED_WEIGHTS).then(() => true, () => false),
  async fn() {
    const weights = SHARED_WEIGHTS.pathname;
    const files: Record<string, Uint8Array | string> = { "model.safetensors": tinyModel() };
    for (const person of ["p", "q"]) {
      for (let i = 1; i <= 6; i++) files[`set/${person}/${person}_000${i}.png`] = pngFace(7, i);
    }
    files["pairs.txt"] = "1\t2\np\t1\t2\nq\t3\t4\np\t3\tq\t5\nq\t6\tp\t6\n";
    await withFiles(files, async (dir) => {
      const set = join(dir, "set");
      // deno-fmt-ignore
      const train = await run(
        "train", "--data", set, "--size", "32x32", "--iterations", "0", "--no-tune", "--batch", "4",
        "--out", join(dir, "run"), "--weights", weights, "--json",
      );
      assertEquals(train.code, 0, train.err);
      assertStringIncludes(
        train.err,
        `Warning. ${set}: A face was found in 0 of 12 images of 40×36`,
      );
      assertEquals(JSON.parse(train.out).warnings.length, 1);
      assertStringIncludes(
        await Deno.readTextFile(join(dir, "run", "report.html")),
        "A face was found in 0",
      );
      // deno-fmt-ignore
      const options = ["--model", dir, "--images", set, "--pairs", join(dir, "pairs.txt"), "--json"];
      const judged = await run("evaluate", "pairs", ...options, "--weights", weights);
      assertEquals(judged.code, 0, judged.err);
      assertStringIncludes(judged.err, `Warning. ${set}: A face was found in 0 of 8 images`);
      assertEquals(JSON.parse(judged.out).warnings.length, 1);
      const missing = await run("evaluate", "pairs", ...options, "--weights", join(dir, "none"));
      assertEquals(missing.code, 1);
      assertStringIncludes(missing.err, "there is no such folder or file");
    });
  },
});
