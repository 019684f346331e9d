/** A kernel whose answer is known: what tells an adapter that works from one that merely exists. */
import { doctorF16, doctorF32 } from "../kernels/wgsl.ts";

/** How the numbers of the kernel are stored. */
export type Precision = "f32" | "f16";

const SIZE = 32;
const TILE = 8;

// Small whole numbers: each product and sum is exact in both precisions, in any order.
const A: readonly number[] = Array.from({ length: SIZE * SIZE }, (_, i) => (i * 7) % 11 - 5);
const B: readonly number[] = Array.from({ length: SIZE * SIZE }, (_, i) => (i * 5) % 13 - 6);

/** Both operands times this give products that f16 has no room for, beside others that it holds. */
const OVERFLOWING = 64;

const LARGEST_HALF = 65504;

/** The product that the kernel has to give, row by row. */
export function expectedProduct(): number[] {
  return Array.from({ length: SIZE * SIZE }, (_, place) => {
    const row = Math.floor(place / SIZE) * SIZE;
    const column = place % SIZE;
    let sum = 0;
    for (let k = 0; k < SIZE; k++) sum += A[row + k]! * B[k * SIZE + column]!;
    return sum;
  });
}

/** What is wrong with an answer, in words, or `null` where it is exact. */
export function judge(
  answer: ArrayLike<number>,
  expected: readonly number[] = expectedProduct(),
): string | null {
  const wrong = expected.findIndex((value, i) => answer[i] !== value);
  if (wrong < 0) return null;
  const count = expected.filter((value, i) => answer[i] !== value).length;
  return `${count} of ${expected.length} values are wrong, such as element ${wrong}: ` +
    `${answer[wrong]} instead of ${expected[wrong]}`;
}

/**
 * Runs the kernel, a 32×32 matrix product through workgroup memory and barriers; in f16 once more with larger
 * numbers: what f16 has no room for must become infinite, by which training knows that its scale is too large.
 *
 * @param device A device, with the feature `shader-f16` for `"f16"`.
 * @returns `null` where every value is exact, else what went wrong in words.
 */
export async function knownAnswer(
  device: GPUDevice,
  precision: Precision,
): Promise<string | null> {
  try {
    device.pushErrorScope("validation");
    const answer = await multiply(device, precision);
    const overflowing = precision === "f16" ? await multiply(device, precision, OVERFLOWING) : null;
    const error = await device.popErrorScope();
    if (error) return `the adapter refused it: ${error.message}`;
    return judge(answer) ?? (overflowing && judge(overflowing, overflowingProduct()));
  } catch (error) {
    return `it could not be run: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The product of the larger operands, as f16 stores it. */
export function overflowingProduct(): number[] {
  return expectedProduct().map((value) => {
    const product = value * OVERFLOWING ** 2;
    return Math.abs(product) > LARGEST_HALF ? product * Infinity : product;
  });
}

async function multiply(
  device: GPUDevice,
  precision: Precision,
  factor = 1,
): Promise<ArrayLike<number>> {
  const Numbers = precision === "f16" ? Float16Array : Float32Array;
  const bytes = SIZE * SIZE * Numbers.BYTES_PER_ELEMENT;
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const [a, b] = [A, B].map((values) => {
    const buffer = device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, new Numbers(values.map((value) => value * factor)));
    return buffer;
  });
  const product = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  const module = device.createShaderModule({ code: precision === "f16" ? doctorF16 : doctorF32 });
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [a!, b!, product].map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  pass.dispatchWorkgroups(SIZE / TILE, SIZE / TILE);
  pass.end();
  encoder.copyBufferToBuffer(product, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const answer = new Numbers(staging.getMappedRange().slice(0));
  for (const buffer of [a!, b!, product, staging]) buffer.destroy();
  return answer;
}
