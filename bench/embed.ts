/**
 * How much of the adapter's pure forward rate `embed` reaches, and what memory it takes on the way. By hand:
 *
 *   XDG_RUNTIME_DIR=/ DENO_WEBGPU_BACKEND=vulkan,metal,dx12 deno run --allow-read --allow-write bench/embed.ts \
 *     [--net 20] [--images 256] [--batch N] [--rounds 3]
 *
 * Synthetic faces are written as aligned JPEGs of 112×112 into a temporary folder, beside an untrained model.
 * Then three contenders take turns on the same number of images: the net's forward pass alone, over images and
 * mirrors that lie on the GPU; the stream from files to a file; and the whole command, which has to start
 * first. A second table shows memory at quarters of the stream.
 */

import process from "node:process";
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { noGrad } from "../src/autograd/tape.ts";
import { scope } from "../src/autograd/scope.ts";
import { embeddings } from "../src/cli/crop_features.ts";
import { main as embed, writeEmbeddings } from "../src/cli/embed.ts";
import { EmbeddingsFile } from "../src/cli/embeddings_file.ts";
import { faceParameters } from "../src/faces/synthetic/parameters.ts";
import { renderFaces } from "../src/faces/synthetic/renderer.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import { Parameters } from "../src/nn/parameters.ts";
import { imageTensor } from "../src/ops/image_tensor.ts";
import { parseNet } from "../src/sphereface/configuration.ts";
import { Embedder } from "../src/sphereface/embedder.ts";
import { REPRESENTATION } from "../src/sphereface/embedding.ts";
import { encodeModel, type Model } from "../src/sphereface/model.ts";
import { SphereNet } from "../src/sphereface/spherenet.ts";
import { sizeOf } from "../src/autograd/tensor.ts";
import { Random } from "../src/random.ts";
import { median } from "./timing.ts";
import { tiled } from "./support.ts";

const SIZE = { height: 112, width: 96 };
const FILE_SIZE = { height: 112, width: 112 };

/** Writes JPEG files of faces; their paths. */
async function writeFaces(gpu: Gpu, folder: string, count: number): Promise<string[]> {
  const { height, width } = FILE_SIZE;
  const paths: string[] = [];
  for (let first = 0; first < count; first += 32) {
    const numbers = Array.from({ length: Math.min(32, count - first) }, (_, i) => first + i);
    const faces = numbers.map((i) => faceParameters({ seed: 1, identity: i >> 2, sample: i % 4 }));
    const rgb = await renderFaces(gpu, faces, FILE_SIZE);
    for (const [at, number] of numbers.entries()) {
      const rgba = new Uint8ClampedArray(height * width * 4).fill(255);
      for (let pixel = 0; pixel < height * width; pixel++) {
        const from = (at * height * width + pixel) * 3;
        rgba.set(rgb.subarray(from, from + 3), pixel * 4);
      }
      const path = join(folder, `${String(number).padStart(6, "0")}.jpg`);
      const jpeg = await encodeJpeg(new ImageData(rgba, width, height), { quality: 95 });
      await Deno.writeFile(path, new Uint8Array(jpeg));
      paths.push(path);
    }
  }
  return paths;
}

/** An untrained model; its values repeat after a while, as drawing millions of them takes long. */
function untrained(net: Model["net"]): Model {
  const random = new Random(1);
  const weights = new Map(
    new SphereNet(net, SIZE).specs.map(({ name, shape, initialiser }) => [
      name,
      tiled(sizeOf(shape), (block) => initialiser(block, random)),
    ]),
  );
  return { net, size: SIZE, weights };
}

/** The forward pass alone, of images and mirrors that lie on the GPU. */
class PureForward implements Disposable {
  readonly #gpu: Gpu;
  readonly #net: SphereNet;
  readonly #parameters: Parameters;
  readonly #images;
  readonly #batch: number;

  constructor(gpu: Gpu, { net, size, weights }: Model, batch: number) {
    this.#gpu = gpu;
    this.#batch = batch;
    this.#net = new SphereNet(net, size);
    this.#parameters = new Parameters(gpu, this.#net.specs, false);
    this.#parameters.load(weights);
    const random = new Random(2);
    const bytes = 2 * batch * SIZE.height * SIZE.width * 3;
    const pixels = Uint8Array.from({ length: bytes }, () => random.below(256));
    this.#images = imageTensor(gpu, { ...SIZE, pixels });
  }

  /** Embeds so many images, two batches in flight; nothing is uploaded or read. */
  async run(images: number): Promise<void> {
    let last = Promise.resolve();
    for (let done = 0; done < images; done += this.#batch) {
      noGrad(() => scope(() => void this.#net.forward(this.#parameters, this.#images)));
      const ended = this.#gpu.finish();
      await last;
      last = ended;
    }
    await last;
  }

  [Symbol.dispose](): void {
    this.#images[Symbol.dispose]();
    this.#parameters[Symbol.dispose]();
  }
}

/** Memory at moments of a stream, in MB. */
interface Sample {
  readonly images: number;
  readonly gpuPeak: number;
  readonly rss: number;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

/** The stream from files to a file. */
async function stream(
  gpu: Gpu,
  embedder: Embedder,
  { paths, out, batch }: { paths: readonly string[]; out: string; batch: number },
): Promise<Sample[]> {
  const contents = { paths, dim: REPRESENTATION, metadata: {}, weights: [] };
  using file = await EmbeddingsFile.open(out, contents, false);
  const samples: Sample[] = [];
  const sample = () =>
    samples.push({
      images: file.rows,
      gpuPeak: megabytes(gpu.memory.peakBytes),
      rss: megabytes(Deno.memoryUsage().rss),
    });
  const timer = setInterval(sample, 250);
  await writeEmbeddings(paths, embeddings(embedder, batch), file);
  clearInterval(timer);
  sample();
  return samples;
}

/** Seconds of a run. */
interface Measured {
  readonly wall: number;
  /** Of all processors, the decoders' and a software adapter's among them. */
  readonly processor: number;
}

async function measure(run: () => Promise<unknown>): Promise<Measured> {
  const started = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
}

const options = parseArgs(Deno.args, { string: ["net", "images", "batch", "rounds"] });
const images = Number(options.images ?? 256);
const rounds = Number(options.rounds ?? 3);
const model = untrained(parseNet(options.net ?? "20"));
const folder = await Deno.makeTempDir();
try {
  using gpu = await Gpu.request();
  const paths = await writeFaces(gpu, folder, images);
  const modelFile = join(folder, "model.safetensors");
  await Deno.writeFile(modelFile, encodeModel(model));
  gpu.trim();
  using embedder = new Embedder(gpu, model);
  const batch = Number(options.batch ?? embedder.batch);
  using forward = new PureForward(gpu, model, batch);
  const whole = Math.ceil(images / batch) * batch;
  console.log(`${gpu.adapter.name}: SphereNet-${model.net}, ${images} images, batch ${batch}`);
  await forward.run(batch); // compiles
  await embedder.embed(new Uint8Array(batch * SIZE.height * SIZE.width * 3));

  let samples: Sample[] = [];
  const out = join(folder, "out");
  const contenders: [name: string, run: () => Promise<unknown>][] = [
    ["forward alone", () => forward.run(images)],
    ["files to file", async () => {
      samples = await stream(gpu, embedder, { paths, out, batch });
    }],
    [
      "whole command",
      () => embed(["--model", modelFile, "--out", out, "--batch", `${batch}`, ...paths]),
    ],
  ];
  const measured: Measured[][] = [];
  for (let round = 0; round < rounds; round++) {
    const times: Measured[] = [];
    for (const [, run] of contenders) times.push(await measure(run));
    console.log(times.map(({ wall }) => `${wall.toFixed(2)} s`).join("  "));
    measured.push(times);
  }
  // Shares within a round, as the machine's speed drifts from one to the next.
  contenders.forEach(([name], index) => {
    const count = index === 0 ? whole : images;
    const rate = (kind: keyof Measured) =>
      median(measured.map((times) => count / times[index]![kind]));
    const share = (kind: keyof Measured) =>
      median(measured.map((times) => count / whole * times[0]![kind] / times[index]![kind]));
    console.log(
      `${name.padEnd(14)} ${rate("wall").toFixed(1).padStart(8)} images/s  ` +
        `${(100 * share("wall")).toFixed(1)} %  ` +
        `(of processor time: ${(1000 / rate("processor")).toFixed(1)} ms an image, ` +
        `${(100 * share("processor")).toFixed(1)} %)`,
    );
  });
  console.log("images     GPU memory, peak     resident");
  for (const part of [0.25, 0.5, 0.75, 1]) {
    const at = samples.find((sample) => sample.images >= part * images) ?? samples.at(-1)!;
    console.log(
      `${String(at.images).padEnd(11)}${`${at.gpuPeak} MB`.padStart(16)}${
        `${at.rss} MB`.padStart(13)
      }`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
