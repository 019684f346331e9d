/** Open-set verification of the identities that a run keeps out of training. */

import type { DataSet, ImageSize } from "../data/dataset.ts";
import { type VerificationResult, verify } from "../evaluate/verification.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { embedImages, REPRESENTATION } from "../sphereface/embedding.ts";
import type { Trainer } from "../sphereface/trainer.ts";
import { Progress } from "./progress.ts";

/** Images that go through the net together. */
const BATCH = 32;

/** Verifies raw pixels, (v − 127.5) / 128, as the measure of how much there is to learn. */
export async function verifyPixels(dataset: DataSet, size: ImageSize): Promise<VerificationResult> {
  const indices = Array.from(dataset.labels, (_, index) => index);
  const pixels = await dataset.read(indices, size);
  const features = Float32Array.from(pixels, (value) => (value - 127.5) / 128);
  return verify({ features, dim: size.height * size.width * 3, labels: dataset.labels });
}

/** Verifies embeddings of the net as it is now. */
export async function verifyNet(
  gpu: Gpu,
  { net, parameters }: Pick<Trainer, "net" | "parameters">,
  dataset: DataSet,
  label: string,
): Promise<VerificationResult> {
  const count = dataset.labels.length;
  const features = new Float32Array(count * REPRESENTATION);
  const progress = new Progress(label, count);
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    const indices = Array.from({ length }, (_, i) => first + i);
    const pixels = await dataset.read(indices, net.size);
    const embeddings = await embedImages(gpu, net, parameters, { ...net.size, pixels });
    features.set(embeddings, first * REPRESENTATION);
    progress.update(first + length);
  }
  progress.end();
  return verify({ features, dim: REPRESENTATION, labels: dataset.labels });
}

/** One line of figures. */
export function describe(label: string, result: VerificationResult): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const rates = result.trueAcceptRate;
  return `${label.padEnd(16)} accuracy ${percent(result.accuracy)} ± ${
    percent(result.standardDeviation)
  }, EER ${percent(result.equalErrorRate)}, TAR@FAR 1e-2 ${percent(rates["1e-2"])}, 1e-3 ${
    percent(rates["1e-3"])
  }, angular Fisher score ${result.angularFisherScore.toFixed(3)}`;
}

/** The figures alone, for `--json` and the model's report. */
export function figures(result: VerificationResult): Record<string, unknown> {
  const { accuracy, standardDeviation, threshold, equalErrorRate, areaUnderCurve } = result;
  const { trueAcceptRate, angularFisherScore } = result;
  return {
    accuracy,
    standardDeviation,
    threshold,
    equalErrorRate,
    areaUnderCurve,
    trueAcceptRate,
    angularFisherScore,
  };
}
