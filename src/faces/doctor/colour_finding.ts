/** Whether channels are in order, as skin tells it. */

import { type AlignmentFinding, finding } from "./finding.ts";
import { median } from "./layout.ts";
import type { ExaminedImage } from "./examine.ts";

/** Fewer faces than this tell nothing. */
const FEWEST = 5;

/** How much redder than blue skin is, at least, where channels are in order. */
const REDDER = 4;

/**
 * Says when red and blue are swapped, or there is no colour: skin of every tone is redder than blue in daylight and
 * under lamps. Null where there is nothing to say.
 */
export function colourFinding(images: readonly ExaminedImage[]): AlignmentFinding | null {
  const grey = images.filter((image) => image.grey).length;
  if (images.length >= FEWEST && grey > 0.9 * images.length) {
    return finding(
      "grey",
      false,
      `Grey: ${grey} of ${images.length} images have no colour. A net that was trained on colours does worse ` +
        "on them, and one that is trained on them does worse on colours.",
    );
  }
  const skins = images.flatMap(({ skin, grey }) => skin === null || grey ? [] : [skin]);
  const bluer = skins.filter(([red, , blue]) => blue - red > REDDER).length;
  if (skins.length < FEWEST || bluer < 0.7 * skins.length) return null;
  const difference = median(skins.map(([red, , blue]) => blue - red));
  return finding(
    "swapped",
    true,
    `Red and blue are likely swapped: skin is bluer than red in ${bluer} of ${skins.length} faces, by ${
      difference.toFixed(0)
    } of 255 in the median. Write the files anew with their channels in order; OpenCV has them as blue, green, ` +
      "red and expects them so when it writes a file.",
  );
}
