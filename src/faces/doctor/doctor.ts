/**
 * Says in words how the faces of a set lie in their images. Testing on crops that were aligned otherwise than those
 * trained on is the classic cause of 62 to 64 % on LFW.
 */

import { type AlignmentFinding, finding } from "./finding.ts";
import { type AlignmentLayout, alignmentLayout, median } from "./layout.ts";
import { colourFinding } from "./colour_finding.ts";
import type { ExaminedImage } from "./examine.ts";

export type { AlignmentFinding, AlignmentKind } from "./finding.ts";
export { type AlignmentLayout, alignmentLayout, type Placement } from "./layout.ts";
export { type ExaminedImage, examineImage } from "./examine.ts";

/** What the doctor says of a set. */
export interface AlignmentDiagnosis {
  /** How the faces lie, and then what is to be said of the colours. */
  readonly findings: readonly AlignmentFinding[];
  /** Images that were looked at. */
  readonly images: number;
  /** How the faces lie, in numbers; null where none was found. */
  readonly layout: AlignmentLayout | null;
}

/** Fewer faces than this tell nothing. */
const FEWEST = 5;

/** Aligned sets vary by a third of these, as MTCNN finds their landmarks; photos by several times as much. */
const STEADY = { scale: 0.08, angle: 3.5, place: 3 } as const;

/** How far the median face may be from the template: a detector's own bias is below a pixel. */
const NEAR = { scale: 0.07, angle: 4, place: 3 } as const;

/** A share of black that no crop of a photo has in the median. */
const MUCH_BLACK = 0.15;

/** A face so far off its place, in crops that are black besides, was put there by a second alignment. */
const FAR = 8;

/** The proportion that MTCNN finds, and the logarithm that it may be off by where 24 faces were found. */
const PROPORTION = { kept: 1.385, range: 0.1, faces: 24 } as const;

/** Columns over rows of CelebA's aligned pictures, and how large their faces are for a net. */
const CELEBA = { aspect: 178 / 218, scales: [0.5, 0.68] } as const;

/** Larger images are no crops of a face alone. */
const CROP_SIDE = 160;

/**
 * Judges a sample of a set by landmarks that MTCNN has found in it.
 *
 * @param images Some dozen images of the set; see {@linkcode examineImage}.
 *
 * @example
 * ```ts
 * import { diagnoseAlignment, examineImage, faceTemplate } from "@spheregrad/spheregrad";
 *
 * const crop = { height: 112, width: 96, data: new Uint8Array(112 * 96 * 3).fill(128) };
 * const face = { landmarks: faceTemplate("112x96").points, box: { x: 5, y: 5, width: 80, height: 96 } };
 * const images = Array.from({ length: 8 }, () => examineImage(crop, face));
 * const { findings, layout } = diagnoseAlignment(images);
 * console.log(findings.map(({ text }) => text), layout?.residual); // and 0
 * ```
 */
export function diagnoseAlignment(images: readonly ExaminedImage[]): AlignmentDiagnosis {
  const layout = alignmentLayout(images);
  const colours = colourFinding(images);
  return {
    findings: [placeFinding(images, layout), ...(colours ? [colours] : [])],
    images: images.length,
    layout,
  };
}

function placeFinding(
  images: readonly ExaminedImage[],
  layout: AlignmentLayout | null,
): AlignmentFinding {
  const faces = layout?.faces ?? 0;
  const black = images.length === 0 ? 0 : median(images.map(({ blackBorder }) => blackBorder));
  const enough = faces >= FEWEST && 2 * faces >= images.length;
  const steady = enough && isSteady(layout!);
  if (steady && isNear(layout!)) return aligned(images, layout!);
  const off = steady && Math.hypot(layout!.placement.dx, layout!.placement.dy) < FAR;
  if (black > MUCH_BLACK && !off) return alignedTwice(images, layout, black);
  if (!enough) return noFaces(images, faces);
  return steady ? alike(images, layout!) : unlike(images, layout!);
}

function isSteady({ scaleSpread, angleSpread, placeSpread }: AlignmentLayout): boolean {
  return scaleSpread <= STEADY.scale && angleSpread <= STEADY.angle &&
    placeSpread <= STEADY.place;
}

function isNear(layout: AlignmentLayout): boolean {
  const { scale, angle, dx, dy } = layout.placement;
  return Math.abs(Math.log(scale)) <= NEAR.scale && Math.abs(angle) <= NEAR.angle &&
    Math.hypot(dx, dy) <= NEAR.place && isProportioned(layout);
}

/** Heads that are turned look narrow, so that it takes many to tell. */
function isProportioned({ proportion, faces }: AlignmentLayout): boolean {
  const range = PROPORTION.range * Math.max(1, Math.sqrt(PROPORTION.faces / faces));
  return !(Math.abs(Math.log(proportion / PROPORTION.kept)) > range);
}

function aligned(images: readonly ExaminedImage[], layout: AlignmentLayout): AlignmentFinding {
  const size = sizeOf(images);
  const known = size === "112×112"
    ? ", whose middle 96 columns are the paper's crop"
    : size === "112×96"
    ? ", the paper's crop"
    : ", which are scaled for a net";
  return finding(
    "aligned",
    false,
    `Aligned: images of ${size}${known}. ${numbers(layout)} Use them as they are; ` +
      "aligning them again would spoil them.",
  );
}

function alignedTwice(
  images: readonly ExaminedImage[],
  layout: AlignmentLayout | null,
  black: number,
): AlignmentFinding {
  const faces = layout?.faces ?? 0;
  const where = layout === null ? "" : ` and lie ${away(layout)} off their place`;
  return finding(
    "aligned-twice",
    true,
    `Probably aligned twice: ${
      percent(black)
    } of an image is black border in the median, and faces ` +
      `were found in only ${faces} of ${images.length} images${where}. Crops that are aligned already were ` +
      "aligned again with the landmarks of their photos: take the crops as they were before, or align the photos.",
  );
}

function noFaces(images: readonly ExaminedImage[], faces: number): AlignmentFinding {
  return finding(
    "no-faces",
    true,
    `A face was found in ${faces} of ${images.length} images of ${
      sizeOf(images)
    }, too few to say how they ` +
      "lie: see whether these are images of faces that stand upright, larger than 20 pixels.",
  );
}

/** Faces that lie alike, but not as the template has them. */
function alike(images: readonly ExaminedImage[], layout: AlignmentLayout): AlignmentFinding {
  const { placement: { scale, angle, dx, dy }, proportion } = layout;
  const same =
    "Train and test on crops that are cut alike, or align the photos anew: deno task align.";
  const size = sizeOf(images);
  if (!isProportioned(layout)) {
    const factor = proportion / PROPORTION.kept;
    const [pressed, higher] = factor > 1
      ? ["pressed together", "higher"]
      : ["drawn apart", "lower"];
    return finding(
      "stretched",
      true,
      `Likely ${pressed} sideways: faces are ${
        percent(Math.abs(factor - 1))
      } ${higher} for their width than ` +
        `they should be. ${
          numbers(layout)
        } Scale images with their proportions kept: a crop of 112×112 ` +
        "becomes one of 112×96 by its middle columns, not by scaling.",
    );
  }
  if (isCelebA(images) && scale > CELEBA.scales[0] && scale < CELEBA.scales[1]) {
    return finding(
      "celeba",
      true,
      `Aligned to CelebA's own template: images of ${size}, in which faces are ${
        scale.toFixed(2)
      } times as large as a net expects. ${numbers(layout)} Align them to 112×96: deno task align.`,
    );
  }
  if (Math.abs(Math.log(scale)) > NEAR.scale) {
    const smaller = scale < 1;
    return finding(
      smaller ? "margin" : "tight",
      true,
      `Aligned, but ${smaller ? "with a margin" : "cut too close"}: faces are ${
        scale.toFixed(2)
      } times as large as the template has them, in images of ${size}. ${numbers(layout)} ${same}`,
    );
  }
  if (Math.abs(angle) > NEAR.angle) {
    return finding(
      "turned",
      true,
      `Aligned to another template: faces are turned by ${
        angle.toFixed(1)
      }°, in images of ${size}. ` +
        `${numbers(layout)} ${same}`,
    );
  }
  return finding(
    "shifted",
    true,
    `Aligned to another template: faces lie ${signed(dx)} px across and ${
      signed(dy)
    } px down from where they ` +
      `should, in images of ${size}. ${numbers(layout)} ${same}`,
  );
}

/** Faces that lie here and there. */
function unlike(images: readonly ExaminedImage[], layout: AlignmentLayout): AlignmentFinding {
  const small = images.every(({ height, width }) => Math.max(height, width) <= CROP_SIDE);
  const first = `the faces' size varies by ${percent(layout.scaleSpread)}, their tilt by ${
    layout.angleSpread.toFixed(1)
  }° and their place by ${layout.placeSpread.toFixed(1)} px, in images of ${sizeOf(images)}.`;
  if (!small) {
    return finding("photos", true, `Not aligned: ${first} Align them: deno task align FROM TO.`);
  }
  return finding(
    "scattered",
    true,
    `Crops that are not aligned: ${first} They were cut by a detector's boxes, or aligned by landmarks that ` +
      "belong to other pictures; align the photos: deno task align FROM TO.",
  );
}

/** The figures on which a finding rests. */
function numbers({ faces, residual, placement, ...spreads }: AlignmentLayout): string {
  const { scale, angle, dx, dy } = placement;
  return `(${faces} faces; landmarks ${
    residual.toFixed(1)
  } px from the template of 112×96; the median face ` +
    `${scale.toFixed(2)} times as large, turned by ${signed(angle)}°, ${
      signed(dx)
    } px across and ` +
    `${signed(dy)} px down; varying by ${percent(spreads.scaleSpread)}, ` +
    `${spreads.angleSpread.toFixed(1)}° and ${spreads.placeSpread.toFixed(1)} px.)`;
}

function away({ placement: { dx, dy } }: AlignmentLayout): string {
  return `${Math.hypot(dx, dy).toFixed(0)} px`;
}

function isCelebA(images: readonly ExaminedImage[]): boolean {
  return images.every(({ height, width }) => Math.abs(width / height - CELEBA.aspect) < 0.01);
}

/** `112×96`, rows first as everywhere here, or the range of sizes. */
function sizeOf(images: readonly ExaminedImage[]): string {
  if (images.length === 0) return "no size";
  const sorted = images.toSorted((a, b) => a.height * a.width - b.height * b.width);
  const [first, last] = [sorted[0]!, sorted.at(-1)!].map((one) => `${one.height}×${one.width}`);
  return first === last ? first! : `${first} to ${last}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return Number(text) === 0 ? text : value < 0 ? `−${text}` : `+${text}`;
}
