/**
 * Panels: operands of a matrix product that a kernel arranges for it, `[layers, rows, cols]`. They live as
 * long as one convolution. On adapters that emulate a GPU they are texels, which are read several lanes at
 * a time; elsewhere they are buffers.
 */

import type { Resource, Slice } from "../gpu/buffers.ts";
import { typeOf } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { link } from "../gpu/kernel.ts";
import { accumulate as addTo } from "./accumulate.ts";
import { type Epilogue, gemm, type GemmVariant, panelVariant, storeEpilogue } from "./gemm.ts";
import { grid } from "./grid.ts";
import * as wgsl from "./wgsl.ts";

/** Where panels are held. */
export type PanelMemory = "texels" | "buffer";

/** Bytes of a panel that are enough to keep an adapter busy. */
const MOST_BYTES = 9 << 20;

/**
 * Vectors of four between the layers of a panel that one kernel writes or reads all at once: at a power of two
 * they would fall on the same lines of a processor's cache.
 */
export const LAYER_GAP = 8;

/** A panel's bytes for a batch: `least` and so many for each image. */
const SHARES = {
  usual: { least: 3 << 20, image: 3 << 18 },
  frugal: { least: 1 << 21, image: 1 << 16 },
} as const;

const frugal = new WeakSet<Gpu>();

/** Lets panels of this device take less memory, for a little more work, or take the usual amount again. */
export function savePanelMemory(gpu: Gpu, save: boolean): void {
  if (save) frugal.add(gpu);
  else frugal.delete(gpu);
}

/** Panels up to this size are made to measure; larger ones all get the plan's size, to be used again. */
const SMALL_BYTES = 1 << 20;

/** What the gaps between the layers of a panel take beside its plan, at most: Winograd's 36 points. */
const GAPS_BYTES = 36 * LAYER_GAP * 16;

/** How panels of a convolution are held. */
export interface PanelPlan {
  /** Where. */
  readonly memory: PanelMemory;
  /** Bytes that one may take; work that needs more is done in pieces. */
  readonly most: number;
}

/** The plan for an adapter of this class: a small batch should not need much memory for its panels. */
export function panelPlan(gpu: Gpu, batch = Infinity): PanelPlan {
  const memory = gpu.adapter.class === "software" ? "texels" : "buffer";
  const { least, image } = SHARES[frugal.has(gpu) ? "frugal" : "usual"];
  return { memory, most: Math.min(MOST_BYTES, least + batch * image) };
}

/** A panel, or a matrix that serves as one. */
export class Panel implements Disposable {
  /** What kernels bind. */
  readonly resource: Resource;
  readonly #free: () => void;

  private constructor(resource: Resource, free: () => void) {
    this.resource = resource;
    this.#free = free;
  }

  /** A panel of `bytes`, to be written. */
  static acquire(gpu: Gpu, bytes: number, { memory, most }: PanelPlan): Panel {
    if (memory === "buffer") {
      const slice = gpu.acquire(bytes);
      return new Panel(slice, () => gpu.release(slice));
    }
    const texels = gpu.acquireTexels(
      bytes > SMALL_BYTES ? Math.max(bytes, most + GAPS_BYTES) : bytes,
    );
    return new Panel(texels, () => gpu.releaseTexels(texels));
  }

  /** A matrix as it lies in memory. */
  static of(slice: Slice): Panel {
    return new Panel(slice, () => {});
  }

  /** Appends the copy of a matrix of `size` values, a multiple of 4, into a new panel, zero up to `stored`. */
  static copy(
    gpu: Gpu,
    matrix: Slice,
    size: number,
    plan: PanelPlan,
    stored: number = size,
  ): Panel {
    const panel = Panel.acquire(gpu, stored * 4, plan);
    const kernel = link(
      `panel copy ${panel.memory}`,
      `r${panel.written}`,
      [wgsl.panelCopy, panel.put],
      { Stored: typeOf(matrix) },
    );
    const words = new Uint32Array([size / 4, stored / 4]);
    gpu.dispatch(kernel, [matrix, panel.resource], grid(stored / 4), words);
    return panel;
  }

  /** Appends the copy of a matrix `[rows, cols]`, rows a multiple of 4, into a new panel `[cols, rows]`. */
  static transpose(
    gpu: Gpu,
    matrix: Slice,
    rows: number,
    cols: number,
    plan: PanelPlan,
  ): Panel {
    const panel = Panel.acquire(gpu, rows * cols * 4, plan);
    const kernel = link(
      `panel transpose ${panel.memory}`,
      `r${panel.written}`,
      [wgsl.panelTranspose, panel.put],
    );
    const words = new Uint32Array([rows / 4, cols]);
    gpu.dispatch(kernel, [matrix, panel.resource], grid(rows * cols / 4), words);
    return panel;
  }

  /** Where it is held. */
  get memory(): PanelMemory {
    return "view" in this.resource ? "texels" : "buffer";
  }

  /** Letter of the binding that reads it. */
  get read(): string {
    return this.memory === "texels" ? "t" : "r";
  }

  /** Letter of the binding that writes it. */
  get written(): string {
    return this.memory === "texels" ? "s" : "w";
  }

  /** WGSL that writes it, at binding 1. */
  get put(): string {
    return this.memory === "texels" ? wgsl.panelPutTexels : wgsl.panelPutBuffer;
  }

  /** Gives the memory back; commands given so far still find it. */
  [Symbol.dispose](): void {
    this.#free();
  }
}

/** Extents of products of panels, one for each layer. */
export interface PanelShape {
  /** Independent products. */
  readonly layers: number;
  /** Rows of A and of the output. */
  readonly rows: number;
  /** Columns of B and of the output, a multiple of 4. */
  readonly cols: number;
  /** Columns of A and rows of B, a multiple of 4. */
  readonly depth: number;
  /** Vectors of four between two layers, of the operands and of the output; 0 if left out. */
  readonly gap?: number;
}

/** How panels are multiplied. */
export interface PanelProduct {
  /** A is `[layers, depth, rows]`, rows a multiple of 4. */
  readonly transposed: boolean;
  /** Adds to the output instead of overwriting it. */
  readonly accumulate?: boolean | undefined;
  /** The form of the tile. */
  readonly variant?: GemmVariant | undefined;
}

/** Appends `out[z] = A[z] B[z]`. */
export function multiplyPanels(
  gpu: Gpu,
  a: Panel,
  b: Panel,
  out: Slice,
  shape: PanelShape,
  { transposed, accumulate = false, variant = panelVariant(gpu, shape) }: PanelProduct,
): void {
  const { layers, rows, cols, depth, gap = 0 } = shape;
  const size = layers * (rows * cols + 4 * gap);
  if (accumulate && size * 4 <= MOST_BYTES + GAPS_BYTES && gpu.adapter.class === "software") {
    // A pass of its own costs less than compiling the tile twice.
    const product = gpu.acquire(size * 4);
    multiplyPanels(gpu, a, b, product, shape, { transposed, variant });
    addTo(gpu, product, out, size);
    gpu.release(product);
    return;
  }
  const { kernel, workgroups } = gemm(
    gpu,
    variant,
    `panels ${a.memory} ${b.memory}`,
    [
      wgsl.operandsPanel,
      a.memory === "texels" ? wgsl.panelATexels : wgsl.panelABuffer,
      b.memory === "texels" ? wgsl.panelBTexels : wgsl.panelBBuffer,
    ],
    { A_TRANSPOSED: transposed },
    storeEpilogue("parts", accumulate, typeOf(out)),
    shape,
    `${a.read}${b.read}w`,
  );
  gpu.dispatch(
    kernel,
    [a.resource, b.resource, out],
    workgroups,
    new Uint32Array([rows, cols, depth, gap]),
  );
}

/**
 * Appends `out = epilogue(A B)` for one layer. The epilogue is a pass of its own: inside the product it would
 * be compiled once for each output of the tile, which takes seconds, and a pass costs hardly anything.
 */
export function multiplyAndFinish(
  gpu: Gpu,
  a: Panel,
  b: Panel,
  out: Slice,
  { rows, cols, depth, transposed = false }: Omit<PanelShape, "layers"> & { transposed?: boolean },
  epilogue: Epilogue,
  further: readonly Slice[],
): void {
  const product = gpu.acquire(rows * cols * 4);
  multiplyPanels(gpu, a, b, product, { layers: 1, rows, cols, depth }, { transposed });
  gpu.dispatch(
    link(
      `finish ${epilogue.name}`,
      `rrw${epilogue.bindings}`,
      [wgsl.finish, ...epilogue.texts],
      epilogue.constants,
    ),
    [product, product, out, ...further],
    grid(rows * cols / 4),
    new Uint32Array([rows, cols / 4]),
  );
  gpu.release(product);
}
