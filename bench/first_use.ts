/**
 * First use: seconds from the start of the process to the loss of the first training step, with an empty cache of
 * compiled shaders and with the one that such a run has left. By hand:
 *
 *   XDG_RUNTIME_DIR=/ DENO_WEBGPU_BACKEND=vulkan,metal,dx12 deno run --allow-run=deno --allow-read \
 *     --allow-write --allow-env bench/first_use.ts \
 *     [--runs 3] [--net 20] [--size 112x96] [--batch 8] [--identities 64,10572]
 *
 * Contenders are a bare training step on noise for each number of identities (`first_step.ts`), and
 * `deno task train` as users call it, `setup` included, on a folder of a few pictures. They take turns: each
 * runs with an empty folder for the driver's cache, then again with the same folder. Modules are in Deno's own
 * cache both times, as the tasks find them from the second call on. Mesa's drivers and NVIDIA's take the folder
 * from the environment; others, such as those of macOS and Windows, keep their caches where they are, and both
 * columns are warm there.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { encodePng } from "../src/faces/images/encode_png.ts";
import { parseNet, parseSize } from "../src/sphereface/configuration.ts";
import { noiseBatch } from "./noise_run.ts";
import { median } from "./timing.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** Identities of the folder that the command trains on, and pictures of each. */
const FOLDER = { identities: 8, pictures: 2 };

/** A way to a first step. */
interface Contender {
  readonly name: string;
  /** Arguments of `deno`; what is written goes into the folder given. */
  readonly args: (out: string) => string[];
  /** What is on standard output or standard error once the loss has arrived. */
  readonly done: RegExp;
}

/** Seconds of a run, and until each of its parts was done where it tells. */
interface FirstUse {
  readonly seconds: number;
  readonly parts: Readonly<Record<string, number>>;
}

const args = parseArgs(Deno.args, {
  string: ["runs", "net", "size", "batch", "identities"],
  default: { runs: "3", net: "20", size: "112x96", batch: "8", identities: "64,10572" },
});
const size = parseSize(args.size);
const settings = ["--net", args.net, "--size", args.size, "--batch", args.batch];

function contenders(pictures: string): Contender[] {
  const steps = args.identities.split(",").map((identities): Contender => ({
    name: `a step, ${identities} identities`,
    args: () => [
      "run",
      "--no-prompt",
      "--allow-read=src",
      "bench/first_step.ts",
      ...settings,
      "--identities",
      identities,
    ],
    done: /"step"/,
  }));
  const command = (
    out: string,
  ) => [
    "task",
    "--quiet",
    "train",
    "--data",
    pictures,
    ...settings,
    "--iterations",
    "1",
    "--out",
    out,
  ];
  return [...steps, { name: "deno task train", args: command, done: /\bloss \d/ }];
}

/** Writes a folder of identity folders with pictures of noise. */
async function writePictures(folder: string): Promise<void> {
  const { identities, pictures } = FOLDER;
  const run = { net: parseNet(args.net), size, batch: identities * pictures, identities, steps: 1 };
  const { pixels } = noiseBatch(run, 0);
  const bytes = size.height * size.width * 3;
  for (let i = 0; i < identities * pictures; i++) {
    const identity = join(folder, `${i % identities}`);
    await Deno.mkdir(identity, { recursive: true });
    const rgb = pixels.subarray(i * bytes, (i + 1) * bytes);
    await Deno.writeFile(join(identity, `${i}.png`), encodePng(rgb, size.height, size.width));
  }
}

/** Runs a contender with a folder for the driver's cache; time counts until its loss has arrived. */
async function firstUse({ name, args, done }: Contender, cache: string): Promise<FirstUse> {
  const out = await Deno.makeTempDir({ prefix: "spheregrad-run-" });
  try {
    const start = performance.now();
    const child = new Deno.Command("deno", {
      args: args(join(out, "run")),
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: {
        MESA_SHADER_CACHE_DIR: cache,
        MESA_GLSL_CACHE_DIR: cache, // the same before Mesa 22.1
        __GL_SHADER_DISK_CACHE_PATH: cache,
      },
    }).spawn();
    let [seconds, text] = [NaN, ""];
    const listen = async (stream: ReadableStream<Uint8Array>) => {
      let own = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        own += part;
        text += part;
        if (Number.isNaN(seconds) && done.test(own)) seconds = (performance.now() - start) / 1000;
      }
    };
    await Promise.all([listen(child.stdout), listen(child.stderr)]);
    const { success } = await child.status;
    if (!success || Number.isNaN(seconds)) throw new Error(`${name} failed:\n${text}`);
    return { seconds, parts: partsOf(text) };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

/** Milliseconds of the parts of a bare step; none of the command's. */
function partsOf(text: string): Record<string, number> {
  if (!text.startsWith("{")) return {};
  const { loaded, device, weights, step } = JSON.parse(text) as Record<string, number>;
  return {
    "modules": loaded!,
    "device": device! - loaded!,
    "weights": weights! - device!,
    "step": step! - weights!,
  };
}

function line(uses: readonly FirstUse[]): string {
  const seconds = uses.map((use) => use.seconds);
  const range = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`;
  const parts = Object.keys(uses[0]!.parts).map((part) =>
    `${part} ${(median(uses.map((use) => use.parts[part]!)) / 1000).toFixed(2)}`
  );
  return `${median(seconds).toFixed(2)} s (${range})${
    parts.length > 0 ? `: ${parts.join(", ")}` : ""
  }`;
}

const folder = await Deno.makeTempDir({ prefix: "spheregrad-first-use-" });
try {
  const pictures = join(folder, "pictures");
  await writePictures(pictures);
  const all = contenders(pictures).map((contender) => ({
    contender,
    empty: [] as FirstUse[],
    warm: [] as FirstUse[],
  }));
  const runs = Number(args.runs);
  for (let run = 0; run < runs; run++) {
    for (const { contender, empty, warm } of all) {
      const cache = await Deno.makeTempDir({ dir: folder, prefix: "cache-" });
      for (const [state, uses] of [["empty", empty], ["warm", warm]] as const) {
        const use = await firstUse(contender, cache);
        console.error(`${contender.name}, ${state} cache: ${use.seconds.toFixed(2)} s`);
        uses.push(use);
      }
    }
  }
  console.log(
    `SphereNet-${args.net}, ${args.size}, batch ${args.batch}; medians of ${runs} runs\n`,
  );
  for (const { contender, empty, warm } of all) {
    console.log(`${contender.name}\n  empty cache  ${line(empty)}\n  warm cache   ${line(warm)}`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
