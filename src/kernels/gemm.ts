/**
 * The matrix-product tile that every heavy kernel is made of: a form of the tile, an operand file that says
 * where rows and columns of the product come from, and an epilogue that stores. This file links the three
 * and counts workgroups; `matmul.ts` and `conv.ts` know the operands.
 */

import type { ElementType } from "../gpu/element_type.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Constants, type Kernel, link } from "../gpu/kernel.ts";
import type { Workgroups } from "../gpu/stream.ts";
import * as wgsl from "./wgsl.ts";

/** Forms of the tile. `plain` is what the others are proven against. */
export const GEMM_VARIANTS = [
  "plain",
  "registers",
  "registersWide",
  "registersTall",
  "workgroupSmall",
  "workgroup",
  "workgroupLarge",
] as const;

/** A form of the tile. */
export type GemmVariant = (typeof GEMM_VARIANTS)[number];

/** The form for a product of these extents on an adapter of this class, where nothing was measured. */
export function defaultVariant(gpu: Gpu, { rows, cols }: Extents): GemmVariant {
  if (gpu.adapter.class === "gpu") return rows > 32 && cols > 32 ? "workgroup" : "workgroupSmall";
  return rows >= 16 && cols >= 16 ? "registersWide" : "registers";
}

/** The form for a product of panels, which is simple enough to be compiled for the tallest tile. */
export function panelVariant(gpu: Gpu, extents: Extents): GemmVariant {
  const tall = gpu.adapter.class === "software" && extents.rows >= 32 && extents.cols >= 16;
  return tall ? "registersTall" : defaultVariant(gpu, extents);
}

/** A way to store a product: WGSL texts, their constants, and their bindings after A, B and the output. */
export interface Epilogue {
  /** Distinguishes kernels that differ in the epilogue alone. */
  readonly name: string;
  /** WGSL that defines `store`. */
  readonly texts: readonly string[];
  /** Constants of the texts. */
  readonly constants: Constants;
  /** Access of the further bindings, such as `r`. */
  readonly bindings: string;
}

/**
 * The product itself, written or added to what is there: into one output, or one part for each layer. Like the
 * other epilogues it stores numbers of the output's `type`.
 */
export function storeEpilogue(
  mode: "overwrite" | "accumulate" | "parts",
  add: boolean = mode === "accumulate",
  type: ElementType = "f32",
): Epilogue {
  return {
    name: mode,
    texts: [wgsl.epilogueStore],
    constants: { ACCUMULATE: add, PARTS: mode === "parts", StoredOut: type },
    bindings: "",
  };
}

/** The product plus a bias for each column. */
export function biasEpilogue(type: ElementType): Epilogue {
  return {
    name: "bias",
    texts: [wgsl.epilogueBias],
    constants: { StoredOut: type },
    bindings: "r",
  };
}

/** The same, stored as f32. */
export const BIAS_EPILOGUE: Epilogue = biasEpilogue("f32");

/** PReLU(product + bias) + residual, with or without the pre-activation kept; both of the output's type. */
export function preluEpilogue(
  hasBias: boolean,
  hasResidual: boolean,
  keep: boolean,
  type: ElementType = "f32",
): Epilogue {
  return {
    name: keep ? "prelu keep" : "prelu",
    texts: [wgsl.epiloguePrelu, keep ? wgsl.epiloguePreluKeep : wgsl.epiloguePreluForget],
    constants: { HAS_BIAS: hasBias, HAS_RESIDUAL: hasResidual, StoredOut: type },
    bindings: keep ? "rrrw" : "rrr",
  };
}

/** Extents of a product, for counting workgroups. */
export interface Extents {
  /** Rows of the output. */
  readonly rows: number;
  /** Columns of the output, a multiple of 4. */
  readonly cols: number;
  /** Independent layers (phases, parts). */
  readonly layers?: number;
}

/** A linked kernel and the workgroups that cover a product. */
export interface GemmDispatch {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Its workgroups. */
  readonly workgroups: Workgroups;
}

/** Links a form, operands and an epilogue, and covers `extents` with workgroups. */
export function gemm(
  gpu: Gpu,
  variant: GemmVariant | undefined,
  name: string,
  operands: readonly string[],
  operandConstants: Constants,
  epilogue: Epilogue,
  extents: Extents,
  bindings = "rrw",
): GemmDispatch {
  variant ??= defaultVariant(gpu, extents);
  const { rows, cols, layers = 1 } = extents;
  const { texts, constants, tileRows, tileCols } = form(variant, extents);
  const kernel = link(
    `${name} ${epilogue.name} ${variant}`,
    `${bindings}${epilogue.bindings}`,
    [...texts, ...operands, ...epilogue.texts],
    { ...constants, ...operandConstants, ...epilogue.constants },
  );
  return {
    kernel,
    workgroups: [Math.ceil(cols / tileCols), Math.ceil(rows / tileRows), layers],
  };
}

interface Form {
  readonly texts: readonly string[];
  readonly constants: Constants;
  readonly tileRows: number;
  readonly tileCols: number;
}

function form(variant: GemmVariant, { rows, cols }: Extents): Form {
  switch (variant) {
    case "plain":
      return { texts: [wgsl.gemmPlain], constants: {}, tileRows: 32, tileCols: 32 };
    case "workgroupSmall":
      return workgroupForm(8, 1);
    case "workgroup":
      return workgroupForm(8, 2);
    case "workgroupLarge":
      return workgroupForm(16, 2);
    case "registers": {
      const down = Math.min(8, Math.ceil(rows / 8));
      const constants = { WG_X: 8, WG_Y: down };
      return { texts: [wgsl.gemmRegisters], constants, tileRows: down * 8, tileCols: 64 };
    }
    case "registersWide":
    case "registersTall": {
      const across = lanesAcross(cols);
      const [text, height] = variant === "registersWide"
        ? [wgsl.gemmRegistersWide, 16]
        : [wgsl.gemmRegistersTall, 32];
      const tileRows = 8 / across * height;
      return {
        texts: [text, wgsl.gemmRegistersLanes],
        constants: {},
        tileRows,
        tileCols: across * 16,
      };
    }
  }
}

/** `side` × `side` invocations with `blocks` × `blocks` blocks of 4×4 outputs each. */
function workgroupForm(side: number, blocks: number): Form {
  const extent = side * blocks * 4;
  return {
    texts: [wgsl.gemmWorkgroup],
    constants: { SIDE: side, BLOCKS: blocks },
    tileRows: extent,
    tileCols: extent,
  };
}

/** Of the eight invocations of the wide form, those along columns; `across` in its shader says the same. */
function lanesAcross(cols: number): number {
  for (const lanes of [8, 4, 2]) {
    if (cols > lanes * 8) return lanes;
  }
  return 1;
}
