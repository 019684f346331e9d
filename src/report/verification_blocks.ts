/** Tables and charts of verification results, as every report shows them. */

import { highestShare, histogramChart } from "./histogram_chart.ts";
import { formatFixed, formatNumber, formatPercent } from "./number_format.ts";
import type { FiguresBlock, TableBlock } from "./page.ts";
import { rocChart, type RocPoints } from "./roc_chart.ts";
import type { SeriesColor } from "./theme.ts";

/** Verification figures as a report shows them; what `verify` returns fits. */
export interface VerificationSummary {
  /** Mean accuracy over the folds. */
  readonly accuracy: number;
  /** Standard deviation of the folds' accuracies. */
  readonly standardDeviation: number;
  /** Equal error rate. */
  readonly equalErrorRate: number;
  /** Area under the ROC curve. */
  readonly areaUnderCurve: number;
  /** True accept rates by false accept rate, such as `"1e-3"`. */
  readonly trueAcceptRate: { readonly "1e-2": number; readonly "1e-3": number };
  /** Angular Fisher score, where it was computed; lower is better. */
  readonly angularFisherScore?: number;
  /** ROC curve. */
  readonly roc: RocPoints;
  /** Angles of the pairs of one person, in degrees. */
  readonly positiveAngles: ArrayLike<number>;
  /** Angles of the pairs of two people, in degrees. */
  readonly negativeAngles: ArrayLike<number>;
}

/** A verification result with its name, such as `raw pixels`. */
export interface NamedVerification {
  /** What was judged. */
  readonly label: string;
  /** How it did. */
  readonly result: VerificationSummary;
}

const BINS = 60;

/** The figures of several results, a row each, the last one stressed where there are more. */
export function verificationTable(results: readonly NamedVerification[]): TableBlock {
  const hasFisher = results.some(({ result }) => result.angularFisherScore !== undefined);
  return {
    kind: "table",
    columns: [
      "",
      "Accuracy",
      "EER",
      "AUC",
      "TAR at FAR 1 %",
      "TAR at FAR 0.1 %",
      ...(hasFisher ? ["Angular Fisher score"] : []),
    ],
    rows: results.map(({ label, result }) => [
      label,
      `${formatPercent(result.accuracy)} ± ${formatPercent(result.standardDeviation)}`,
      formatPercent(result.equalErrorRate),
      formatFixed(result.areaUnderCurve, 4),
      formatPercent(result.trueAcceptRate["1e-2"]),
      formatPercent(result.trueAcceptRate["1e-3"]),
      ...(hasFisher ? [formatNumber(result.angularFisherScore ?? NaN, 3)] : []),
    ]),
    ...(results.length > 1 && { strongRow: results.length - 1 }),
  };
}

/** ROC curves of several results on a linear and on a logarithmic axis; the last one is drawn in blue. */
export function rocFigures(results: readonly NamedVerification[]): FiguresBlock {
  const others: readonly SeriesColor[] = ["orange", "green", "purple", "red"];
  const curves = results.map(({ label, result }, i) => ({
    label,
    roc: result.roc,
    color: i === results.length - 1 ? "blue" as const : others[i % others.length]!,
  }));
  return {
    kind: "figures",
    figures: [
      { svg: rocChart({ title: "ROC", curves }) },
      { svg: rocChart({ title: "ROC, strict end", curves, scale: "log" }) },
    ],
  };
}

/** Histograms of pair angles, a chart for each result, all on the same axes. */
export function angleFigures(results: readonly NamedVerification[]): FiguresBlock {
  const angles = results.flatMap(({ result }) => [result.positiveAngles, result.negativeAngles]);
  const range = angleRange(angles);
  const maxShare = highestShare(angles, range, BINS);
  return {
    kind: "figures",
    figures: results.map(({ label, result }) => ({
      svg: histogramChart({
        title: `Pair angles, ${label}`,
        series: [
          { label: "one person", values: result.positiveAngles },
          { label: "two people", values: result.negativeAngles },
        ],
        x: { label: "angle in degrees", min: range[0], max: range[1], step: 15 },
        maxShare,
        bins: BINS,
      }),
    })),
  };
}

/** The smallest range of whole steps of 15° that holds all angles. */
function angleRange(groups: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [180, 0];
  for (const angles of groups) {
    for (let i = 0; i < angles.length; i++) {
      low = Math.min(low, angles[i]!);
      high = Math.max(high, angles[i]!);
    }
  }
  if (low >= high) return [0, 180];
  return [Math.floor(low / 15) * 15, Math.ceil(high / 15) * 15];
}
