import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { AdapterDescription } from "../../src/gpu/adapter.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import {
  bucketOf,
  Choices,
  choicesOf,
  type ConvWork,
  isConvWork,
  type Work,
} from "../../src/kernels/choices.ts";
import {
  CONV_VARIANTS,
  convOutput,
  type ConvShape,
  convVariantApplies,
} from "../../src/kernels/conv.ts";
import { matmul } from "../../src/kernels/matmul.ts";
import { shippedVariants } from "../../src/kernels/shipped_choices.ts";
import { trainingWork, type WorkSettings } from "../../src/sphereface/step_work.ts";
import { gpu } from "../support/gpu.ts";

const SHAPE: ConvShape = {
  batch: 8,
  inHeight: 14,
  inWidth: 12,
  inChannels: 16,
  outChannels: 32,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  padding: 1,
};
const CONV: ConvWork = { pass: "output", shape: SHAPE };

function conv(change: Partial<ConvShape>): ConvWork {
  return { pass: "output", shape: { ...SHAPE, ...change } };
}

function product(rows: number, cols: number, depth: number): Work {
  return { pass: "nn", shape: { rows, cols, depth } };
}

const ADAPTER = { name: "some adapter", vendor: "v", architecture: "a", class: "gpu" } as const;

Deno.test("bucketOf() rounds batches and extents of matrices, and nothing else", () => {
  assertEquals(bucketOf(CONV), "conv output 3x3/1+1 16>32 14x12 x8");
  for (const batch of [6, 7, 9, 11]) assertEquals(bucketOf(conv({ batch })), bucketOf(CONV));
  for (const batch of [1, 5, 12, 16]) assertNotEquals(bucketOf(conv({ batch })), bucketOf(CONV));
  const others: Work[] = [
    conv({ inHeight: 13 }),
    conv({ inWidth: 13 }),
    conv({ inChannels: 20 }),
    conv({ outChannels: 36 }),
    conv({ kernelHeight: 5 }),
    conv({ kernelWidth: 5 }),
    conv({ stride: 2 }),
    conv({ padding: 0 }),
    { pass: "input gradient", shape: SHAPE },
    { pass: "weight gradient", shape: SHAPE },
    { ...CONV, precision: "f16" },
    product(8, 16, 32),
    { pass: "nt", shape: { rows: 8, cols: 16, depth: 32 } },
  ];
  const buckets = [CONV, ...others].map(bucketOf);
  assertEquals(new Set(buckets).size, buckets.length, buckets.join("\n"));
  assertEquals(bucketOf(product(7, 10_572, 500)), "matmul nn 8x8192x512");
});

Deno.test("Choices answers for what is near, and records what was asked about", () => {
  const choices = new Choices(ADAPTER);
  assertEquals(choices.variantFor(CONV), undefined);
  choices.add({ [bucketOf(CONV)]: "plain", [bucketOf(product(8, 8, 8))]: "workgroup" });
  assertEquals(choices.variantFor(conv({ batch: 9 })), "plain");
  assertEquals(choices.variantFor(conv({ batch: 64 })), undefined);
  assert(choices.has(product(8, 8, 8)) && !choices.has(product(8, 8, 64)));
  assertEquals(choices.asked.map(({ work, times }) => [bucketOf(work), times]), [
    [bucketOf(CONV), 2],
    [bucketOf(conv({ batch: 64 })), 1],
  ]);
  assertEquals(choices.record(), {
    adapter: "v | a | some adapter | gpu",
    variants: { [bucketOf(CONV)]: "plain" },
  });
});

Deno.test("Choices goes on with those of a run, on the same adapter alone", () => {
  const run = new Choices(ADAPTER);
  run.add({ [bucketOf(CONV)]: "plain" });
  run.variantFor(CONV);
  const later = new Choices(ADAPTER);
  later.add({ [bucketOf(CONV)]: "registers", [bucketOf(conv({ batch: 64 }))]: "registers" });
  assert(later.resume(run.record()));
  assertEquals(later.variantFor(CONV), "plain");
  assertEquals(later.variantFor(conv({ batch: 64 })), undefined);
  for (const change of [{ name: "other" }, { vendor: "w" }, { class: "software" as const }]) {
    const elsewhere = new Choices({ ...ADAPTER, ...change });
    elsewhere.add({ [bucketOf(CONV)]: "registers" });
    assert(!elsewhere.resume(run.record()));
    assertEquals(elsewhere.variantFor(CONV), "registers");
  }
});

/** Names of the kernels that are dispatched on a stand-in for the GPU with these choices. */
function dispatched(variants: Record<string, string>, run: (on: Gpu) => void): string[] {
  const names: string[] = [];
  const slice = { buffer: { id: -1, handle: null, size: 256 }, offset: 0, size: 256 };
  const on = {
    adapter: { ...gpu.adapter, name: "never measured" },
    acquire: () => slice,
    release: () => {},
    acquireTexels: () => ({ ...slice, view: null }),
    releaseTexels: () => {},
    dispatch: (...[kernel]: Parameters<Gpu["dispatch"]>) => void names.push(kernel.name),
  } as unknown as Gpu;
  choicesOf(on).add(variants);
  run(on);
  return names;
}

const SLICE = gpu.acquire(256);

Deno.test("convOutput() follows the choice where it applies, and an explicit variant before it", () => {
  const run = (shape: ConvShape) => (on: Gpu) => convOutput(on, SLICE, SLICE, SLICE, shape);
  const bucket = bucketOf(CONV);
  assertEquals(dispatched({ [bucket]: "plain" }, run(SHAPE)).length, 1);
  assert(dispatched({ [bucket]: "plain" }, run(SHAPE))[0]!.includes("plain"));
  assert(dispatched({ [bucket]: "winograd2" }, run(SHAPE)).join().includes("winograd output 2"));
  const explicit = dispatched(
    { [bucket]: "plain" },
    (on) => convOutput(on, SLICE, SLICE, SLICE, SHAPE, {}, "workgroup"),
  );
  assert(explicit[0]!.includes("workgroup"));
  // Neither a variant that does not compute this shape nor one that there is not.
  const strided = conv({ stride: 2 });
  for (const variant of ["winograd4", "fastest"]) {
    assertEquals(
      dispatched({ [bucketOf(strided)]: variant }, run(strided.shape)),
      dispatched({}, run(strided.shape)),
    );
  }
});

Deno.test("matmul() follows the choice for its transposition", () => {
  const shape = { rows: 8, cols: 16, depth: 32 };
  const run = (on: Gpu) => matmul(on, "nt", SLICE, SLICE, SLICE, shape);
  const names = (pass: "nn" | "nt") => dispatched({ [bucketOf({ pass, shape })]: "plain" }, run);
  assert(names("nt")[0]!.includes("plain"));
  assertEquals(names("nn"), dispatched({}, run));
});

const LLVMPIPE: AdapterDescription = {
  ...{ name: "llvmpipe (LLVM 15.0.6, 256 bits)", vendor: "mesa" },
  ...{ architecture: "", class: "software" },
};

Deno.test("shippedVariants() knows adapters by name and class", () => {
  assert(Object.keys(shippedVariants(LLVMPIPE)).length > 0);
  assertEquals(shippedVariants({ ...LLVMPIPE, class: "gpu" }), {});
  assertEquals(shippedVariants({ ...LLVMPIPE, name: "SwiftShader" }), {});
  assertEquals(new Choices(LLVMPIPE).variantFor(CONV), undefined);
});

Deno.test("shippedVariants() names work of SphereNet, and variants that compute it", () => {
  const on = new Gpu(gpu.device, LLVMPIPE);
  const settings: Omit<WorkSettings, "batch"> = {
    ...{ net: "20", size: { height: 112, width: 96 }, head: "softmax", margin: 4 },
    ...{ gradient: "exact", recompute: false, precision: "f32" },
  };
  const works = [8, 32].flatMap((batch) => trainingWork(on, { ...settings, batch }, 64));
  const shipped = new Map(Object.entries(shippedVariants(LLVMPIPE)));
  for (const work of works) {
    const variant = shipped.get(bucketOf(work));
    shipped.delete(bucketOf(work));
    if (variant === undefined || !isConvWork(work)) continue;
    const known = CONV_VARIANTS.find((it) => it === variant);
    assert(known !== undefined && convVariantApplies(on, known, work.shape), bucketOf(work));
    assertEquals(choicesOf(on).variantFor(work), variant);
  }
  assertEquals([...shipped.keys()], [], "buckets that no work has");
});
