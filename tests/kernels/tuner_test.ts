import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Gpu } from "../../src/gpu/gpu.ts";
import { bucketOf, choicesOf, type ConvWork, type Work } from "../../src/kernels/choices.ts";
import { CONV_VARIANTS, convOutput, type ConvShape } from "../../src/kernels/conv.ts";
import { matmul } from "../../src/kernels/matmul.ts";
import { tune, type TunedWork, type TuneOptions } from "../../src/kernels/tuner.ts";
import { type Candidate, candidatesOf, type Operands } from "../../src/kernels/tuner_candidates.ts";
import { gpu, gpuOfClass } from "../support/gpu.ts";

const SHAPE: ConvShape = {
  batch: 2,
  inHeight: 9,
  inWidth: 6,
  inChannels: 8,
  outChannels: 12,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  padding: 1,
};
const CONV: ConvWork = { pass: "output", shape: SHAPE };
const QUICK: TuneOptions = { rounds: 2, sample: 1 };

/** A GPU of its own, so that a test's choices are nobody else's. */
function fresh(): Gpu {
  return new Gpu(gpu.device, { ...gpu.adapter, name: "never measured" });
}

async function tuneOne(on: Gpu, work: Work, options: TuneOptions): Promise<TunedWork> {
  const [tuned, ...more] = await tune(on, [work], { ...QUICK, ...options });
  assertEquals(more, []);
  return tuned!;
}

/** The plain variant, and others that are made of it. */
function withPlain(
  others: Readonly<Record<string, (operands: Operands, plain: () => void) => void>>,
): TuneOptions {
  return {
    candidates: (on, work) => {
      const plain = candidatesOf(on, work).find(({ variant }) => variant === "plain")!;
      const more = Object.entries(others).map(([variant, run]): Candidate => ({
        variant,
        bound: 1e-6,
        run: (operands) => run(operands, () => plain.run(operands)),
      }));
      return [...more, plain];
    },
  };
}

const nearly = (value: number) => new Float32Array([value]);

Deno.test("tune() proves every variant equal, chooses one of them, and enters it", async () => {
  const on = fresh();
  const before = on.memory.usedBytes;
  const { timings, chosen, gflop } = await tuneOne(on, CONV, {});
  assertEquals(timings.length, CONV_VARIANTS.length);
  for (const { variant, milliseconds, remark } of timings) {
    assert(milliseconds! > 0, `${variant}: ${remark}`);
  }
  assert(timings.some(({ variant }) => variant === chosen) && gflop > 0);
  assertEquals(choicesOf(on).variantFor(CONV), chosen);
  assertEquals(on.memory.usedBytes, before);
});

Deno.test("tune() measures every kind of work, once a bucket", async () => {
  const convolutions = (["f32", "f16"] as const).flatMap((precision): Work[] =>
    precision === "f16" && !gpu.offersHalf ? [] : [
      { pass: "output", shape: { ...SHAPE, stride: 2 }, precision },
      { pass: "input gradient", shape: SHAPE, precision },
      { pass: "weight gradient", shape: SHAPE, precision },
    ]
  );
  const works: Work[] = [
    ...convolutions,
    { pass: "nn", shape: { rows: 20, cols: 36, depth: 8 } },
    { pass: "nt", shape: { rows: 5, cols: 8, depth: 40 } },
    { pass: "tn", shape: { rows: 8, cols: 12, depth: 7 } },
  ];
  const on = fresh();
  const before = on.memory.usedBytes;
  const heard: string[] = [];
  const tuned = await tune(on, [...works, ...convolutions], {
    ...QUICK,
    onTuned: ({ bucket }, done, total) => void heard.push(`${done}/${total} ${bucket}`),
    // Those that compile quickly.
    candidates: (on, work) =>
      candidatesOf(on, work).filter(({ variant }) =>
        ["winograd2", "patches", "panels", "plain"].includes(variant)
      ),
  });
  assertEquals(heard, works.map((work, i) => `${i + 1}/${works.length} ${bucketOf(work)}`));
  for (const { work, timings } of tuned) {
    assert(timings.length > 1);
    for (const { variant, milliseconds, remark } of timings) {
      assert(milliseconds! > 0, `${bucketOf(work)}: ${variant} ${remark}`);
    }
  }
  assertEquals(on.memory.usedBytes, before);
});

Deno.test("tune() drops variants that are wrong, and times none of them", async () => {
  let runs: Record<string, number> = {};
  const count = (name: string) => runs[name] = (runs[name] ?? 0) + 1;
  const wrong = withPlain({
    // One value of many, in the last place where a kernel can miss it.
    "one value off": ({ out }, plain) => {
      count("one value off");
      plain();
      on.upload({ ...out, offset: out.offset + 256, size: 4 }, nearly(1e6));
    },
    "one NaN": ({ out }, plain) => {
      count("one NaN");
      plain();
      on.upload({ ...out, size: 4 }, nearly(NaN));
    },
    "nothing written": () => count("nothing written"),
    "too many workgroups": () => {
      count("too many workgroups");
      throw new RangeError("The kernel would need more workgroups.");
    },
  });
  const on = fresh();
  for (const pass of ["output", "weight gradient"] as const) {
    runs = {};
    const { timings, chosen } = await tuneOne(on, { pass, shape: SHAPE }, wrong);
    const remarks = Object.fromEntries(timings.map(({ variant, remark }) => [variant, remark]));
    assertMatch(remarks["one value off"]!, /^differs from plain by \d.*, allowed are 0.000001$/);
    assertMatch(remarks["one NaN"]!, /^differs from plain by/);
    assertStringIncludes(remarks["nothing written"]!, "differs from plain by 1.0e+0");
    assertStringIncludes(remarks["too many workgroups"]!, "cannot run: The kernel would need");
    for (const { variant, milliseconds } of timings) {
      assertEquals(milliseconds !== null, variant === "plain", variant);
    }
    assertEquals(Object.values(runs), [1, 1, 1, 1], "they ran once, to be judged");
    assertEquals(chosen, "plain");
  }
});

Deno.test("tune() chooses what is faster, and measures what is left behind once", async () => {
  const works: ConvWork = { pass: "output", shape: { ...SHAPE, batch: 16, outChannels: 64 } };
  const repeat = (times: number) => (_: Operands, plain: () => void) => {
    for (let i = 0; i < times; i++) plain();
  };
  let slowRuns = 0;
  const options = withPlain({
    slow: (operands, plain) => {
      slowRuns++;
      repeat(400)(operands, plain);
    },
    quick: repeat(1),
  });
  const on = fresh();
  const tuned = await tuneOne(on, works, { ...options, rounds: 6, sample: 0 });
  const slow = tuned.timings.find(({ variant }) => variant === "slow")!;
  const quick = tuned.timings.find(({ variant }) => variant === "quick")!;
  assert(slow.milliseconds! > quick.milliseconds!);
  assertEquals(slowRuns, 2, "once to be judged, once to be timed");
  assert(tuned.chosen !== "slow");
  assertEquals(choicesOf(on).variantFor(works), tuned.chosen);
});

Deno.test("tune() leaves to the rule what the budget does not allow, and says so", async () => {
  const on = fresh();
  const [tuned] = await tune(on, [CONV], { budget: 0 });
  assertEquals(tuned!.chosen, tuned!.rule);
  assert(
    tuned!.timings.every(({ milliseconds, remark }) =>
      milliseconds === null && remark === "no time left"
    ),
  );
  assertEquals(choicesOf(on).variantFor(CONV), tuned!.rule);
});

Deno.test("tune() does not start a variant that may take longer than what is left", async () => {
  const on = fresh();
  const pause = (milliseconds: number) => {
    for (const end = performance.now() + milliseconds; performance.now() < end;);
  };
  const started: string[] = [];
  const options = withPlain({
    first: (_, plain) => {
      started.push("first");
      pause(400);
      plain();
    },
    second: (_, plain) => {
      started.push("second");
      plain();
    },
  });
  const { timings } = await tuneOne(on, CONV, { ...options, budget: 1000 });
  assert(!started.includes("second"), started.join());
  assertEquals(timings.find(({ variant }) => variant === "second")!.remark, "no time left");
});

Deno.test("tune() does not hide a failure that is no matter of size", async () => {
  const broken = withPlain({
    broken: () => {
      throw new TypeError("a mistake");
    },
  });
  const on = fresh();
  const before = on.memory.usedBytes;
  await assertRejects(() => tuneOne(on, CONV, broken), TypeError, "a mistake");
  assertEquals(on.memory.usedBytes, before);
});

for (const [name, on] of Object.entries(gpuOfClass)) {
  Deno.test(`candidatesOf() begins with the variant that the rule takes: ${name}`, () => {
    // By name of the kernels, which is what the rule comes down to.
    const kernels = (run: (spy: Gpu) => void) => {
      const names: string[] = [];
      class Spy extends Gpu {
        override dispatch(...[kernel]: Parameters<Gpu["dispatch"]>): void {
          names.push(kernel.name);
        }
      }
      run(new Spy(on.device, { ...on.adapter, name: "never measured" }));
      return names;
    };
    const shapes: ConvShape[] = [SHAPE, { ...SHAPE, stride: 2 }, { ...SHAPE, outChannels: 64 }];
    const slice = on.acquire(256);
    for (const shape of shapes) {
      const { variant } = candidatesOf(on, { pass: "output", shape })[0]!;
      const conv = (explicit?: typeof CONV_VARIANTS[number]) => (spy: Gpu) =>
        convOutput(spy, slice, slice, slice, shape, {}, explicit);
      const chosen = CONV_VARIANTS.find((it) => it === variant);
      assertEquals(kernels(conv()), kernels(conv(chosen)), variant);
    }
    for (const [rows, cols, depth] of [[4, 4, 4], [128, 128, 64]] as const) {
      const shape = { rows, cols, depth };
      const [candidate] = candidatesOf(on, { pass: "nn", shape });
      const byRule = kernels((spy) => matmul(spy, "nn", slice, slice, slice, shape));
      const explicit = kernels((spy) => {
        const variant = candidate!.variant as "plain";
        matmul(spy, "nn", slice, slice, slice, shape, { variant });
      });
      assertEquals(byRule, explicit, candidate!.variant);
    }
    on.release(slice);
  });
}
