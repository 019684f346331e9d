import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { requirePrecision } from "../../src/cli/precision.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { decodeCheckpoint } from "../../src/sphereface/checkpoint.ts";
import { run, withFiles } from "./command.ts";
import { pngFace } from "./faces.ts";

const ADAPTER = { name: "Toy", vendor: "", architecture: "", class: "gpu" } as const;
const DEVICE = {} as GPUDevice;

function never(): Promise<string | null> {
  throw new Error("The known answer was asked for.");
}

Deno.test("requirePrecision() lets f32 pass on every adapter, unasked", async () => {
  const gpu = { adapter: ADAPTER, device: DEVICE, offersHalf: false };
  await requirePrecision(gpu, "f32", never);
});

Deno.test("requirePrecision() refuses f16 that is not offered, with the remedy", async () => {
  const gpu = { adapter: ADAPTER, device: DEVICE, offersHalf: false };
  await assertRejects(
    () => requirePrecision(gpu, "f16", never),
    Error,
    "--precision f16 cannot be used on the adapter Toy: it does not offer the WebGPU feature " +
      "shader-f16. Leave it out, which stores everything in f32, or update the adapter's driver",
  );
});

Deno.test("requirePrecision() refuses f16 whose known answer is wrong", async () => {
  const gpu = { adapter: ADAPTER, device: DEVICE, offersHalf: true };
  const asked: string[] = [];
  const run = (answer: string | null) => (_: GPUDevice, precision: string) => {
    asked.push(precision);
    return Promise.resolve(answer);
  };
  const wrong = "3 of 1024 values are wrong";
  await assertRejects(
    () => requirePrecision(gpu, "f16", run(wrong)),
    Error,
    `Toy: ${wrong}. Leave`,
  );
  await requirePrecision(gpu, "f16", run(null));
  assertEquals(asked, ["f16", "f16"]);
});

Deno.test("requirePrecision() takes f16 where the adapter's known answer is right", async () => {
  using gpu = await Gpu.request();
  if (gpu.offersHalf) await requirePrecision(gpu, "f16");
  else await assertRejects(() => requirePrecision(gpu, "f16"), Error, "shader-f16");
});

Deno.test("train --precision f16 trains, tells skipped steps and goes on in f16; embed takes it too", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`faces/p${i % 2}/${i}.png`, pngFace(i % 2, i)]),
  );
  await withFiles(files, async (dir) => {
    const [data, path] = [join(dir, "faces"), join(dir, "run")];
    const trained = await run(
      ...["train", "--data", data, "--net", "4", "--size", "16x16", "--batch", "4", "--no-tune"],
      ...["--iterations", "3", "--precision", "f16", "--out", path, "--json"],
    );
    assertEquals(trained.code, 0, trained.err);
    assertEquals(JSON.parse(trained.out).skippedSteps, 0);
    const text = await Deno.readTextFile(join(path, "metrics.jsonl"));
    for (const line of text.trimEnd().split("\n").map((line) => JSON.parse(line))) {
      assertEquals([line.lossScale, line.skipped], [65536, false]);
    }
    assertMatch(await Deno.readTextFile(join(path, "report.html")), /0 of 3 steps were skipped/);
    const file = join(path, "checkpoint.safetensors");
    const { configuration, lossScale } = decodeCheckpoint(await Deno.readFile(file), file);
    assertEquals([configuration.precision, lossScale], ["f16", { scale: 65536, goodSteps: 3 }]);

    const other = await run("train", "--resume", "--out", path, "--precision", "f32");
    assertStringIncludes(
      other.err,
      'other settings (the run\'s, given): --precision: "f16", "f32"',
    );

    const rows = [];
    for (const precision of ["f32", "f16"]) {
      const out = join(dir, precision);
      const words = ["--model", path, data, "--out", out, "--precision", precision];
      const { code, err } = await run("embed", ...words);
      assertEquals(code, 0, err);
      const { tensors, metadata } = decodeSafetensors(await Deno.readFile(out), out);
      assertEquals(metadata["precision"], precision === "f16" ? "f16" : undefined);
      rows.push(tensors["features"]!.data as Float32Array);
    }
    const [single, half] = rows;
    const scale = Math.max(...single!.map(Math.abs));
    const error = Math.max(...single!.map((value, i) => Math.abs(value - half![i]!))) / scale;
    assert(error > 0 && error < 1e-2, `${error}`);
  });
});
