import { type Array64, array64, zerosLike } from "./array64.ts";

/** Caffe's rule: extents are rounded up, and a window sees what lies inside the image. */
export interface PoolGeometry {
  readonly size: number;
  readonly stride: number;
}

/** For each output its channel's offset of the first largest value, in reading order. */
function largestUnder(
  x: Array64,
  { size, stride }: PoolGeometry,
): { shape: number[]; at: number[] } {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const windows = (extent: number) => Math.max(0, Math.ceil((extent - size) / stride)) + 1;
  const shape = [n, windows(h), windows(w), c];
  const at: number[] = [];
  for (let b = 0; b < n; b++) {
    for (let oy = 0; oy < shape[1]!; oy++) {
      for (let ox = 0; ox < shape[2]!; ox++) {
        for (let channel = 0; channel < c; channel++) {
          let best = -1;
          for (let y = oy * stride; y < Math.min(h, oy * stride + size); y++) {
            for (let column = ox * stride; column < Math.min(w, ox * stride + size); column++) {
              const offset = ((b * h + y) * w + column) * c + channel;
              if (best < 0 || x.data[offset]! > x.data[best]!) best = offset;
            }
          }
          at.push(best);
        }
      }
    }
  }
  return { shape, at };
}

export function maxPool(x: Array64, geometry: PoolGeometry): Array64 {
  const { shape, at } = largestUnder(x, geometry);
  return array64(shape, at.map((offset) => x.data[offset]!));
}

export function maxPoolBackward(dy: Array64, x: Array64, geometry: PoolGeometry): Array64 {
  const dx = zerosLike(x);
  largestUnder(x, geometry).at.forEach((offset, i) => dx.data[offset]! += dy.data[i]!);
  return dx;
}
