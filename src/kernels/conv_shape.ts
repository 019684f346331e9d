/** Extents of a 2-D convolution over NHWC images. */

/** Extents of a convolution; channels are multiples of 4. */
export interface ConvShape {
  /** Images. */
  readonly batch: number;
  /** Input rows. */
  readonly inHeight: number;
  /** Input columns. */
  readonly inWidth: number;
  /** Input channels. */
  readonly inChannels: number;
  /** Output channels. */
  readonly outChannels: number;
  /** Kernel rows. */
  readonly kernelHeight: number;
  /** Kernel columns. */
  readonly kernelWidth: number;
  /** Step of the kernel, in pixels, along both axes. */
  readonly stride: number;
  /** Zero pixels around the input, on every side. */
  readonly padding: number;
}

/** Rows and columns of a convolution's output. */
export function convOutputSize(shape: ConvShape): { height: number; width: number } {
  const { inHeight, inWidth, kernelHeight, kernelWidth, stride, padding } = shape;
  return {
    height: Math.floor((inHeight + 2 * padding - kernelHeight) / stride) + 1,
    width: Math.floor((inWidth + 2 * padding - kernelWidth) / stride) + 1,
  };
}
