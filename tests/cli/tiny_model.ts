/** A model small enough for tests, made without a GPU. */

import { Random } from "../../src/random.ts";
import { encodeModel } from "../../src/sphereface/model.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";

/** Size of the images that it takes. */
export const SIZE = { height: 32, width: 32 };

/** Bytes of a `model.safetensors`: a SphereNet-4 for 32×32 images with random weights. */
export function tinyModel(seed = 0): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  const weights = new Map(
    new SphereNet("4", SIZE).specs.map(({ name, shape, initialiser }) => {
      const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
      initialiser(values, random);
      return [name, values];
    }),
  );
  return encodeModel({ net: "4", size: SIZE, weights });
}
