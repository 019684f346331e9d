/** The page that an evaluation on a list of pairs leaves behind. */

import { histogramChart } from "./histogram_chart.ts";
import { lineChart } from "./line_chart.ts";
import { formatFixed, formatNumber, formatPercent } from "./number_format.ts";
import { type Block, htmlPage, type TableBlock, type TilesBlock } from "./page.ts";
import { rocChart, type RocPoints } from "./roc_chart.ts";

/** Outcome of a pairs protocol as a report shows it; what `evaluatePairs` returns fits. */
export interface PairsSummary {
  /** Each fold's accuracy and threshold. */
  readonly folds: readonly { readonly accuracy: number; readonly threshold: number }[];
  /** Mean of the folds' accuracies. */
  readonly accuracy: number;
  /** Standard deviation of the folds' accuracies. */
  readonly standardDeviation: number;
  /** Whether the threshold was chosen on the pairs that it was judged on. */
  readonly optimistic: boolean;
  /** Cosine of each pair. */
  readonly scores: ArrayLike<number>;
  /** ROC curve, with the threshold of each point. */
  readonly roc: RocPoints & { readonly thresholds: ArrayLike<number> };
  /** Equal error rate. */
  readonly equalErrorRate: number;
  /** Area under the ROC curve. */
  readonly areaUnderCurve: number;
  /** True accept rates by false accept rate. */
  readonly trueAcceptRate: { readonly "1e-2": number; readonly "1e-3": number };
  /** Number of pairs of one person. */
  readonly positives: number;
  /** Number of pairs of two people. */
  readonly negatives: number;
}

/** Everything that the report of a pairs evaluation shows. */
export interface EvaluationReport {
  /** Heading, such as the list's name. */
  readonly title: string;
  /** A line under the heading, such as the model's name. */
  readonly subtitle?: string;
  /** The outcome. */
  readonly result: PairsSummary;
  /** Whether each pair shows one person, in the order of the scores. */
  readonly same: ArrayLike<number | boolean>;
  /** Settings and circumstances by name. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Plain remarks. */
  readonly notes?: readonly string[];
  /** What the reader should worry about. */
  readonly warnings?: readonly string[];
}

/**
 * Makes the report of a pairs evaluation: one self-contained HTML page with the figures, ROC curves, the
 * scores' histogram and the folds.
 *
 * @throws {RangeError} when `same` is not as long as the scores.
 *
 * @example
 * ```ts
 * import { evaluatePairs, evaluationReport } from "@spheregrad/spheregrad";
 *
 * const same = [true, false, true, false];
 * const result = evaluatePairs({
 *   features: new Float32Array([1, 0, 2, 0.1, 0, 1, 0.1, 3]),
 *   dim: 2,
 *   left: new Uint32Array([0, 0, 2, 1]),
 *   right: new Uint32Array([1, 2, 3, 3]),
 *   same,
 *   fold: new Uint16Array([0, 0, 1, 1]),
 * });
 * console.log(evaluationReport({ title: "my pairs", result, same }).length > 0); // true
 * ```
 */
export function evaluationReport(input: EvaluationReport): string {
  const { title, subtitle, result, same, configuration = {}, notes = [], warnings = [] } = input;
  if (same.length !== result.scores.length) {
    throw new RangeError(
      `${result.scores.length} scores came with ${same.length} labels: give one for each pair.`,
    );
  }
  const optimism = result.optimistic
    ? [
      "The list has a single fold: the threshold was chosen on the pairs that it is judged on, so the accuracy is optimistic.",
    ]
    : [];
  const remarks: Block[] = [
    ...[...warnings, ...optimism].map((text) => ({ kind: "warning", text } as const)),
    ...notes.map((text) => ({ kind: "text", text } as const)),
  ];
  const curves = [{ label: "this model", roc: result.roc }];
  return htmlPage({
    title,
    ...(subtitle && { subtitle }),
    sections: [
      { title: "", blocks: [...remarks, tiles(result)] },
      {
        title: "Scores",
        blocks: [{
          kind: "figures",
          figures: [
            { svg: scoreHistogram(result, same) },
            { svg: errorChart(result) },
            { svg: rocChart({ title: "ROC", curves }) },
            { svg: rocChart({ title: "ROC, strict end", curves, scale: "log" }) },
          ],
        }],
      },
      { title: "Folds", blocks: [foldTable(result)] },
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

function tiles(result: PairsSummary): TilesBlock {
  return {
    kind: "tiles",
    tiles: [
      {
        label: "Accuracy",
        value: formatPercent(result.accuracy, 2),
        remark: `± ${formatPercent(result.standardDeviation, 2)} over ${result.folds.length} folds`,
      },
      { label: "Equal error rate", value: formatPercent(result.equalErrorRate, 2) },
      { label: "AUC", value: formatFixed(result.areaUnderCurve, 4), remark: "area under the ROC" },
      { label: "TAR at FAR 1 %", value: formatPercent(result.trueAcceptRate["1e-2"], 2) },
      { label: "TAR at FAR 0.1 %", value: formatPercent(result.trueAcceptRate["1e-3"], 2) },
      {
        label: "Pairs",
        value: formatNumber(result.positives + result.negatives, 9),
        remark: `${formatNumber(result.positives, 9)} of one person, ${
          formatNumber(result.negatives, 9)
        } of two`,
      },
    ],
  };
}

function scoreHistogram(result: PairsSummary, same: ArrayLike<number | boolean>): string {
  const scores = Array.from(result.scores);
  const { folds } = result;
  const threshold = folds.reduce((sum, fold) => sum + fold.threshold, 0) / folds.length;
  return histogramChart({
    title: "Scores of the pairs",
    series: [
      { label: "one person", values: scores.filter((_, pair) => same[pair]) },
      { label: "two people", values: scores.filter((_, pair) => !same[pair]) },
    ],
    x: { label: "cosine" },
    line: { value: threshold, label: "mean threshold" },
  });
}

/** Both kinds of error by the threshold; they cross at the equal error rate. */
function errorChart({ roc }: PairsSummary): string {
  const x = Array.from(roc.thresholds);
  const falseRejectRate = Array.from(roc.trueAcceptRate, (rate) => 1 - rate);
  return lineChart({
    title: "Errors by threshold",
    series: [
      { label: "one person rejected", x, y: falseRejectRate },
      { label: "two people accepted", x, y: roc.falseAcceptRate },
    ],
    x: { label: "cosine from which on a pair is accepted" },
    y: { label: "error rate", min: 0, max: 1, percent: true },
  });
}

function foldTable({ folds, accuracy, standardDeviation }: PairsSummary): TableBlock {
  return {
    kind: "table",
    columns: ["Fold", "Accuracy", "Threshold"],
    rows: [
      ...folds.map((fold, f) => [
        String(f + 1),
        formatPercent(fold.accuracy, 2),
        formatFixed(fold.threshold, 4),
      ]),
      ["Mean", `${formatPercent(accuracy, 2)} ± ${formatPercent(standardDeviation, 2)}`, ""],
    ],
    strongRow: folds.length,
  };
}
