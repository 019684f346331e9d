/** What differs between the images of one synthetic person: pose, light, expression, surroundings, camera. */

import type { Random } from "../../random.ts";
import { mixRgb, type Rgb } from "./identity.ts";

/** Everything in an image of a face that says nothing of whose face it is. */
export interface FaceNuisance {
  /** Turn to the side, nod and tilt of the head, in radians. */
  readonly pose: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  /** Distance of the camera from the head's centre, in head units. */
  readonly distance: number;
  /** Error of the alignment at 112×96: shift in pixels, rotation in radians, relative scale. */
  readonly jitter: {
    readonly x: number;
    readonly y: number;
    readonly angle: number;
    readonly scale: number;
  };
  /** Key light towards which the unit vector points (camera's axes), its colour, and the light around. */
  readonly light: {
    readonly direction: readonly [number, number, number];
    readonly key: Rgb;
    readonly sky: Rgb;
    readonly ground: Rgb;
  };
  /** Expression, each from 0 (none) to 1 except `smile`, which a frown makes negative. */
  readonly expression: {
    readonly smile: number;
    readonly open: number;
    readonly browRaise: number;
    readonly eyeClosure: number;
    readonly gaze: readonly [number, number];
  };
  /** Glasses: frame thickness (0 is none), half width and half height of a lens, colour, lens darkness. */
  readonly glasses: {
    readonly frame: number;
    readonly width: number;
    readonly height: number;
    readonly color: Rgb;
    readonly shade: number;
  };
  /** Background: a gradient between two colours in a direction (radians), and the strength of clutter. */
  readonly background: {
    readonly from: Rgb;
    readonly to: Rgb;
    readonly angle: number;
    readonly clutter: number;
  };
  /** Colour of the clothes. */
  readonly clothes: Rgb;
  /** Camera: exposure, contrast, gamma, blur (pixels of the 112×96 crop), noise (fraction of white). */
  readonly camera: {
    readonly exposure: number;
    readonly contrast: number;
    readonly gamma: number;
    readonly blur: number;
    readonly noise: number;
  };
  /** Seed of noise and clutter. */
  readonly texture: number;
}

/** An image without disturbance: frontal, evenly lit, neutral, before a grey wall. */
export const NEUTRAL: FaceNuisance = {
  pose: { yaw: 0, pitch: 0, roll: 0 },
  distance: 12,
  jitter: { x: 0, y: 0, angle: 0, scale: 1 },
  light: {
    direction: [0, 0.5, Math.sqrt(0.75)],
    key: [0.75, 0.75, 0.75],
    sky: [0.5, 0.5, 0.5],
    ground: [0.3, 0.3, 0.3],
  },
  expression: { smile: 0, open: 0, browRaise: 0, eyeClosure: 0, gaze: [0, 0] },
  glasses: { frame: 0, width: 0.25, height: 0.2, color: [0, 0, 0], shade: 0 },
  background: { from: [0.3, 0.3, 0.3], to: [0.3, 0.3, 0.3], angle: 0, clutter: 0 },
  clothes: [0.1, 0.1, 0.12],
  camera: { exposure: 1, contrast: 1, gamma: 2.2, blur: 0.3, noise: 0 },
  texture: 0,
};

/** Draws the circumstances of an image. */
export function drawNuisance(random: Random): FaceNuisance {
  const vary = (mean: number, deviation: number) =>
    mean + deviation * Math.max(-2.2, Math.min(2.2, random.gaussian()));
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  return {
    pose: { yaw: vary(0, 0.26), pitch: vary(0, 0.13), roll: vary(0, 0.1) },
    distance: between(6, 14),
    jitter: { x: vary(0, 1), y: vary(0, 1), angle: vary(0, 0.03), scale: vary(1, 0.03) },
    light: drawLight(random),
    expression: {
      smile: between(-0.3, 1),
      open: random.uniform() < 0.4 ? random.uniform() : 0,
      browRaise: random.uniform() ** 2,
      eyeClosure: random.uniform() < 0.05 ? 1 : 0.35 * random.uniform(),
      gaze: [vary(0, 0.35), vary(0, 0.2)],
    },
    glasses: drawGlasses(random),
    background: {
      from: drawColor(random),
      to: drawColor(random),
      angle: between(0, 2 * Math.PI),
      clutter: random.uniform(),
    },
    clothes: drawColor(random),
    camera: {
      exposure: 2 ** vary(0, 0.3),
      contrast: between(0.8, 1.2),
      gamma: between(1.9, 2.5),
      blur: between(0.3, 1.1),
      noise: 0.025 * random.uniform(),
    },
    texture: random.uint32(),
  };
}

function drawLight(random: Random): FaceNuisance["light"] {
  const azimuth = 2.6 * (random.uniform() - 0.5);
  const elevation = -0.25 + 1.25 * random.uniform();
  const warmth = 0.12 * (2 * random.uniform() - 1);
  const key = 0.35 + 1.1 * random.uniform();
  // What the key light doesn't give the surroundings must, or faces would drown in the dark.
  const ambient = Math.max(0.28, 0.9 - 0.55 * key + 0.25 * (random.uniform() - 0.5));
  const coldness = 0.08 * (2 * random.uniform() - 1);
  const scaled = (level: number, shift: number): Rgb => [
    level * (1 + shift),
    level,
    level * (1 - shift),
  ];
  return {
    direction: [
      Math.sin(azimuth) * Math.cos(elevation),
      Math.sin(elevation),
      Math.cos(azimuth) * Math.cos(elevation),
    ],
    key: scaled(key, warmth),
    sky: scaled(ambient, coldness),
    ground: scaled(ambient * (0.4 + 0.4 * random.uniform()), 0.1 * random.uniform()),
  };
}

function drawGlasses(random: Random): FaceNuisance["glasses"] {
  const worn = random.uniform() < 0.18;
  const dark: Rgb = [0.015, 0.015, 0.015];
  return {
    frame: worn ? 0.012 + 0.028 * random.uniform() : 0,
    width: 0.24 + 0.06 * random.uniform(),
    height: 0.15 + 0.09 * random.uniform(),
    color: mixRgb(dark, drawColor(random), 0.5 * random.uniform()),
    shade: 0.25 * random.uniform() ** 2,
  };
}

/** Any colour, greyish ones more often. */
function drawColor(random: Random): Rgb {
  const level = random.uniform() ** 1.5 * 0.8;
  const saturation = random.uniform() ** 2;
  const channel = () => level * (1 + saturation * (2 * random.uniform() - 1));
  return [channel(), channel(), channel()];
}
