import { type Array64, array64, zerosLike } from "./array64.ts";

/** max(0, a) + slope·min(0, a), one slope for each channel (the last axis). */
export function prelu(a: Array64, slope: Array64): Array64 {
  const channels = slope.data.length;
  const data = a.data.map((value, i) =>
    Math.max(0, value) + slope.data[i % channels]! * Math.min(0, value)
  );
  return { shape: a.shape, data };
}

/** `a` is the pre-activation. At a = 0 the slope counts as the derivative. */
export function preluBackward(
  dy: Array64,
  a: Array64,
  slope: Array64,
): { dx: Array64; dSlope: Array64 } {
  const channels = slope.data.length;
  const dx = zerosLike(a);
  const dSlope = array64([channels]);
  a.data.forEach((value, i) => {
    const channel = i % channels;
    dx.data[i] = dy.data[i]! * (value > 0 ? 1 : slope.data[channel]!);
    dSlope.data[channel]! += dy.data[i]! * Math.min(0, value);
  });
  return { dx, dSlope };
}
