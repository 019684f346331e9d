/**
 * Table 2 of the paper as data. Every net has four stages; a stage is one 3×3 convolution with stride 2
 * that brings its channels, then residual units of two 3×3 convolutions.
 */

/** Names of the nets: their number of convolutions, or the released file whose table differs. */
export const NETS = ["4", "10", "20", "36", "64", "64-caffe"] as const;

/** The name of a net. */
export type NetName = (typeof NETS)[number];

/** Channels of the four stages. */
export const STAGE_CHANNELS: readonly [number, number, number, number] = [64, 128, 256, 512];

/** Residual units in the four stages of each net. */
export const STAGE_UNITS: Readonly<Record<NetName, readonly [number, number, number, number]>> = {
  "4": [0, 0, 0, 0],
  "10": [0, 1, 2, 0],
  "20": [1, 2, 4, 1],
  "36": [2, 4, 8, 2],
  "64": [3, 8, 16, 3],
  // The released "64-layer" configuration has one unit less in the second stage: 62 convolutions.
  "64-caffe": [3, 7, 16, 3],
};

/** Length of the embedding, the output of FC1. */
export const EMBEDDING = 512;

/** True for the name of a net. */
export function isNetName(name: string): name is NetName {
  return (NETS as readonly string[]).includes(name);
}
