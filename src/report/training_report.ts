/** The page that a training run leaves behind. */

import { classHistogramChart } from "./class_histogram_chart.ts";
import { lineChart } from "./line_chart.ts";
import { formatNumber, formatPercent } from "./number_format.ts";
import {
  type Block,
  type FiguresBlock,
  htmlPage,
  type ImagesBlock,
  type TilesBlock,
} from "./page.ts";
import {
  angleFigures,
  type NamedVerification,
  rocFigures,
  type VerificationSummary,
  verificationTable,
} from "./verification_blocks.ts";

/** What a training run measured at one iteration. */
export interface TrainingMetrics {
  /** The iteration, from 1. */
  readonly iteration: number;
  /** Mean loss of the batch, in nats. */
  readonly loss: number;
  /** Annealing weight λ of A-Softmax; absent or null for heads without one. */
  readonly lambda?: number | null;
  /** Learning rate. */
  readonly learningRate: number;
  /** Throughput. */
  readonly imagesPerSecond: number;
}

/** Everything that a training report shows. */
export interface TrainingReport {
  /** Heading, such as the run's name. */
  readonly title: string;
  /** A line under the heading, such as net, head and data. */
  readonly subtitle?: string;
  /** Settings and circumstances by name. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Metrics by rising iteration. */
  readonly metrics: readonly TrainingMetrics[];
  /** Verification of held-out identities by the untrained net. */
  readonly before?: VerificationSummary;
  /** Verification of held-out identities by the trained net. */
  readonly after?: VerificationSummary;
  /** Other results to compare with, such as raw pixels. */
  readonly baselines?: readonly NamedVerification[];
  /** Sample faces as `data:` URIs of PNG, JPEG or WebP. */
  readonly faces?: readonly { readonly uri: string; readonly caption?: string }[];
  /** Number of images of each identity that was trained on. */
  readonly imagesPerIdentity?: ArrayLike<number>;
  /** Plain remarks. */
  readonly notes?: readonly string[];
  /** What the reader should worry about. */
  readonly warnings?: readonly string[];
}

/**
 * Makes the report of a training run: one self-contained HTML page with loss, λ, learning rate and
 * throughput, verification before and after, sample faces and the configuration.
 *
 * @throws {TypeError} for a face that is no image `data:` URI.
 *
 * @example
 * ```ts
 * import { trainingReport } from "@spheregrad/spheregrad";
 *
 * const html = trainingReport({
 *   title: "first run",
 *   configuration: { net: "SphereNet-4" },
 *   metrics: [{ iteration: 1, loss: 4.6, learningRate: 0.1, imagesPerSecond: 90 }],
 * });
 * console.log(html.startsWith("<!doctype html>")); // true
 * ```
 */
export function trainingReport(input: TrainingReport): string {
  const { title, subtitle, configuration, metrics, notes = [], warnings = [] } = input;
  const ours: NamedVerification[] = [
    ...(input.before ? [{ label: "before training", result: input.before }] : []),
    ...(input.after ? [{ label: "after training", result: input.after }] : []),
  ];
  const remarks: Block[] = [
    ...warnings.map((text) => ({ kind: "warning", text } as const)),
    ...notes.map((text) => ({ kind: "text", text } as const)),
  ];
  const faces: Block[] = input.faces?.length
    ? [{ kind: "images", images: input.faces } satisfies ImagesBlock]
    : [];
  return htmlPage({
    title,
    ...(subtitle && { subtitle }),
    sections: [
      { title: "", blocks: [...remarks, summaryTiles(input)] },
      { title: "Training", blocks: metrics.length > 0 ? [trainingFigures(metrics)] : [] },
      {
        title: "Verification of people not trained on",
        blocks: verificationBlocks(input.baselines ?? [], ours),
      },
      { title: "Sample faces", blocks: faces },
      {
        title: "Training set",
        blocks: input.imagesPerIdentity?.length
          ? [{
            kind: "figures",
            figures: [{
              svg: classHistogramChart({
                title: "Images of each identity",
                images: input.imagesPerIdentity,
              }),
            }],
          }]
          : [],
      },
      {
        title: "Configuration",
        blocks: Object.keys(configuration).length > 0
          ? [{ kind: "facts", facts: configuration }]
          : [],
      },
    ],
    footer: "Made by spheregrad.",
  });
}

function verificationBlocks(
  baselines: readonly NamedVerification[],
  ours: readonly NamedVerification[],
): Block[] {
  const results = [...baselines, ...ours];
  if (results.length === 0) return [];
  return [
    verificationTable(results),
    rocFigures(results),
    ...(ours.length > 0 ? [angleFigures(ours)] : []),
  ];
}

function summaryTiles({ metrics, before, after }: TrainingReport): TilesBlock {
  const last = metrics.at(-1);
  const was = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? {} : { remark: `${format(value)} before training` };
  return {
    kind: "tiles",
    tiles: [
      ...(after
        ? [
          {
            label: "Verification accuracy",
            value: formatPercent(after.accuracy),
            ...was(before?.accuracy, formatPercent),
          },
          {
            label: "Equal error rate",
            value: formatPercent(after.equalErrorRate),
            ...was(before?.equalErrorRate, formatPercent),
          },
        ]
        : []),
      ...(last
        ? [
          {
            label: "Last loss",
            value: formatNumber(smooth(metrics.map(({ loss }) => loss)).at(-1)!, 3),
            remark: `${formatNumber(metrics[0]!.loss, 3)} at the start`,
          },
          {
            label: "Throughput",
            value: `${formatNumber(median(metrics.map((one) => one.imagesPerSecond)), 3)}`,
            remark: "images a second (median)",
          },
          { label: "Iterations", value: formatNumber(last.iteration, 9) },
        ]
        : []),
    ],
  };
}

function trainingFigures(metrics: readonly TrainingMetrics[]): FiguresBlock {
  const x = metrics.map(({ iteration }) => iteration);
  const iterations = {
    label: "iteration",
    min: 0,
    ...(x.length > 1 && { max: x.at(-1)! }),
  };
  const column = (pick: (one: TrainingMetrics) => number) => metrics.map(pick);
  const lambda = column((one) => one.lambda ?? NaN);
  const noisy = (title: string, y: readonly number[], label: string) => ({
    svg: lineChart({
      title,
      series: [
        { label: "", x, y, color: "blue", line: "faint" },
        { label: "", x, y: smooth(y), color: "blue" },
      ],
      x: iterations,
      y: { label, min: 0 },
    }),
  });
  const schedule = (title: string, y: readonly number[], label: string) => ({
    svg: lineChart({
      title,
      series: [{ label: "", x, y }],
      x: iterations,
      y: { label, scale: "log" },
    }),
  });
  return {
    kind: "figures",
    figures: [
      noisy("Loss", column((one) => one.loss), "nats; each batch and its running mean"),
      ...(lambda.some(Number.isFinite) ? [schedule("Annealing", lambda, "λ")] : []),
      schedule("Learning rate", column((one) => one.learningRate), "step size"),
      noisy("Throughput", column((one) => one.imagesPerSecond), "images a second"),
    ],
  };
}

/** Mean of the last values up to each, over a fiftieth of the run; what isn't finite stays a gap. */
function smooth(values: readonly number[]): number[] {
  const window = Math.max(1, Math.round(values.length / 50));
  return values.map((value, i) => {
    if (!Number.isFinite(value)) return NaN;
    const recent = values.slice(Math.max(0, i - window + 1), i + 1).filter(Number.isFinite);
    return recent.reduce((sum, one) => sum + one, 0) / recent.length;
  });
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
