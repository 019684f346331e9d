/**
 * Which variant computes a kind of work on one GPU, where that was measured: by this machine's tuner or, for
 * adapters that the package knows, before it was shipped. Work of nearly the same extents shares a choice.
 * Where there is none, the rule of the adapter's class holds.
 */

import type { AdapterDescription } from "../gpu/adapter.ts";
import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { ConvShape } from "./conv_shape.ts";
import type { MatmulShape, Transposition } from "./matmul.ts";
import { shippedVariants } from "./shipped_choices.ts";

/** The passes of a convolution. */
export type ConvPass = "output" | "input gradient" | "weight gradient";

/** A pass of a convolution. */
export interface ConvWork {
  /** Which pass. */
  readonly pass: ConvPass;
  /** Its extents. */
  readonly shape: ConvShape;
  /** How images and their gradients are stored; f32 if left out. */
  readonly precision?: ElementType;
}

/** A matrix product. */
export interface MatmulWork {
  /** What is transposed. */
  readonly pass: Transposition;
  /** Its extents. */
  readonly shape: MatmulShape;
  /** Products are of f32. */
  readonly precision?: "f32";
}

/** Work that has variants. */
export type Work = ConvWork | MatmulWork;

/** Whether work is a pass of a convolution. */
export function isConvWork(work: Work): work is ConvWork {
  return "inChannels" in work.shape;
}

/**
 * The name that work shares with all that is near enough: the images of a batch and the extents of a matrix
 * count to the nearest power of two, while channels, kernel, stride, padding and the size of an image, which
 * decide how well tiles fit, count as they are.
 */
export function bucketOf(work: Work): string {
  const precision = work.precision === "f16" ? " f16" : "";
  if (!isConvWork(work)) {
    const { rows, cols, depth } = work.shape;
    return `matmul ${work.pass} ${[rows, cols, depth].map(rounded).join("x")}${precision}`;
  }
  const { batch, inHeight, inWidth, inChannels, outChannels, ...rest } = work.shape;
  const { kernelHeight, kernelWidth, stride, padding } = rest;
  return `conv ${work.pass} ${kernelHeight}x${kernelWidth}/${stride}+${padding} ` +
    `${inChannels}>${outChannels} ${inHeight}x${inWidth} x${rounded(batch)}${precision}`;
}

/** The nearest power of two, by ratio. */
function rounded(extent: number): number {
  return 2 ** Math.round(Math.log2(Math.max(1, extent)));
}

/** Variants by bucket. */
export type VariantsByBucket = Readonly<Record<string, string>>;

/** The choices of a run, to go on with. */
export interface RecordedChoices {
  /** {@linkcode adapterKey} of the adapter that they hold for. */
  readonly adapter: string;
  /** What was chosen for the work that occurred. */
  readonly variants: VariantsByBucket;
}

/** Work that was asked about. */
export interface AskedWork {
  /** The first of its bucket. */
  readonly work: Work;
  /** How often. */
  readonly times: number;
}

/** An adapter, driver included as far as WebGPU tells it: what was measured on one holds for its like. */
export function adapterKey(
  { vendor, architecture, name, class: kind }: AdapterDescription,
): string {
  return [vendor, architecture, name, kind].join(" | ");
}

/** What was chosen on one GPU. */
export class Choices {
  readonly #adapter: string;
  readonly #variants: Map<string, string>;
  readonly #asked = new Map<string, { work: Work; times: number }>();

  /** The choices that are shipped for an adapter. */
  constructor(adapter: AdapterDescription) {
    this.#adapter = adapterKey(adapter);
    this.#variants = new Map(Object.entries(shippedVariants(adapter)));
  }

  /** The variant for this work, if one was chosen; remembers that it was asked. */
  variantFor(work: Work): string | undefined {
    const bucket = bucketOf(work);
    const asked = this.#asked.get(bucket);
    if (asked === undefined) this.#asked.set(bucket, { work, times: 1 });
    else asked.times++;
    return this.#variants.get(bucket);
  }

  /** Whether something was chosen for this work. */
  has(work: Work): boolean {
    return this.#variants.has(bucketOf(work));
  }

  /** Takes choices over, in place of those for the same buckets. */
  add(variants: VariantsByBucket): void {
    for (const [bucket, variant] of Object.entries(variants)) this.#variants.set(bucket, variant);
  }

  /** All work that was asked about, one of each bucket. */
  get asked(): readonly AskedWork[] {
    return [...this.#asked.values()];
  }

  /** What was chosen for the work that was asked about. */
  record(): RecordedChoices {
    const used = [...this.#asked.keys()].flatMap((bucket) => {
      const variant = this.#variants.get(bucket);
      return variant === undefined ? [] : [[bucket, variant] as const];
    });
    return { adapter: this.#adapter, variants: Object.fromEntries(used) };
  }

  /**
   * Takes up the choices of a run in place of all others, so that it goes on bit for bit; false, and nothing
   * done, where they were made for another adapter.
   */
  resume({ adapter, variants }: RecordedChoices): boolean {
    if (adapter !== this.#adapter) return false;
    this.#variants.clear();
    this.add(variants);
    return true;
  }
}

const choicesByGpu = new WeakMap<Gpu, Choices>();

/** The choices of a GPU. */
export function choicesOf(gpu: Gpu): Choices {
  let choices = choicesByGpu.get(gpu);
  if (choices === undefined) choicesByGpu.set(gpu, choices = new Choices(gpu.adapter));
  return choices;
}
