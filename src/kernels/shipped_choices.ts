/**
 * Variants for adapters that were measured before: data, made with `deno task tune --out FILE`, which writes
 * the `variants` of an entry. Tests hold every variant to its bound, so nothing here can make a result wrong.
 */

import type { AdapterClass, AdapterDescription } from "../gpu/adapter.ts";

/** What was measured on one adapter. */
interface ShippedChoices {
  /** How the adapter's name begins. */
  readonly name: string;
  /** Its class. */
  readonly class: AdapterClass;
  /** Variant of each bucket. */
  readonly variants: Readonly<Record<string, string>>;
}

/**
 * Mesa's rasteriser: SphereNet's convolutions at 112×96 with 8 and 32 images, medians of five rounds on two cores
 * of an AMD EPYC machine (llvmpipe 15, 256 bits). Left out is what gains little: tiles of 2×2 are a few
 * hundredths faster at 7×6, but their kernels would have the first step wait for a second of compilation more.
 */
const LLVMPIPE: ShippedChoices = {
  name: "llvmpipe",
  class: "software",
  variants: {
    "conv output 3x3/1+1 256>256 14x12 x8": "winograd4",
    "conv input gradient 3x3/1+1 256>256 14x12 x8": "winograd4",
    "conv output 3x3/1+1 128>128 28x24 x8": "winograd4",
    "conv weight gradient 3x3/1+1 128>128 28x24 x8": "winograd4",
    "conv input gradient 3x3/1+1 128>128 28x24 x8": "winograd4",
    "conv output 3x3/1+1 64>64 56x48 x8": "winograd4",
    "conv weight gradient 3x3/1+1 64>64 56x48 x8": "winograd4",
    "conv input gradient 3x3/1+1 64>64 56x48 x8": "winograd4",
    "conv output 3x3/2+1 64>128 56x48 x8": "patches",
    "conv output 3x3/2+1 128>256 28x24 x8": "patches",
    "conv output 3x3/2+1 256>512 14x12 x8": "patches",
    "conv weight gradient 3x3/2+1 256>512 14x12 x8": "patches",
    "conv input gradient 3x3/2+1 256>512 14x12 x8": "patches",
    "conv weight gradient 3x3/2+1 128>256 28x24 x8": "patches",
    "conv input gradient 3x3/2+1 128>256 28x24 x8": "patches",
    "conv weight gradient 3x3/2+1 64>128 56x48 x8": "patches",
    "conv input gradient 3x3/2+1 64>128 56x48 x8": "patches",
    "conv output 3x3/2+1 4>64 112x96 x8": "patches",
    "conv output 3x3/1+1 256>256 14x12 x32": "winograd4",
    "conv weight gradient 3x3/1+1 256>256 14x12 x32": "winograd4",
    "conv input gradient 3x3/1+1 256>256 14x12 x32": "winograd4",
    "conv output 3x3/1+1 128>128 28x24 x32": "winograd4",
    "conv weight gradient 3x3/1+1 128>128 28x24 x32": "winograd4",
    "conv input gradient 3x3/1+1 128>128 28x24 x32": "winograd4",
    "conv output 3x3/1+1 64>64 56x48 x32": "winograd4",
    "conv weight gradient 3x3/1+1 64>64 56x48 x32": "winograd4",
    "conv input gradient 3x3/1+1 64>64 56x48 x32": "winograd4",
    "conv output 3x3/2+1 64>128 56x48 x32": "patches",
    "conv output 3x3/2+1 128>256 28x24 x32": "patches",
    "conv output 3x3/2+1 256>512 14x12 x32": "patches",
    "conv weight gradient 3x3/2+1 256>512 14x12 x32": "patches",
    "conv input gradient 3x3/2+1 256>512 14x12 x32": "patches",
    "conv weight gradient 3x3/2+1 128>256 28x24 x32": "patches",
    "conv input gradient 3x3/2+1 128>256 28x24 x32": "patches",
    "conv weight gradient 3x3/2+1 64>128 56x48 x32": "patches",
    "conv input gradient 3x3/2+1 64>128 56x48 x32": "patches",
    "conv output 3x3/2+1 4>64 112x96 x32": "patches",
  },
};

const SHIPPED: readonly ShippedChoices[] = [LLVMPIPE];

/** The variants that are shipped for an adapter, by bucket; none for one that was never measured. */
export function shippedVariants(adapter: AdapterDescription): Readonly<Record<string, string>> {
  const found = SHIPPED.find((entry) =>
    entry.class === adapter.class && adapter.name.startsWith(entry.name)
  );
  return found?.variants ?? {};
}
