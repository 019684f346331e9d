import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Tensor } from "../../../src/autograd/tensor.ts";
import { MTCNN_PLANS } from "../../../src/faces/mtcnn/net.ts";
import { MtcnnNets } from "../../../src/faces/mtcnn/nets.ts";
import { decodeMtcnnWeights } from "../../../src/faces/mtcnn/weights.ts";
import { goldenUniform } from "../../golden/values.ts";
import type { Array64 } from "../../reference/array64.ts";
import { mtcnnNet } from "../../reference/mtcnn.ts";
import { gpu, gpuOfClass } from "../../support/gpu.ts";
import { hasSharedWeights, randomMtcnnWeights, SHARED_WEIGHTS } from "../../support/mtcnn.ts";
import { assertClose, random } from "../../support/values.ts";
import golden from "./golden.json" with { type: "json" };

const [P, R, O] = MTCNN_PLANS;

type NetName = "pnet" | "rnet" | "onet";

/** What make_golden.py writes. */
interface GoldenRun {
  readonly net: string;
  readonly shape: readonly number[];
  readonly answers: Readonly<Record<string, GoldenAnswer>>;
}

interface GoldenAnswer {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** All answers of a net, as the net gives them. */
function answersOf(
  nets: MtcnnNets,
  net: NetName,
  images: Tensor,
): Readonly<Record<string, Tensor>> {
  if (net === "pnet") return { ...nets.proposal(images) };
  return net === "rnet" ? { ...nets.refine(images) } : { ...nets.output(images) };
}

for (const [adapter, gpu] of Object.entries(gpuOfClass)) {
  Deno.test(`the three nets equal the f64 reference with random weights: ${adapter}`, async () => {
    const weights = randomMtcnnWeights();
    using nets = MtcnnNets.fromWeights(gpu, weights);
    const before = gpu.memory.usedBytes;
    for (
      const [plan, shape] of [
        [P, [1, 12, 12, 3]],
        [P, [2, 13, 29, 3]],
        [P, [1, 41, 24, 3]],
        [R, [1, 24, 24, 3]],
        [R, [5, 24, 24, 3]],
        [O, [3, 48, 48, 3]],
      ] as const
    ) {
      const x = random(`mtcnn.${plan.name}`, shape);
      const expected = mtcnnNet(plan, weights, x);
      using images = Tensor.from(gpu, x.data, shape);
      const answers = answersOf(nets, plan.name, images);
      for (const [name, answer] of Object.entries(answers)) {
        const { shape, data } = expected[name as keyof typeof expected] as Array64;
        assertEquals(answer.shape, shape, `${plan.name}: ${name}`);
        assertClose(await answer.data(), data, `${plan.name} on [${shape}]: ${name}`, 5e-6);
        answer[Symbol.dispose]();
      }
    }
    assertEquals(gpu.memory.usedBytes, before, "bytes in use afterwards");
  });
}

Deno.test("images with a fourth channel of zeros give the same", async () => {
  using nets = MtcnnNets.fromWeights(gpu, randomMtcnnWeights());
  const three = random("mtcnn.four", [1, 15, 14, 3]);
  using x = Tensor.from(gpu, three.data, three.shape);
  const four = Array.from(
    { length: 15 * 14 * 4 },
    (_, i) => i % 4 === 3 ? 0 : three.data[Math.floor(i / 4) * 3 + i % 4]!,
  );
  using padded = Tensor.from(gpu, four, [1, 15, 14, 4]);
  using a = nets.proposal(x).regression;
  using b = nets.proposal(padded).regression;
  assertEquals(await b.data(), await a.data());
});

Deno.test("nets refuse images that they cannot look at", () => {
  using nets = MtcnnNets.fromWeights(gpu, randomMtcnnWeights());
  const cases = [
    [[1, 11, 12, 3], "proposal", "P-Net takes images of at least 12×12 pixels, not [1,11,12,3]"],
    [[1, 12, 12, 1], "proposal", "P-Net takes images [batch, height, width, 3]"],
    [[12, 12, 3], "proposal", "P-Net takes images [batch, height, width, 3]"],
    [[1, 48, 48, 3], "refine", "R-Net takes crops of 24×24 pixels, not [1,48,48,3]"],
    [[1, 24, 24, 3], "output", "O-Net takes crops of 48×48 pixels, not [1,24,24,3]"],
  ] as const;
  for (const [shape, net, words] of cases) {
    using x = Tensor.zeros(gpu, shape);
    assertStringIncludes(assertThrows(() => nets[net](x), RangeError).message, words);
  }
});

Deno.test("fromWeights() refuses weights that are not all there, and keeps no memory", () => {
  const weights = new Map(randomMtcnnWeights());
  weights.delete("onet.heads.bias");
  const before = gpu.memory.usedBytes;
  const { message } = assertThrows(() => MtcnnNets.fromWeights(gpu, weights), Error);
  assertStringIncludes(message, "onet.heads.bias");
  assertEquals(gpu.memory.usedBytes, before);
});

Deno.test({
  name: "the released nets answer as PyTorch does, to 1e-4",
  ignore: !hasSharedWeights,
  async fn() {
    const files = [1, 2, 3].map((net) => `det${net}.caffemodel`).map(async (name) => ({
      name,
      bytes: await Deno.readFile(new URL(name, SHARED_WEIGHTS)),
    }));
    using nets = MtcnnNets.fromWeights(gpu, decodeMtcnnWeights(await Promise.all(files)));
    for (const { net, shape, answers } of golden as unknown as readonly GoldenRun[]) {
      const [n, height, width, channels] = shape as [number, number, number, number];
      const name = `mtcnn.${net}.${height}x${width}`;
      const pixels = goldenUniform(name, n * height * width * channels);
      using images = Tensor.from(gpu, pixels, shape);
      const actual = answersOf(nets, net as NetName, images);
      assertEquals(Object.keys(actual).sort(), Object.keys(answers).sort());
      for (const [key, expected] of Object.entries(answers)) {
        assertEquals(actual[key]!.shape, expected.shape, `${name}: ${key}`);
        const values = await actual[key]!.data();
        const worst = Math.max(...expected.data.map((v, i) => Math.abs(v - values[i]!)));
        // Negated, so that NaN fails as well.
        if (!(worst <= 1e-4)) throw new Error(`${name}: ${key} is off by ${worst}`);
        actual[key]![Symbol.dispose]();
      }
    }
  },
});
