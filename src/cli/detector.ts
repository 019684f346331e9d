/** The options by which commands take a face detector, and the detector that they ask for. */

import { MtcnnDetector } from "../faces/mtcnn/detector.ts";
import { type MtcnnOptions, mtcnnSettings } from "../faces/mtcnn/options.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { loadMtcnnWeights } from "./mtcnn_weights_files.ts";
import type { Options, OptionSpec } from "./options.ts";

/** The options, to be spread into a command's own. */
export const DETECTOR_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  weights: {
    value: "DIR|URL",
    help: "MTCNN's weights: a folder, a file, an address, or the word download",
  },
  "min-size": { value: "PIXELS", help: "the smallest face to look for (default 20)" },
  factor: { value: "X", help: "how much smaller each size of the photo is (default 0.85)" },
  thresholds: { value: "A,B,C", help: "what each net must be surer than (default 0.6,0.7,0.9)" },
  mirror: { help: "average landmarks with those of the mirrored face" },
};

/**
 * Reads the options.
 *
 * @throws {RangeError} or {TypeError} for values that make no sense.
 */
export function detectorOptions(options: Options): MtcnnOptions {
  const thresholds = options.text("thresholds")?.split(",").map((word) =>
    word.trim() === "" ? NaN : Number(word)
  );
  return mtcnnSettings({
    minSize: options.number("min-size", 0),
    factor: options.number("factor", 0),
    thresholds: thresholds as unknown as MtcnnOptions["thresholds"],
    mirror: options.flag("mirror"),
  });
}

/** The detector, with the weights that `--weights` names. */
export async function openDetector(gpu: Gpu, options: Options): Promise<MtcnnDetector> {
  const settings = detectorOptions(options);
  return MtcnnDetector.create(gpu, await loadMtcnnWeights(options.text("weights")), settings);
}
