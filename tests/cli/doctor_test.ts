import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { examine, main, type Patient, render } from "../../src/cli/doctor.ts";
import {
  expectedProduct,
  judge,
  knownAnswer,
  overflowingProduct,
} from "../../src/cli/known_answer.ts";

const REAL: Patient = {
  gpu: navigator.gpu,
  runtime: { Deno: "2.9.6" },
  remedy: "install a driver",
  run: knownAnswer,
};

/** Runs `main` and returns its exit code and what it printed. */
async function run(args: string[], patient: Patient): Promise<{ code: number; text: string }> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    return { code: await main(args, patient), text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

Deno.test("doctor finds this machine's adapter well", async () => {
  const { code, text } = await run([], REAL);
  assertEquals(code, 0, text);
  assertMatch(text, /^runtime +Deno 2\.9\.6$/m);
  assertMatch(text, /^class +(GPU|software)/m);
  assertMatch(text, /^maxStorageBufferBindingSize +\d.* [KMG]iB$/m);
  assertMatch(text, /^timestamp-query +(yes|no)$/m);
  assertMatch(text, /^known answer, f32 +right$/m);
  assertMatch(text, /^known answer, f16 +(right|not offered)$/m);
  assertMatch(text, /^kernels +\S/m);
  assertMatch(text, /All is well\.$/);
});

Deno.test("doctor --json prints the same findings for programs", async () => {
  const { code, text } = await run(["--json"], REAL);
  const findings = JSON.parse(text);
  assertEquals(code, 0);
  assertEquals(findings.knownAnswer.f32, "right");
  assertEquals(findings.problems, []);
  assert(findings.limits.maxBufferSize > 0);
});

Deno.test("doctor fails with the remedy where no adapter is found", async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  const { code, text } = await run([], { ...REAL, gpu });
  assertEquals(code, 1);
  assertMatch(text, /^adapter +none$/m);
  assertMatch(text, /Problem: WebGPU finds no adapter; to fix this: install a driver/);
  assertMatch((await run([], { ...REAL, gpu: undefined })).text, /this runtime has no WebGPU/);
});

Deno.test("doctor fails where the f32 kernel is wrong, and keeps f16 off where only that is", async () => {
  const bad = await run([], { ...REAL, run: () => Promise.resolve("all values are zero") });
  assertEquals(bad.code, 1);
  assertMatch(bad.text, /Problem: the f32 known-answer kernel fails \(all values are zero\)/);
  const findings = await examine({
    ...REAL,
    gpu: fakeGpu(["shader-f16"]),
    run: (_, precision) => Promise.resolve(precision === "f16" ? "2 values are wrong" : null),
  });
  assertEquals(findings.problems, []);
  assertStringIncludes(findings.warnings.join(), "f16 must stay off");
  assertStringIncludes(render(findings), "Note: f16 must stay off");
});

Deno.test("doctor tells an adapter that gives no device", async () => {
  const gpu = fakeGpu([], () => Promise.reject(new Error("lost")));
  const findings = await examine({ ...REAL, gpu });
  assertMatch(findings.problems.join(), /gives no device: lost/);
});

Deno.test("doctor notes OpenGL and too few storage buffers", async () => {
  const text = render(
    await examine({ ...REAL, gpu: fakeGpu([]), run: () => Promise.resolve(null) }),
  );
  assertMatch(text, /^class +software, on OpenGL$/m);
  assertMatch(text, /Note: the adapter runs on OpenGL/);
  assertMatch(text, /Note: a kernel may bind 4 storage buffers/);
  assertMatch(text, /^known answer, f16 +not offered$/m);
});

Deno.test("judge() accepts the exact product and counts what differs", () => {
  const product = expectedProduct();
  assertEquals(judge(product), null);
  assertEquals(judge(new Float16Array(product)), null);
  const first = product[5]!;
  product[5] = first + 1;
  product[9]!++;
  assertEquals(
    judge(product),
    `2 of 1024 values are wrong, such as element 5: ${first + 1} instead of ${first}`,
  );
  assertMatch(judge(new Float32Array(1024)) ?? "", /0 instead of/);
});

Deno.test("expectedProduct() stays within what f16 holds exactly", () => {
  assert(expectedProduct().every((value) => Number.isInteger(value) && Math.abs(value) < 2048));
});

function fakeGpu(
  features: string[],
  requestDevice: () => Promise<unknown> = () => Promise.resolve({ destroy: () => {} }),
): GPU {
  const adapter = {
    info: { description: "llvmpipe", subgroupMinSize: 4, subgroupMaxSize: 128 },
    features: new Set(features),
    limits: { maxStorageBuffersPerShaderStage: 4 },
    requestDevice,
  };
  return { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
}

Deno.test("the known answer of f16 wants infinities where there is no room, and nowhere else", () => {
  const overflowing = overflowingProduct();
  assert(overflowing.includes(Infinity) && overflowing.includes(-Infinity));
  assert(overflowing.some((value) => value !== 0 && Number.isFinite(value)));
  assertEquals([...new Float16Array(overflowing)], overflowing); // f16 holds the finite ones exactly
  assertEquals(judge(new Float16Array(overflowing), overflowing), null);
  const clamped = overflowing.map((value) => Math.max(-65504, Math.min(65504, value)));
  assertMatch(
    judge(clamped, overflowing) ?? "",
    /values are wrong, .* -?65504 instead of -?Infinity/,
  );
});
