import { sumParts } from "../../src/kernels/sum_parts.ts";
import { add } from "../reference/elementwise.ts";
import { sumRows } from "../reference/reduce.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";
import { assertClose, random } from "../support/values.ts";

Deno.test("sumParts() adds the parts up, overwriting or adding", async () => {
  for (const [count, size] of [[1, 4], [2, 12], [31, 260], [5, 4100]] as const) {
    using memory = new Memory(gpu);
    const parts = random("parts", [count, size]);
    const slice = memory.upload(parts.data);
    const out = memory.blank(size);
    sumParts(gpu, slice, out, size, count, false);
    assertClose(await memory.read(out, size), sumRows(parts).data, `${count} of ${size}`);
    const standing = random("parts.standing", [size]);
    const sums = memory.upload(standing.data);
    sumParts(gpu, slice, sums, size, count, true);
    const expected = add(sumRows(parts), standing).data;
    assertClose(await memory.read(sums, size), expected, `${count} of ${size}, added`);
  }
});
