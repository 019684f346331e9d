import { assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../src/autograd/tensor.ts";
import { columns } from "../../src/ops/columns.ts";
import { array64 } from "../reference/array64.ts";
import { checkOp } from "../support/check_op.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

Deno.test("columns() and its gradient equal the reference", async () => {
  for (
    const [shape, first, count] of [
      [[5], 1, 3],
      [[3, 16], 0, 2],
      [[7, 16], 6, 10],
      [[2, 3, 5, 8], 2, 4],
      [[70, 2], 1, 1],
    ] as const
  ) {
    const given = shape.at(-1)!;
    await checkOp(gpu, {
      name: `columns [${shape}] ${first}+${count}`,
      inputs: [random("columns.x", shape)],
      run: ([x]) => columns(x!, first, count),
      reference: ([x]) =>
        array64(
          [...shape.slice(0, -1), count],
          x!.data.filter((_, i) => i % given >= first && i % given < first + count),
        ),
    });
  }
});

Deno.test("columns() refuses columns that are not there", () => {
  using x = Tensor.zeros(gpu, [2, 4]);
  for (const [first, count] of [[3, 2], [-1, 2], [0, 0], [0.5, 1]] as const) {
    const { message } = assertThrows(() => columns(x, first, count), RangeError);
    assertStringIncludes(message, "columns of [2,4] takes");
  }
});
