/** The convolutions of SphereNet-20 on every engine: output, input gradient, weight gradient. */

import { convOutputSize, type ConvShape } from "../../src/kernels/conv.ts";
import { PAPER_SIZE } from "../cases/conv.ts";
import { describeShape, distinctShapes } from "../layers.ts";
import { noise } from "../support.ts";
import { type Field, type Outcome, prepareAll, proveEqual, race } from "./compare.ts";
import { type Contender, CONV_PASSES, type ConvPass, type ConvRunner } from "./contender.ts";

/** Results may differ by this share of their norm. */
const TOLERANCE = 1e-4;

/** What is compared. */
export interface ConvComparison {
  /** Images. */
  readonly batch: number;
  /** Runs that each median is taken of. */
  readonly repeats: number;
  /** Only shapes and passes whose description contains this. */
  readonly match: string;
}

/** Every geometry and pass by itself; `onOutcome` gets each as soon as it is measured. */
export async function compareConv(
  contenders: readonly Contender[],
  { batch, repeats, match }: ConvComparison,
  onOutcome: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  for (const paper of distinctShapes("20", PAPER_SIZE)) {
    const shape = { ...paper, batch };
    const works = CONV_PASSES
      // Nobody trains the image.
      .filter((pass) => paper.inChannels > 3 || pass !== "input gradient")
      .map((pass) => ({ pass, work: `${pass}, ${describeShape(paper)} ×${batch}` }))
      .filter(({ work }) => work.includes(match));
    if (works.length === 0) continue;
    const field = await prepareAll(contenders, (contender) => contender.conv?.(operandsOf(shape)));
    for (const { pass, work } of works) {
      console.log(`\nconvolution ${work}`);
      await onOutcome(await comparePass(field, { shape, pass, work, repeats }));
    }
    for (const { runner } of field.ready) runner[Symbol.dispose]();
  }
}

interface PassComparison {
  readonly shape: ConvShape;
  readonly pass: ConvPass;
  readonly work: string;
  readonly repeats: number;
}

async function comparePass(
  shared: Field<ConvRunner>,
  { shape, pass, work, repeats }: PassComparison,
): Promise<Outcome> {
  const { height, width } = convOutputSize(shape);
  const { batch, inChannels, outChannels, kernelHeight, kernelWidth } = shape;
  const multiplyAdds = batch * height * width * outChannels * inChannels * kernelHeight *
    kernelWidth;
  const difference = await proveEqual(shared, work, TOLERANCE, (runner) => runner.result(pass));
  const entrants = shared.ready.map(({ contender, runner }) => ({
    contender,
    amount: 2 * multiplyAdds / 1e9,
    run: (times: number) => runner.run(pass, times),
  }));
  const rows = await race("GFLOP", entrants, repeats);
  const failures = [...shared.failures];
  return { kind: "conv", id: `conv ${work}`, work, rows, difference, failures };
}

function operandsOf(shape: ConvShape) {
  const { height, width } = convOutputSize(shape);
  const { batch, inHeight, inWidth, inChannels, outChannels, kernelHeight, kernelWidth } = shape;
  return {
    shape,
    x: noise(batch * inHeight * inWidth * inChannels, 1),
    w: noise(kernelHeight * kernelWidth * inChannels * outChannels, 2),
    dy: noise(batch * height * width * outChannels, 3),
  };
}
