import { type Array64, array64 } from "./array64.ts";

/** Equal in both directions; padding is with zeros. */
export interface ConvGeometry {
  readonly stride: number;
  readonly padding: number;
}

interface Taps extends ConvGeometry {
  readonly image: readonly number[]; // [N, H, W, cin]
  readonly weight: readonly number[]; // [kh, kw, cin, cout]
}

/** `[N, H, W, cin]` and `[kh, kw, cin, cout]` to `[N, outH, outW, cout]`. */
export function convOutputShape(
  image: readonly number[],
  weight: readonly number[],
  { stride, padding }: ConvGeometry,
): number[] {
  const [n, h, w, cin] = image as [number, number, number, number];
  const [kh, kw, weightCin, cout] = weight as [number, number, number, number];
  if (cin !== weightCin) throw new RangeError(`[${image}] has not the channels of [${weight}]`);
  const out = (extent: number, kernel: number) =>
    Math.floor((extent + 2 * padding - kernel) / stride) + 1;
  return [n, out(h, kh), out(w, kw), cout];
}

/**
 * Calls `visit` with flat offsets of the first channels for each pair of an output pixel and a
 * kernel tap that lies inside the image. All three passes are sums over exactly these pairs.
 */
function forEachTap(
  taps: Taps,
  visit: (image: number, weight: number, output: number) => void,
): void {
  const { stride, padding } = taps;
  const [n, h, w, cin] = taps.image as [number, number, number, number];
  const [kh, kw, , cout] = taps.weight as [number, number, number, number];
  const [, outH, outW] = convOutputShape(taps.image, taps.weight, taps) as [number, number, number];
  for (let b = 0; b < n; b++) {
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        const output = ((b * outH + oy) * outW + ox) * cout;
        for (let ky = 0; ky < kh; ky++) {
          const y = oy * stride + ky - padding;
          if (y < 0 || y >= h) continue;
          for (let kx = 0; kx < kw; kx++) {
            const x = ox * stride + kx - padding;
            if (x < 0 || x >= w) continue;
            visit(((b * h + y) * w + x) * cin, (ky * kw + kx) * cin * cout, output);
          }
        }
      }
    }
  }
}

/** Cross-correlation, as every deep-learning library has it; `bias` is `[cout]` or null. */
export function conv2d(
  x: Array64,
  weight: Array64,
  bias: Array64 | null,
  geometry: ConvGeometry,
): Array64 {
  const y = array64(convOutputShape(x.shape, weight.shape, geometry));
  const [, , cin, cout] = weight.shape as [number, number, number, number];
  if (bias !== null) {
    for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[i % cout]!;
  }
  forEachTap({ image: x.shape, weight: weight.shape, ...geometry }, (image, tap, output) => {
    for (let ci = 0; ci < cin; ci++) {
      const value = x.data[image + ci]!;
      const row = tap + ci * cout;
      for (let co = 0; co < cout; co++) y.data[output + co]! += value * weight.data[row + co]!;
    }
  });
  return y;
}

/** dL/dx, of shape `imageShape`. */
export function conv2dInputGradient(
  dy: Array64,
  weight: Array64,
  imageShape: readonly number[],
  geometry: ConvGeometry,
): Array64 {
  const dx = array64(imageShape);
  const [, , cin, cout] = weight.shape as [number, number, number, number];
  forEachTap({ image: imageShape, weight: weight.shape, ...geometry }, (image, tap, output) => {
    for (let ci = 0; ci < cin; ci++) {
      const row = tap + ci * cout;
      let sum = 0;
      for (let co = 0; co < cout; co++) sum += dy.data[output + co]! * weight.data[row + co]!;
      dx.data[image + ci]! += sum;
    }
  });
  return dx;
}

/** dL/dweight, of shape `weightShape`. */
export function conv2dWeightGradient(
  dy: Array64,
  x: Array64,
  weightShape: readonly number[],
  geometry: ConvGeometry,
): Array64 {
  const dWeight = array64(weightShape);
  const [, , cin, cout] = weightShape as [number, number, number, number];
  forEachTap({ image: x.shape, weight: weightShape, ...geometry }, (image, tap, output) => {
    for (let ci = 0; ci < cin; ci++) {
      const value = x.data[image + ci]!;
      const row = tap + ci * cout;
      for (let co = 0; co < cout; co++) dWeight.data[row + co]! += value * dy.data[output + co]!;
    }
  });
  return dWeight;
}

/** dL/dbias `[cout]`: the sum of dy over batch and pixels. */
export function conv2dBiasGradient(dy: Array64): Array64 {
  const cout = dy.shape[3]!;
  const dBias = array64([cout]);
  dy.data.forEach((value, i) => dBias.data[i % cout]! += value);
  return dBias;
}
