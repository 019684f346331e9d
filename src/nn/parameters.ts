/**
 * Parameters, their gradients and their velocities, each kind in one flat buffer: zeroing the gradients is
 * one clear, an update one dispatch a group, a checkpoint a few copies.
 */

import { keep } from "../autograd/scope.ts";
import { Storage } from "../autograd/storage.ts";
import { type Shape, sizeOf, Tensor } from "../autograd/tensor.ts";
import { align, type Slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Random } from "../random.ts";
import type { Initialiser } from "./initialisers.ts";
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

/** Parameters that share their multipliers, as ranges of the three flat buffers. */
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

interface Placed {
  readonly spec: ParameterSpec;
  readonly tensor: Tensor;
  readonly offset: number;
  readonly bytes: number;
}

/** All parameters of a model on one GPU. */
export class Parameters implements Disposable {
  /** What was asked for, in the order of the layers. */
  readonly specs: readonly ParameterSpec[];
  /** Groups of equal multipliers. */
  readonly groups: readonly ParameterGroup[];
  readonly #gpu: Gpu;
  readonly #weights: Slice;
  readonly #gradients: Slice | null;
  readonly #velocities: Slice | null;
  readonly #placed = new Map<string, Placed>();

  /**
   * Allocates the parameters, without values; call {@linkcode initialise} or {@linkcode load}. With
   * `trainable` false there is no room for gradients and nothing is recorded.
   */
  constructor(gpu: Gpu, specs: readonly ParameterSpec[], trainable = true) {
    this.#gpu = gpu;
    this.specs = specs;
    const ordered = [...specs].sort((a, b) => groupKey(a).localeCompare(groupKey(b)));
    let bytes = 0;
    const ranges = ordered.map((spec) => {
      const size = sizeOf(stored(spec)) * 4;
      const range = { spec, offset: bytes, size };
      bytes += align(size);
      return range;
    });
    this.#weights = gpu.acquire(bytes);
    this.#gradients = trainable ? gpu.acquire(bytes) : null;
    this.#velocities = trainable ? gpu.acquire(bytes) : null;
    for (const buffer of [this.#weights, this.#gradients, this.#velocities]) {
      if (buffer !== null) gpu.clear(buffer);
    }
    for (const { spec, offset, size } of ranges) {
      if (this.#placed.has(spec.name)) throw new Error(`Two parameters are named ${spec.name}.`);
      const tensor = this.#view(this.#weights, offset, size, spec, trainable);
      if (this.#gradients !== null) {
        tensor.grad = this.#view(this.#gradients, offset, size, spec, false);
      }
      this.#placed.set(spec.name, { spec, tensor, offset, bytes: size });
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
    if (this.#velocities !== null) this.#gpu.clear(this.#velocities);
  }

  /** Appends zeroing of all gradients. */
  zeroGrad(): void {
    if (this.#gradients !== null) this.#gpu.clear(this.#gradients);
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
    for (const buffer of [this.#weights, this.#gradients, this.#velocities]) {
      if (buffer !== null) this.#gpu.release(buffer);
    }
  }

  #view(
    buffer: Slice,
    offset: number,
    bytes: number,
    spec: ParameterSpec,
    trained: boolean,
  ): Tensor {
    const slice = { buffer: buffer.buffer, offset, size: Math.ceil(bytes / 16) * 16 };
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
      const { spec, offset } = placed[first]!;
      let last = first;
      while (last + 1 < placed.length && groupKey(placed[last + 1]!.spec) === groupKey(spec)) {
        last++;
      }
      const size = placed[last]!.offset + align(placed[last]!.bytes) - offset;
      const range = (buffer: Slice): Slice => ({ buffer: buffer.buffer, offset, size });
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

  #trained(buffer: Slice | null): Slice {
    if (buffer === null) throw new Error("These parameters were made for inference alone.");
    return buffer;
  }

  #write(buffer: Slice, name: string, values: Float32Array<ArrayBuffer>): void {
    const { spec, offset, bytes } = this.#placed.get(name)!;
    const slice = { buffer: buffer.buffer, offset: buffer.offset + offset, size: bytes };
    this.#gpu.upload(slice, padTo(values, spec.shape, stored(spec)));
  }

  async #read(buffer: Slice): Promise<NamedValues> {
    const all = await this.#gpu.read(buffer);
    return new Map(this.specs.map((spec) => {
      const { offset, bytes } = this.#placed.get(spec.name)!;
      return [
        spec.name,
        cropTo(new Float32Array(all, offset, bytes / 4), stored(spec), spec.shape),
      ];
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
