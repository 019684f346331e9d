import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { keep, scope } from "../../src/autograd/scope.ts";
import { isRecording, noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { affine } from "../../src/ops/affine.ts";
import { exp } from "../../src/ops/exp.ts";
import { linear } from "../../src/ops/linear.ts";
import { mul } from "../../src/ops/mul.ts";
import { relu } from "../../src/ops/relu.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { sub } from "../../src/ops/sub.ts";
import { sum } from "../../src/ops/sum.ts";
import { gpu } from "../support/gpu.ts";
import { assertClose } from "../support/values.ts";

function leaf(values: readonly number[]): Tensor {
  return Tensor.from(gpu, values, [values.length], { requiresGrad: true });
}

async function gradientOf(x: Tensor): Promise<number[]> {
  const values = [...await x.grad!.data()];
  x.grad![Symbol.dispose]();
  x.grad = null;
  return values;
}

/** Graphs over x = [1, 2, 3] with the gradient of the sum of their result. */
const GRAPHS: readonly [name: string, (x: Tensor) => Tensor, (x: number) => number][] = [
  ["x + x", (x) => add(x, x), () => 2],
  ["(x + x) + (x + x)", (x) => add(add(x, x), add(x, x)), () => 4],
  ["y + y with y = 3x", (x) => {
    const y = affine(x, 3);
    return add(y, y);
  }, () => 6],
  ["y − y", (x) => {
    const y = affine(x, 3);
    return sub(y, y);
  }, () => 0],
  ["y · y", (x) => {
    const y = affine(x, 3);
    return mul(y, y);
  }, (x) => 18 * x],
  ["a diamond: y·(y + 1) + y", (x) => {
    const y = mul(x, x);
    return add(mul(y, affine(y, 1, 1)), y);
  }, (x) => 4 * x ** 3 + 4 * x],
  ["a residual: x + relu(x·x)", (x) => add(x, relu(mul(x, x))), (x) => 1 + 2 * x],
  ["one gradient to three places", (x) => {
    const y = affine(x, 2);
    const twice = add(y, y);
    return add(add(twice, y), add(y, mul(twice, y)));
  }, (x) => 8 + 16 * x],
  ["views over one gradient", (x) => {
    const y = affine(x, 2);
    return add(reshape(reshape(y, [3, 1]), [3]), add(y, reshape(y, [3])));
  }, () => 6],
  ["a branch that leads nowhere", (x) => {
    const y = affine(x, 2);
    exp(y);
    return y;
  }, () => 2],
];

for (const [name, graph, derivative] of GRAPHS) {
  Deno.test(`backward() adds up what flows together: ${name}`, async () => {
    const before = gpu.memory.usedBytes;
    {
      using x = leaf([1, 2, 3]);
      scope(() => sum(graph(x)).backward());
      assertClose(await gradientOf(x), [1, 2, 3].map(derivative), name);
    }
    assertEquals(gpu.memory.usedBytes, before, "bytes in use");
  });
}

Deno.test("backward() leaves gradients at leaves alone, and only where they are wanted", async () => {
  using x = leaf([1, 2]);
  using constant = Tensor.from(gpu, [3, 4], [2]);
  scope(() => {
    const y = mul(x, constant);
    const loss = sum(y);
    loss.backward();
    assertEquals([y.grad, loss.grad, constant.grad], [null, null, null]);
    assert(y.requiresGrad && y.recorded && !x.recorded);
  });
  assertEquals(await gradientOf(x), [3, 4]);
});

Deno.test("backward() adds to gradients that stand", async () => {
  using x = leaf([1, 2]);
  using other = leaf([5, 6]);
  for (let pass = 0; pass < 3; pass++) scope(() => sum(mul(x, other)).backward());
  assertEquals(await gradientOf(x), [15, 18]);
  assertEquals(await gradientOf(other), [3, 6]);
});

Deno.test("backward() starts anew where a gradient was freed", async () => {
  using x = leaf([1, 2]);
  using w = Tensor.from(gpu, [1, 2, 3, 4], [1, 4], { requiresGrad: true }); // added to in place
  for (let pass = 0; pass < 2; pass++) {
    scope(() => sum(mul(x, x)).backward());
    scope(() => sum(linear(Tensor.from(gpu, [5], [1, 1]), w)).backward());
    assertEquals([...await x.grad!.data()], [2, 4]);
    assertEquals([...await w.grad!.data()], [5, 5, 5, 5]);
    x.grad![Symbol.dispose]();
    w.grad![Symbol.dispose]();
  }
});

Deno.test("backward() leaves nothing at leaves that were freed", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = leaf([1, 2]);
    using product = scope(() => mul(x, leaf([3, 4])));
    scope(() => sum(product).backward());
    assertEquals(await gradientOf(x), [3, 4]);
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("a scope lets go of operations that no result depends on", () => {
  const before = gpu.memory.usedBytes;
  {
    using x = leaf([1, 2]);
    using y = scope(() => {
      const y = mul(x, x);
      sum(exp(exp(y))); // saves what it makes
      return y;
    });
    assertEquals(gpu.memory.usedBytes, before + 2 * 256);
    scope(() => sum(y).backward());
    x.grad![Symbol.dispose]();
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("backward() of two losses over one graph each gives their own gradient", async () => {
  using x = leaf([1, 2]);
  scope(() => {
    const first = sum(affine(x, 3));
    const second = sum(mul(x, x));
    first.backward();
    second.backward();
  });
  assertEquals(await gradientOf(x), [5, 7]);
});

Deno.test("backward() walks a chain of 2,000 operations", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = leaf([1, 2]);
    using loss = scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 2000; i++) y = affine(y, 1, 0.5);
      const loss = sum(y);
      loss.backward();
      return loss;
    });
    assertEquals([...await loss.data()], [2003]);
    assertEquals(await gradientOf(x), [1, 1]);
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("backward() a second time is an error", async () => {
  using x = leaf([1, 2]);
  scope(() => {
    const loss = sum(mul(x, x));
    loss.backward();
    const { message } = assertThrows(() => loss.backward(), Error);
    assertStringIncludes(message, "ran through this result before");
  });
  assertEquals(await gradientOf(x), [2, 4]);
});

Deno.test("backward() of what is no scalar is an error that names the shape", () => {
  using x = leaf([1, 2]);
  scope(() => {
    const y = mul(x, x);
    const { message } = assertThrows(() => y.backward(), RangeError);
    assertEquals(message, "backward() starts from a scalar, not from shape [2].");
  });
});

Deno.test("backward() of what was not recorded is an error that names the operation", () => {
  using constant = Tensor.from(gpu, [1], [1]);
  using x = Tensor.from(gpu, [1], [1], { requiresGrad: true });
  scope(() => {
    for (const loss of [sum(constant), noGrad(() => sum(x))]) {
      const { message } = assertThrows(() => loss.backward(), Error);
      assertStringIncludes(message, "the result of sum does not depend on a tensor");
    }
    assertStringIncludes(assertThrows(() => x.backward(), Error).message, "the result of from");
  });
});

Deno.test("noGrad() records nothing, also around another one and after an error", async () => {
  using x = leaf([1, 2]);
  const [inside, nested] = noGrad(() => {
    const nested = noGrad(() => isRecording());
    return [isRecording(), nested];
  });
  assertEquals([inside, nested, isRecording()], [false, false, true]);
  assertThrows(() =>
    noGrad(() => {
      throw new TypeError("on purpose");
    }), TypeError);
  assert(isRecording());
  scope(() => {
    const held = noGrad(() => mul(x, x));
    assert(!held.requiresGrad);
    sum(mul(held, x)).backward(); // x² counts as a constant
  });
  assertEquals(await gradientOf(x), [1, 4]);
});

Deno.test("backward() goes on from inner scopes whose result was returned", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = leaf([1, 2, 3]);
    const square = () => scope(() => mul(x, x));
    scope(() => sum(mul(square(), square())).backward());
    assertClose(await gradientOf(x), [4, 32, 108], "inside a scope");
    using loss = scope(() => sum(scope(() => mul(affine(x, 2), x))));
    loss.backward();
    assertEquals(await gradientOf(x), [4, 8, 12]);
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("backward() goes on from inner scopes whose result was kept", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = leaf([1, 2, 3]);
    const kept: Tensor[] = [];
    scope(() => {
      kept.push(keep(mul(affine(x, 2), x)));
    });
    scope(() => sum(kept[0]!).backward());
    kept[0]![Symbol.dispose]();
    assertEquals(await gradientOf(x), [4, 8, 12]);
  }
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test("backward() inside a scope reaches leaves and operations outside of it", async () => {
  using x = leaf([1, 2]);
  scope(() => {
    const y = mul(x, x);
    scope(() => sum(affine(y, 3)).backward());
  });
  assertEquals(await gradientOf(x), [6, 12]);
});
