import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { keep, scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { affine } from "../../src/ops/affine.ts";
import { conv2dPrelu } from "../../src/ops/conv2d.ts";
import { linear } from "../../src/ops/linear.ts";
import { mul } from "../../src/ops/mul.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { sum } from "../../src/ops/sum.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

function used(): number {
  return gpu.memory.usedBytes;
}

function freed(tensor: Tensor): boolean {
  return tensor.freed;
}

Deno.test("scope() frees what is made inside and not returned", async () => {
  const before = used();
  const made: Tensor[] = [];
  const result = scope(() => {
    const a = Tensor.from(gpu, [1, 2, 3, 4], [4]);
    const b = add(a, a);
    made.push(a, b);
    return add(b, a);
  });
  assertEquals(made.map(freed), [true, true]);
  assertEquals([...await result.data()], [3, 6, 9, 12]);
  assertEquals(used(), before + 256);
  result[Symbol.dispose]();
  assertEquals(used(), before);
});

Deno.test("scope() spares tensors in arrays and plain objects, however deep", () => {
  const before = used();
  const zeros = () => Tensor.zeros(gpu, [4]);
  const result = scope(() => {
    zeros();
    return { a: zeros(), list: [zeros(), { b: zeros() }], number: 1, nothing: null, text: "text" };
  });
  const spared = [result.a, ...result.list.flatMap((x) => x instanceof Tensor ? [x] : [x.b])];
  assertEquals(spared.map(freed), [false, false, false]);
  for (const tensor of spared) tensor[Symbol.dispose]();
  assertEquals(used(), before);
});

Deno.test("keep() takes a tensor out of its scope and all around it", async () => {
  const before = used();
  const kept = scope(() => {
    scope(() => scope(() => [keep(Tensor.from(gpu, [7], [1]))]));
    return { found: scope(() => scope(() => keep(Tensor.from(gpu, [8], [1])))) };
  });
  assertEquals([...await kept.found.data()], [8]);
  kept.found[Symbol.dispose]();
  assertEquals(used(), before + 256); // the 7 lives on, with nobody to free it
});

Deno.test("a result of an inner scope belongs to the outer one", () => {
  const before = used();
  const inner: Tensor[] = [];
  scope(() => {
    inner.push(scope(() => Tensor.zeros(gpu, [4])));
    assert(!freed(inner[0]!));
  });
  assert(freed(inner[0]!));
  assertEquals(used(), before);
});

Deno.test("scope() leaves tensors from outside alone, also when they are returned", () => {
  using outside = Tensor.zeros(gpu, [4]);
  scope(() => scope(() => outside));
  scope(() => [outside]);
  assert(!freed(outside));
});

Deno.test("scope() frees everything when the function throws", () => {
  const before = used();
  using x = Tensor.from(gpu, [1, 2], [2], { requiresGrad: true });
  assertThrows(
    () =>
      scope(() => {
        mul(mul(x, x), x);
        throw new SyntaxError("on purpose");
      }),
    SyntaxError,
  );
  assertEquals(used(), before + 256);
  // The scope around is the current one again.
  const alive = Tensor.zeros(gpu, [1]);
  scope(() => {});
  assert(!freed(alive));
  alive[Symbol.dispose]();
});

Deno.test("scope() refuses a promise, and frees all the same", () => {
  const before = used();
  const { message } = assertThrows(
    () => scope(async () => await Promise.resolve(Tensor.zeros(gpu, [4]))),
    TypeError,
  );
  assertStringIncludes(message, "scope() runs a synchronous function");
  assertEquals(used(), before);
});

Deno.test("a tensor may be freed by hand inside its scope", () => {
  const before = used();
  scope(() => {
    using a = Tensor.zeros(gpu, [4]);
    a[Symbol.dispose]();
    const b = reshape(Tensor.zeros(gpu, [4]), [2, 2]);
    b[Symbol.dispose]();
  });
  assertEquals(used(), before);
});

Deno.test("views share memory, which goes with the last of them", async () => {
  const before = used();
  const a = Tensor.from(gpu, [1, 2, 3, 4, 5, 6], [6]);
  const view = a.view([2, 3]);
  assertEquals(used(), before + 256);
  a[Symbol.dispose]();
  assertEquals([...await view.data()], [1, 2, 3, 4, 5, 6]);
  view[Symbol.dispose]();
  view[Symbol.dispose]();
  assertEquals(used(), before);
});

Deno.test("gradients belong to the scope of their leaf, and are spared with it", async () => {
  const before = used();
  const leaf = () => Tensor.from(gpu, [1, 2], [2], { requiresGrad: true });
  scope(() => {
    const x = leaf();
    scope(() => sum(mul(x, x)).backward()); // the gradient outlives this inner scope
    assert(!freed(x.grad!));
  });
  assertEquals(used(), before, "the leaf and its gradient are freed together");

  const gradient = scope(() => {
    const x = leaf();
    sum(mul(x, x)).backward();
    return x.grad!;
  });
  assertEquals([...await gradient.data()], [2, 4]);
  gradient[Symbol.dispose]();

  for (const spare of [(x: Tensor) => x, (x: Tensor) => keep(x)]) {
    const x = scope(() => {
      const x = leaf();
      sum(mul(x, x)).backward();
      return spare(x);
    });
    assertEquals([...await x.grad!.data()], [2, 4]);
    x.grad![Symbol.dispose]();
    x[Symbol.dispose]();
  }
  assertEquals(used(), before);
});

Deno.test("a training step in a scope leaves no bytes behind, over 50 steps", async () => {
  const tensor = (name: string, shape: readonly number[]) =>
    Tensor.from(gpu, random(name, shape).data, shape, { requiresGrad: true });
  const before = used();
  const parameters = [
    tensor("step.w", [3, 3, 3, 4]),
    tensor("step.slope", [4]),
    tensor("step.fc", [32, 5]),
  ] as const;
  const step = (): Tensor =>
    scope(() => {
      const [w, slope, fc] = parameters;
      const x = Tensor.from(gpu, random("step.x", [2, 4, 8, 3]).data, [2, 4, 8, 3]);
      const features = conv2dPrelu(x, w, slope, { stride: 2, padding: 1 });
      const loss = sum(linear(reshape(features, [2, 32]), fc));
      affine(loss, 2); // recorded and never differentiated
      loss.backward();
      return loss;
    });
  step()[Symbol.dispose](); // makes the gradients
  const { usedBytes, allocatedBytes, buffers } = gpu.memory;
  for (let i = 0; i < 50; i++) {
    step()[Symbol.dispose]();
    assertEquals(used(), usedBytes);
  }
  assertEquals(gpu.memory.allocatedBytes, allocatedBytes, "the pool has grown");
  assertEquals(gpu.memory.buffers, buffers);
  await gpu.finish();
  for (const parameter of parameters) {
    parameter.grad![Symbol.dispose]();
    parameter[Symbol.dispose]();
  }
  assertEquals(used(), before);
});
