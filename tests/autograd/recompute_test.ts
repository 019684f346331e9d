import { assert, assertEquals, assertThrows } from "@std/assert";
import { apply, type Op } from "../../src/autograd/op.ts";
import { recompute } from "../../src/autograd/recompute.ts";
import { scope } from "../../src/autograd/scope.ts";
import { noGrad } from "../../src/autograd/tape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { add } from "../../src/ops/add.ts";
import { affine } from "../../src/ops/affine.ts";
import { conv2dPrelu } from "../../src/ops/conv2d.ts";
import { exp } from "../../src/ops/exp.ts";
import { linear } from "../../src/ops/linear.ts";
import { mul } from "../../src/ops/mul.ts";
import { prelu } from "../../src/ops/prelu.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { sum } from "../../src/ops/sum.ts";
import { gpu } from "../support/gpu.ts";
import { random } from "../support/values.ts";

/** Runs a piece on its inputs, as it is or recomputed. */
type Run = typeof recompute;

const plain: Run = (piece, inputs) => piece(...inputs);

/** Leaves with values in [-1, 1). */
function leaves(...shapes: readonly (readonly number[])[]): Tensor[] {
  return shapes.map((shape, i) =>
    Tensor.from(gpu, random(`recompute.${i}`, shape).data, shape, { requiresGrad: true })
  );
}

/** The loss and the leaves' gradients of one step; nothing may stay in use. */
async function differentiate(
  shapes: readonly (readonly number[])[],
  graph: (run: Run, leaves: readonly Tensor[]) => Tensor,
  run: Run,
): Promise<number[][]> {
  const before = gpu.memory.usedBytes;
  const made = leaves(...shapes);
  const loss = scope(() => {
    const loss = sum(graph(run, made));
    loss.backward();
    return loss;
  });
  const tensors = [loss, ...made.map(({ grad }) => grad!)];
  const values = await Promise.all(tensors.map(async (tensor) => [...await tensor.data()]));
  for (const tensor of [...made, ...tensors]) tensor[Symbol.dispose]();
  assertEquals(gpu.memory.usedBytes, before, "bytes in use");
  return values;
}

const IMAGE = [2, 3, 5, 4];
const UNIT = [IMAGE, [3, 3, 4, 4], [4], [3, 3, 4, 4], [4]] as const;

function unit(z: Tensor, [w1, s1, w2, s2]: readonly Tensor[]): Tensor {
  const inner = conv2dPrelu(z, w1!, s1!, { padding: 1 });
  return conv2dPrelu(inner, w2!, s2!, { padding: 1, residual: z });
}

const GRAPHS: readonly [
  name: string,
  shapes: readonly (readonly number[])[],
  graph: (run: Run, leaves: readonly Tensor[]) => Tensor,
][] = [
  ["one operation", [[6]], (run, [x]) => run((x) => exp(x), [x!])],
  ["an input used twice", [[6]], (run, [x]) => run((x) => mul(exp(x), x), [x!])],
  [
    "two inputs, one of them a leaf's result",
    [[6], [6]],
    (run, [a, b]) => run((a, b) => mul(exp(a), b), [a!, affine(b!, 2)]),
  ],
  ["the input itself", [[6]], (run, [x]) => mul(run((x) => x, [exp(x!)]), x!)],
  [
    "a view of the input",
    [[6]],
    (run, [x]) => mul(run((x) => reshape(x, [2, 3]), [exp(x!)]), reshape(x!, [2, 3])),
  ],
  ["a result that its maker's consumer uses twice", [[6]], (run, [x]) => {
    const y = run((x) => exp(x), [affine(x!, 0.5)]);
    return add(mul(y, y), y);
  }],
  [
    "parameters from outside",
    [[2, 4], [4, 8], [8]],
    (run, [x, w, b]) => run((x) => exp(linear(x, w!, b)), [affine(x!, 0.5)]),
  ],
  [
    "inputs without gradient",
    [[4, 8]],
    (run, [w]) =>
      run((x) => exp(linear(x, w!)), [Tensor.from(gpu, random("x", [2, 4]).data, [2, 4])]),
  ],
  ["a piece in a piece", [[6]], (run, [x]) =>
    run((x) => {
      const y = run((x) => mul(exp(x), x), [exp(x)]);
      return mul(y, y);
    }, [x!])],
  [
    "a piece at the end of a piece",
    [[6]],
    (run, [x]) => run((x) => run((x) => mul(exp(x), x), [exp(x)]), [x!]),
  ],
  [
    "pieces one after another",
    [[6]],
    (run, [x]) => run((x) => exp(x), [run((x) => mul(x, x), [run((x) => exp(x), [x!])])]),
  ],
  ["a residual unit", UNIT, (run, [z, ...rest]) => {
    const y = run((z) => unit(z, rest), [affine(z!, 2)]);
    return mul(y, y);
  }],
  ["residual units that share parameters", UNIT, (run, [z, ...rest]) => {
    let y = affine(z!, 2);
    for (let i = 0; i < 3; i++) y = run((z) => unit(z, rest), [y]);
    return mul(y, y);
  }],
  [
    "a convolution with odd channels",
    [[1, 4, 4, 3], [3, 3, 3, 5], [5], [5]],
    (run, [x, w, s, b]) => {
      const y = run((x) => conv2dPrelu(x, w!, s!, { bias: b!, stride: 2, padding: 1 }), [x!]);
      return mul(y, y);
    },
  ],
  [
    "a convolution whose output is not the result",
    [IMAGE, [3, 3, 4, 4], [4]],
    (run, [x, w, s]) => run((x) => prelu(conv2dPrelu(x, w!, s!, { padding: 1 }), s!), [x!]),
  ],
];

for (const [name, shapes, graph] of GRAPHS) {
  Deno.test(`recompute() gives the plain loss and gradients, bit for bit: ${name}`, async () => {
    const expected = await differentiate(shapes, graph, plain);
    assertEquals(await differentiate(shapes, graph, recompute), expected);
  });
}

Deno.test("recompute() keeps the inputs alone until the backward pass", () => {
  const shape = [256, 64];
  const bytes = 256 * 64 * 4;
  const steps = (x: Tensor) => {
    for (let i = 0; i < 5; i++) x = mul(exp(affine(x, 0.5)), x);
    return x;
  };
  const kept = (run: Run) =>
    scope(() => {
      const [x] = leaves(shape);
      const before = gpu.memory.usedBytes;
      const y = scope(() => run(steps, [x!]));
      const after = gpu.memory.usedBytes;
      sum(y).backward();
      return (after - before) / bytes;
    });
  assertEquals(kept(recompute), 1); // the result: the input was there before
  assertEquals(kept(plain), 10);
});

/** Notes whether anybody reads its output. */
const NOTE: Op<boolean[]> = {
  name: "note",
  forward([x], notes, save, unread) {
    notes.push(unread);
    save?.(x!);
    return x!.clone();
  },
  backward: (dy) => [dy],
};

Deno.test("recompute() tells the operation whose output is the result that nobody reads it again", () => {
  const notes: boolean[] = [];
  const note = (x: Tensor) => apply(NOTE, [x], notes);
  const table: readonly [piece: (x: Tensor) => Tensor, again: boolean[]][] = [
    [note, [true]],
    [(x) => note(note(x)), [false, true]],
    [(x) => {
      const y = note(x);
      note(x);
      return y;
    }, [false, false]],
    [(x) => reshape(note(x), [4, 1]), [false]],
    // The inner piece's result is the outer one's as well: it runs three times in all.
    [(x) => recompute(note, [note(x)]), [false, false, true]],
    [(x) => note(recompute(note, [x])), [false, true, true]],
  ];
  for (const [piece, again] of table) {
    scope(() => {
      const loss = sum(recompute(piece, [leaves([4])[0]!]));
      assert(!notes.includes(true));
      notes.length = 0;
      loss.backward();
      assertEquals(notes, again, `${piece}`);
      notes.length = 0;
    });
  }
});

Deno.test("recompute() runs a piece once where nothing is recorded or differentiated", () => {
  let runs = 0;
  const piece = (x: Tensor) => {
    runs++;
    return exp(x);
  };
  scope(() => {
    const [x] = leaves([4]);
    assert(!noGrad(() => recompute(piece, [x!])).requiresGrad);
    assert(!recompute(piece, [Tensor.zeros(gpu, [4])]).requiresGrad);
    assertEquals(runs, 2);
    sum(recompute(piece, [x!])).backward();
    assertEquals(runs, 4);
  });
});

Deno.test("recompute() refuses a computed tensor that is not among the inputs", () => {
  scope(() => {
    const [x] = leaves([4]);
    const outside = exp(x!);
    const loss = sum(recompute((x) => mul(x, outside), [affine(x!, 2)]));
    assertThrows(
      () => loss.backward(),
      Error,
      "A recomputed piece used the result [4] of exp from outside; give it to recompute() as an input.",
    );
  });
});

Deno.test("recompute() leaves its inputs to their owners", async () => {
  const before = gpu.memory.usedBytes;
  {
    using x = Tensor.from(gpu, [1, 2], [2], { requiresGrad: true });
    scope(() => {
      using y = recompute((x) => x, [x]);
      assert(y !== x);
    });
    assertEquals([...await x.data()], [1, 2]);
  }
  assertEquals(gpu.memory.usedBytes, before);
});
