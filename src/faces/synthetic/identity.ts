/**
 * Who a synthetic face is: the shape and the colours that all of a person's images share. Lengths are in
 * head units of about 75 mm; x points to the image's right, y up, z towards the camera, and the line
 * through the eyes is y = 0.
 */

import type { Random } from "../../random.ts";

/** Red, green and blue, linear light, 0 to 1. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The lasting traits of a synthetic person. */
export interface FaceIdentity {
  /** Half width, half height and half depth of the skull. */
  readonly skull: readonly [number, number, number];
  /** Half width of the lower face, its height under the eyes, and how far it juts out. */
  readonly jaw: { readonly width: number; readonly height: number; readonly depth: number };
  /** Half width of the chin, its height above the default place, and how far it juts out. */
  readonly chin: { readonly width: number; readonly lift: number; readonly depth: number };
  /** Height and prominence of the cheekbones, and how full the cheeks are. */
  readonly cheek: { readonly height: number; readonly bone: number; readonly fullness: number };
  /** Nose: length below the eyes, half width at the wings, bridge and tip radius, how far it juts out. */
  readonly nose: {
    readonly length: number;
    readonly width: number;
    readonly bridge: number;
    readonly tip: number;
    readonly depth: number;
    readonly hump: number;
  };
  /** Eyes: half their distance, half width, opening, tilt (radians, outer corner up), depth, iris colour. */
  readonly eye: {
    readonly spacing: number;
    readonly width: number;
    readonly opening: number;
    readonly tilt: number;
    readonly depth: number;
    readonly iris: Rgb;
  };
  /** Brows: height over the eyes, half thickness, half length, arch, slope, density, colour. */
  readonly brow: {
    readonly height: number;
    readonly thickness: number;
    readonly length: number;
    readonly arch: number;
    readonly slope: number;
    readonly density: number;
    readonly ridge: number;
    readonly color: Rgb;
  };
  /** Mouth: height of the lips' border, half width, upper and lower thickness, colour. */
  readonly mouth: {
    readonly height: number;
    readonly width: number;
    readonly upper: number;
    readonly lower: number;
    readonly color: Rgb;
  };
  /** Ears: half height, how far they stand off, how high they sit. */
  readonly ear: { readonly size: number; readonly offset: number; readonly height: number };
  /** Skin: its colour, how it shines, freckles and stubble from 0 to 1. */
  readonly skin: {
    readonly color: Rgb;
    readonly gloss: number;
    readonly freckles: number;
    readonly stubble: number;
  };
  /** Two moles: x, y and radius; a radius of 0 is none. */
  readonly moles: readonly [FaceMole, FaceMole];
  /** Hair: see {@linkcode FaceHair}. */
  readonly hair: FaceHair;
  /** Seed of freckles and strands. */
  readonly texture: number;
}

/** A mole's place and radius. */
export type FaceMole = readonly [x: number, y: number, radius: number];

/** Hair as a shell around the skull, cut open by the face's window. */
export interface FaceHair {
  /** Thickness at the sides; negative is bald. */
  readonly side: number;
  /** Thickness at the top. */
  readonly top: number;
  /** The hairline's height over the eyes. */
  readonly line: number;
  /** Half width of the window that the hair leaves to the face. */
  readonly window: number;
  /** How much the hairline leans to one side, as under a parting. */
  readonly parting: number;
  /** The height down to which the hair falls. */
  readonly end: number;
  /** Size of the curls. */
  readonly curl: number;
  /** Colour. */
  readonly color: Rgb;
}

const PALE: Rgb = [0.79, 0.52, 0.41];
const TAN: Rgb = [0.56, 0.32, 0.2];
const DARK: Rgb = [0.16, 0.08, 0.05];

const HAIR_COLORS: readonly Rgb[] = [
  [0.012, 0.01, 0.01], // black
  [0.05, 0.026, 0.015], // dark brown
  [0.14, 0.065, 0.03], // brown
  [0.3, 0.1, 0.035], // red
  [0.45, 0.3, 0.13], // blond
  [0.36, 0.35, 0.34], // grey
];

const IRIS_COLORS: readonly Rgb[] = [
  [0.05, 0.02, 0.01], // dark brown
  [0.16, 0.07, 0.025], // brown
  [0.14, 0.15, 0.05], // green
  [0.12, 0.22, 0.4], // blue
  [0.22, 0.25, 0.27], // grey
];

/** Draws a person. */
export function drawIdentity(random: Random): FaceIdentity {
  // Cut off, as three sigmas of everything at once would leave what a head can be.
  const vary = (mean: number, deviation: number) =>
    mean + deviation * Math.max(-2.2, Math.min(2.2, random.gaussian()));
  const melanin = random.uniform() ** 1.15;
  const skinColor = tint(skinTone(melanin), vary(0, 0.06), vary(0, 0.06));
  const hairColor = drawHairColor(random, melanin);
  const darkHair = mixRgb(hairColor, [0.02, 0.012, 0.01], 0.25 + 0.35 * random.uniform());
  const bearded = random.uniform() < 0.3;
  return {
    skull: [vary(0.93, 0.05), vary(1.1, 0.05), vary(1.12, 0.04)],
    jaw: { width: vary(0.78, 0.085), height: vary(0.95, 0.05), depth: vary(0.82, 0.035) },
    chin: { width: vary(0.26, 0.06), lift: vary(0, 0.06), depth: vary(0.5, 0.06) },
    cheek: { height: vary(-0.32, 0.05), bone: vary(0.05, 0.035), fullness: vary(0, 0.05) },
    nose: {
      length: vary(0.47, 0.055),
      width: vary(0.155, 0.038),
      bridge: vary(0.085, 0.02),
      tip: vary(0.125, 0.025),
      depth: vary(1.14, 0.06),
      hump: vary(0, 0.03),
    },
    eye: {
      spacing: vary(0.42, 0.022),
      width: vary(0.2, 0.024),
      opening: vary(0.08, 0.02),
      tilt: vary(0.05, 0.11),
      depth: vary(0.06, 0.03),
      iris: tint(IRIS_COLORS[melanin > 0.55 ? random.below(2) : random.below(5)]!, 0, vary(0, 0.1)),
    },
    brow: {
      height: vary(0.25, 0.042),
      thickness: vary(0.052, 0.022),
      length: vary(0.27, 0.03),
      arch: vary(0.05, 0.045),
      slope: vary(0.05, 0.15),
      density: 0.45 + 0.5 * random.uniform(),
      ridge: vary(0.03, 0.03),
      color: darkHair,
    },
    mouth: {
      height: vary(-0.95, 0.035),
      width: vary(0.345, 0.047),
      upper: vary(0.078, 0.031),
      lower: vary(0.105, 0.036),
      color: lipColor(skinColor, random.uniform()),
    },
    ear: { size: vary(0.28, 0.04), offset: vary(0.05, 0.04), height: vary(-0.12, 0.05) },
    skin: {
      color: skinColor,
      gloss: 0.1 + 0.35 * random.uniform(),
      freckles: melanin < 0.4 && random.uniform() < 0.3 ? 0.3 + 0.7 * random.uniform() : 0,
      stubble: bearded ? 0.25 + 0.7 * random.uniform() : 0,
    },
    moles: [drawMole(random), drawMole(random)],
    hair: drawHair(random, hairColor),
    texture: random.uint32(),
  };
}

function drawHair(random: Random, color: Rgb): FaceHair {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const parting = between(-0.35, 0.35);
  const window = between(0.8, 0.92);
  const style = random.uniform();
  if (style < 0.1) { // bald, or shaved
    return { side: -0.1, top: -0.1, line: 1.2, window, parting: 0, end: 0, curl: 0, color };
  }
  if (style < 0.4) { // short, with a high or a receding hairline
    const line = between(0.72, 1.12);
    const side = between(0.03, 0.1);
    const top = between(0.06, 0.28);
    return { side, top, line, window, parting, end: between(-0.3, 0.15), curl: 0.01, color };
  }
  if (style < 0.58) { // fringe
    const line = between(0.38, 0.6);
    const side = between(0.08, 0.2);
    return { side, top: 0.2, line, window, parting, end: between(-1.4, -0.1), curl: 0.015, color };
  }
  if (style < 0.84) { // long
    const line = between(0.65, 0.95);
    const side = between(0.1, 0.26);
    const curl = random.uniform() < 0.4 ? 0.05 : 0.015;
    return { side, top: 0.18, line, window: window - 0.06, parting, end: -2, curl, color };
  }
  const side = between(0.15, 0.4); // curly
  return {
    side,
    top: side + 0.1,
    line: between(0.6, 0.9),
    window,
    parting: 0,
    end: between(-0.7, 0),
    curl: between(0.06, 0.1),
    color,
  };
}

function drawMole(random: Random): FaceMole {
  const side = random.below(2) === 0 ? -1 : 1;
  const x = side * (0.18 + 0.4 * random.uniform());
  const y = 0.5 - 1.6 * random.uniform();
  return [x, y, random.uniform() < 0.35 ? 0.022 + 0.02 * random.uniform() : 0];
}

function drawHairColor(random: Random, melanin: number): Rgb {
  const choice = random.uniform();
  // Grey comes to everyone; fair hair goes with fair skin.
  const index = choice > 0.9 ? 5 : Math.floor(choice / 0.9 * (melanin > 0.55 ? 2 : 5));
  const color = HAIR_COLORS[index]!;
  const darker = 0.7 + 0.6 * random.uniform();
  return [color[0] * darker, color[1] * darker, color[2] * darker];
}

function skinTone(melanin: number): Rgb {
  return melanin < 0.5 ? mixRgb(PALE, TAN, 2 * melanin) : mixRgb(TAN, DARK, 2 * melanin - 1);
}

function lipColor(skin: Rgb, redness: number): Rgb {
  const red: Rgb = [0.5 * skin[0] + 0.12, 0.3 * skin[1] + 0.015, 0.35 * skin[2] + 0.025];
  return mixRgb([skin[0] * 0.85, skin[1] * 0.65, skin[2] * 0.65], red, redness);
}

/** Shifts a colour between blue and yellow, and between green and red. */
function tint([red, green, blue]: Rgb, yellow: number, redness: number): Rgb {
  return [red * (1 + redness), green * (1 - 0.7 * redness), blue * (1 - 1.5 * yellow)];
}

/** The colour at `t` from `a` (0) to `b` (1). */
export function mixRgb(a: Rgb, b: Rgb, t: number): Rgb {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}
