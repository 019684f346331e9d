/**
 * A kernel is WGSL with `fn main`, the access of its storage bindings, and a name for messages. Binding
 * `i` of group 0 is the `i`-th storage range; binding 0 of group 1 is the uniform block. Nothing more: shapes
 * are uniforms, tile sizes are constants that were linked in front.
 */

import type { ElementType } from "./element_type.ts";

/** A compute shader ready to be made into a pipeline. */
export interface Kernel {
  /** Shown in errors; distinct for each set of constants. */
  readonly name: string;
  /** Whole WGSL source with an entry point `main`. */
  readonly code: string;
  /**
   * One letter for each binding: `r` is a storage buffer that is read, `w` one that is read and written,
   * `t` a texture that is read, `s` one that is written.
   */
  readonly bindings: string;
  /** Whether it was linked for f16 storage; any other kernel refuses that. */
  readonly half?: boolean;
}

/**
 * Values of declarations put in front of a shader: `const`s, and where an element type is given, an alias for
 * a vector of four as it is stored. A shader reads such vectors by `vec4f(…)` and writes them by the alias's
 * name, so that one text serves both types.
 */
export type Constants = Readonly<Record<string, number | boolean | ElementType>>;

const linked = new Map<string, Kernel>();

/**
 * Links shader texts into one kernel behind a prelude of constants. WGSL declarations may come in any
 * order, so linking is concatenation. Numbers become `u32`, an element type its
 * vector of four.
 */
export function link(
  name: string,
  bindings: string,
  texts: readonly string[],
  constants: Constants = {},
): Kernel {
  const entries = Object.entries(constants);
  const named = entries.filter(([, value]) => value !== "f32").map(([key, value]) =>
    `${key}=${value}`
  );
  const fullName = named.length === 0 ? name : `${name}(${named.join(", ")})`;
  let kernel = linked.get(fullName);
  if (kernel === undefined) {
    const half = entries.some(([, value]) => value === "f16");
    const prelude = entries.map(([key, value]) => declaration(key, value));
    const code = [...(half ? ["enable f16;"] : []), ...prelude, ...texts].join("\n");
    kernel = { name: fullName, bindings, code, half };
    linked.set(fullName, kernel);
  }
  return kernel;
}

function declaration(name: string, value: Constants[string]): string {
  if (typeof value === "boolean") return `const ${name} = ${value};`;
  if (typeof value === "number") return `const ${name} = ${value}u;`;
  return `alias ${name} = vec4<${value}>;`;
}
