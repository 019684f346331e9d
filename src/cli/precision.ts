/** `--precision`: what it takes, and whether this machine can. */

import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { knownAnswer } from "./known_answer.ts";
import type { OptionSpec } from "./options.ts";

/** Values of `--precision`. */
export const PRECISIONS: readonly ElementType[] = ["f32", "f16"];

/** `--precision` of the commands that run a trained model. */
export const PRECISION_OPTION: OptionSpec = {
  value: "TYPE",
  help: "how feature maps are stored: f32 (default), or f16 if the adapter can",
};

/**
 * Makes sure that an adapter stores f16, and does so right.
 *
 * @param run Runs the known-answer kernel; `null` says that it was right.
 * @throws {Error} otherwise; the message names the remedy.
 */
export async function requirePrecision(
  { adapter, device, offersHalf }: Pick<Gpu, "adapter" | "device" | "offersHalf">,
  precision: ElementType,
  run: typeof knownAnswer = knownAnswer,
): Promise<void> {
  if (precision === "f32") return;
  const trouble = offersHalf
    ? await run(device, "f16")
    : "it does not offer the WebGPU feature shader-f16";
  if (trouble === null) return;
  throw new Error(
    `--precision f16 cannot be used on the adapter ${adapter.name}: ${trouble}. Leave it out, which ` +
      "stores everything in f32, or update the adapter's driver; `deno task doctor` tells whether that helped.",
  );
}
