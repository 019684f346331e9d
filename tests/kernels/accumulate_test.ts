import { accumulate } from "../../src/kernels/accumulate.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

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
