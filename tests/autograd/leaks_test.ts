import { assertEquals } from "@std/assert";
import { liveTensors, reportLeaks } from "../../src/autograd/leaks.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { exp } from "../../src/ops/exp.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("liveTensors() counts by operation what was not freed", () => {
  using before = Tensor.zeros(gpu, [1]);
  reportLeaks(() => {});
  assertEquals(liveTensors(), {});
  const sum = scope(() => {
    const a = Tensor.from(gpu, [1], [1]);
    const b = add(a, before);
    assertEquals(liveTensors(), { from: 1, add: 1 });
    return add(b, exp(a));
  });
  assertEquals(liveTensors(), { add: 1 });
  before[Symbol.dispose](); // made before counting began
  assertEquals(liveTensors(), { add: 1 });
  sum[Symbol.dispose]();
  assertEquals(liveTensors(), {});
  reportLeaks(null);
  Tensor.zeros(gpu, [1])[Symbol.dispose]();
  assertEquals(liveTensors(), {});
});

Deno.test("reportLeaks() names the operation of a tensor that nobody freed", async () => {
  const messages: string[] = [];
  reportLeaks((message) => messages.push(message));
  (() => {
    using a = Tensor.from(gpu, [1], [1]);
    exp(a); // lost
  })();
  // The collector takes it when it likes: garbage makes it like to.
  for (let i = 0; i < 200 && messages.length === 0; i++) {
    for (let j = 0; j < 20; j++) new Array(1e5).fill({ i, j });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  reportLeaks(null);
  assertEquals(messages, [
    "A tensor made by exp was never freed; make it inside a scope() or dispose of it.",
  ]);
});
