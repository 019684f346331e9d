/**
 * Parameters, their gradients and their velocities, each kind in one flat buffer, or in a few where an
 * adapter's buffers are too small: zeroing the gradients is one clear, an update one dispatch a group, a
 * checkpoint a few copies.
 */

import { keep } from "../autograd/scope.ts";
import { Storage } from "../autograd/storage.ts";
import { type Shape, sizeOf, Tensor } from "../autograd/tensor.ts";
import { align, type Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Random } from "../random.ts";
import type { Initialiser } from "./initialisers.ts";
import { type FlatRange, placeFlat } from "./flat_layout.ts";
import { cropTo, padTo } from "./padding.ts";

/** What a layer says of a parameter that it needs. */
export interface ParameterSpec {
  /** Unique in the net, such as `conv1_1.weight`. */
  readonly name: string;
  /** Extents as the paper counts them. */
  readonly shape: Shape;
  /** Extents in memory, where kernels want multiples of 4; the rest stays zero. `shape` if left out. */
  readonly storedShape?: Shape;
  /** Initial values. */
  readonly initialiser: Initialiser;
  /** Multiplier of the learning rate (Caffe's lr_mult). */
  readonly learningRateMultiplier: number;
  /** Multiplier of the weight decay (Caffe's decay_mult). */
  readonly decayMultiplier: number;
}

/** Parameters that share their multipliers, as ranges of three flat buffers. */
export interface ParameterGroup {
  /** Multiplier of the learning rate. */
  readonly learningRateMultiplier: number;
  /** Multiplier of the weight decay. */
  readonly decayMultiplier: number;
  /** Values. */
  readonly weights: Slice;
  /** Gradients. */
  readonly gradients: Slice;
  /** The optimiser's velocities. */
  readonly velocities: Slice;
}

/** Values by parameter name. */
export type NamedValues = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

interface Placed extends FlatRange {
  readonly spec: ParameterSpec;
  readonly tensor: Tensor;
}

/** All parameters of a model on one GPU. */
export class Parameters implements Disposable {
  /** What was asked for, in the order of the layers. */
  readonly specs: readonly ParameterSpec[];
  /** Groups of equal multipliers. */
  readonly groups: readonly ParameterGroup[];
  readonly #gpu: Gpu;
  readonly #weights: readonly Slice[];
  readonly #gradients: readonly Slice[] | null;
  readonly #velocities: readonly Slice[] | null;
  readonly #placed = new Map<string, Placed>();

  /**
   * Allocates the parameters, without values; call {@linkcode initialise} or {@linkcode load}. With
   * `trainable` false there is no room for gradients and nothing is recorded.
   *
   * @throws {Error} if two parameters have the same name.
   * @throws {RangeError} if a parameter exceeds the largest buffer of this adapter.
   */
  constructor(
    gpu: Gpu,
    specs: readonly ParameterSpec[],
    trainable = true,
    bufferLimit: number = gpu.device.limits.maxBufferSize,
  ) {
    this.#gpu = gpu;
    this.specs = specs;
    const ordered = [...specs].sort((a, b) => groupKey(a).localeCompare(groupKey(b)));
    const sizes = ordered.map((spec) => ({ name: spec.name, bytes: sizeOf(stored(spec)) * 4 }));
    const { ranges, buffers } = placeFlat(sizes, bufferLimit);
    const acquire = () =>
      buffers.map((bytes) => {
        const buffer = gpu.acquire(bytes);
        gpu.clear(buffer);
        return buffer;
      });
    this.#weights = acquire();
    this.#gradients = trainable ? acquire() : null;
    this.#velocities = trainable ? acquire() : null;
    for (const [index, spec] of ordered.entries()) {
      const range = ranges[index]!;
      const tensor = this.#view(this.#weights, range, spec, trainable);
      if (this.#gradients !== null) tensor.grad = this.#view(this.#gradients, range, spec, false);
      this.#placed.set(spec.name, { spec, tensor, ...range });
    }
    this.groups = this.#group();
  }

  /** The parameter of this name. */
  get(name: string): Tensor {
    const placed = this.#placed.get(name);
    if (placed === undefined) throw new Error(`There is no parameter named ${name}.`);
    return placed.tensor;
  }

  /** Draws initial values, in the order of the layers, and zeroes the velocities. */
  initialise(random: Random): void {
    for (const spec of this.specs) {
      const values = new Float32Array(sizeOf(spec.shape));
      spec.initialiser(values, random);
      this.#write(this.#weights, spec.name, values);
    }
    for (const buffer of this.#velocities ?? []) this.#gpu.clear(buffer);
  }

  /** Appends zeroing of all gradients. */
  zeroGrad(): void {
    for (const buffer of this.#gradients ?? []) this.#gpu.clear(buffer);
  }

  /** Reads all values, with the paper's extents. */
  values(): Promise<NamedValues> {
    return this.#read(this.#weights);
  }

  /** Reads the optimiser's velocities. */
  velocities(): Promise<NamedValues> {
    return this.#read(this.#trained(this.#velocities));
  }

  /** Reads the gradients of the last backward pass. */
  gradients(): Promise<NamedValues> {
    return this.#read(this.#trained(this.#gradients));
  }

  /**
   * Writes values, with the paper's extents, and velocities if given.
   *
   * @throws {Error} if a parameter is missing or has another size.
   */
  load(values: NamedValues, velocities?: NamedValues): void {
    for (const source of [values, velocities]) {
      if (source === undefined) continue;
      for (const spec of this.specs) checkSize(spec, source.get(spec.name));
    }
    for (const { name } of this.specs) {
      this.#write(this.#weights, name, values.get(name)!);
      if (velocities !== undefined) {
        this.#write(this.#trained(this.#velocities), name, velocities.get(name)!);
      }
    }
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    for (const { tensor } of this.#placed.values()) {
      tensor.grad?.[Symbol.dispose]();
      tensor[Symbol.dispose]();
    }
    for (const buffers of [this.#weights, this.#gradients, this.#velocities]) {
      for (const buffer of buffers ?? []) this.#gpu.release(buffer);
    }
  }

  #view(
    buffers: readonly Slice[],
    { index, offset, bytes }: FlatRange,
    spec: ParameterSpec,
    trained: boolean,
  ): Tensor {
    const { buffer } = buffers[index]!;
    const slice = { buffer, offset, size: Math.ceil(bytes / 16) * 16 };
    const storage = new Storage(this.#gpu, slice, null);
    const trains = trained && spec.learningRateMultiplier !== 0;
    return keep(new Tensor(storage, stored(spec), spec.name, trains));
  }

  #group(): ParameterGroup[] {
    const [gradients, velocities] = [this.#gradients, this.#velocities];
    if (gradients === null || velocities === null) return [];
    const groups: ParameterGroup[] = [];
    const placed = [...this.#placed.values()]; // in the order of memory
    for (let first = 0; first < placed.length;) {
      const { spec, index, offset } = placed[first]!;
      const belongs = (other: Placed | undefined) =>
        other?.index === index && groupKey(other.spec) === groupKey(spec);
      let last = first;
      while (belongs(placed[last + 1])) last++;
      const size = placed[last]!.offset + align(placed[last]!.bytes) - offset;
      const range = (buffers: readonly Slice[]): Slice => ({
        buffer: buffers[index]!.buffer,
        offset,
        size,
      });
      if (spec.learningRateMultiplier !== 0) {
        groups.push({
          learningRateMultiplier: spec.learningRateMultiplier,
          decayMultiplier: spec.decayMultiplier,
          weights: range(this.#weights),
          gradients: range(gradients),
          velocities: range(velocities),
        });
      }
      first = last + 1;
    }
    return groups;
  }

  #trained(buffers: readonly Slice[] | null): readonly Slice[] {
    if (buffers === null) throw new Error("These parameters were made for inference alone.");
    return buffers;
  }

  #write(buffers: readonly Slice[], name: string, values: Float32Array<ArrayBuffer>): void {
    const { spec, index, offset, bytes } = this.#placed.get(name)!;
    const slice = { buffer: buffers[index]!.buffer, offset, size: bytes };
    this.#gpu.upload(slice, padTo(values, spec.shape, stored(spec)));
  }

  async #read(buffers: readonly Slice[]): Promise<NamedValues> {
    const all = await Promise.all(buffers.map((buffer) => this.#gpu.read(buffer)));
    return new Map(this.specs.map((spec) => {
      const { index, offset, bytes } = this.#placed.get(spec.name)!;
      const values = new Float32Array(all[index]!, offset, bytes / 4);
      return [spec.name, cropTo(values, stored(spec), spec.shape)];
    }));
  }
}

function stored(spec: ParameterSpec): Shape {
  return spec.storedShape ?? spec.shape;
}

/** Orders parameters so that those with equal multipliers lie side by side. */
function groupKey({ learningRateMultiplier, decayMultiplier }: ParameterSpec): string {
  return `${learningRateMultiplier} ${decayMultiplier}`;
}

function checkSize(spec: ParameterSpec, values: Float32Array | undefined): void {
  const size = sizeOf(spec.shape);
  if (values?.length !== size) {
    throw new Error(
      `The parameter ${spec.name} has ${size} values [${spec.shape}], but ` +
        (values === undefined ? "none were given" : `${values.length} were given`) +
        "; the weights belong to another net or image size.",
    );
  }
}
