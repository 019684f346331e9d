// The f64 reference's only data structure. Everything in this folder favours being obviously right
// over being fast; it is the oracle that the kernels are compared with.

/** Values in row-major order. Images are NHWC, convolution weights `[kh, kw, cin, cout]`. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Zeros, or a copy of `values` (a plain list, Float32Array or Float64Array). */
export function array64(shape: readonly number[], values?: ArrayLike<number>): Array64 {
  const size = sizeOf(shape);
  if (values !== undefined && values.length !== size) {
    throw new RangeError(`shape [${shape}] needs ${size} values but there are ${values.length}`);
  }
  const data = new Float64Array(size);
  if (values !== undefined) data.set(values);
  return { shape: [...shape], data };
}

export function zerosLike(a: Array64): Array64 {
  return array64(a.shape);
}

export function reshape(a: Array64, shape: readonly number[]): Array64 {
  return array64(shape, a.data);
}

/** The extents of a matrix. */
export function matrixExtents(a: Array64): [rows: number, columns: number] {
  if (a.shape.length !== 2) throw new RangeError(`expected a matrix, not shape [${a.shape}]`);
  return [a.shape[0]!, a.shape[1]!];
}

export function requireSameShape(a: Array64, b: Array64): void {
  if (a.shape.length !== b.shape.length || a.shape.some((extent, i) => extent !== b.shape[i])) {
    throw new RangeError(`shapes [${a.shape}] and [${b.shape}] differ`);
  }
}
