import { assertEquals, assertRejects } from "@std/assert";
import { requirePrecision } from "../../src/cli/precision.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

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
