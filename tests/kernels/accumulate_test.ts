import { accumulate } from "../../src/kernels/accumulate.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, HALF_TOLERANCE, halved, random } from "../support/values.ts";

Deno.test("accumulate() adds in place", async () => {
  for (const size of [1, 5, 256, 257, 70_001]) {
    using memory = new Memory(gpu);
    const a = random("accumulate.a", [size]).data;
    const b = random("accumulate.b", [size]).data;
    const out = memory.upload(b);
    accumulate(gpu, memory.upload(a), out, size);
    accumulate(gpu, memory.upload(a), out, size);
    const expected = b.map((value, i) => value + 2 * a[i]!);
    assertClose(await memory.read(out, size), expected, `${size}`);
  }
});

Deno.test("accumulate() adds what is stored in either type to either", async () => {
  const size = 1001;
  for (const [from, to] of [["f32", "f16"], ["f16", "f32"], ["f16", "f16"]] as const) {
    using memory = new Memory(gpu);
    const [a, b] = ["a", "b"].map((name) => halved(random(`accumulate.${name}`, [size])).data);
    const out = memory.upload(b!, to);
    accumulate(gpu, memory.upload(a!, from), out, size);
    const expected = b!.map((value, i) => value + a![i]!);
    const tolerance = to === "f16" ? HALF_TOLERANCE : 1e-7;
    assertClose(await memory.read(out, size), expected, `${from} to ${to}`, tolerance);
  }
});
