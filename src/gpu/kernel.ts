/**
 * A kernel is WGSL with `fn main`, the access of its storage bindings, and a name for messages. Binding
 * `i` of group 0 is the `i`-th storage range; binding 0 of group 1 is the uniform block. Nothing more: shapes
 * are uniforms, tile sizes are constants that were linked in front.
 */

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
}

/** Values of `const` declarations put in front of a shader. */
export type Constants = Readonly<Record<string, number | boolean>>;

const linked = new Map<string, Kernel>();

/**
 * Links shader texts into one kernel behind a prelude of constants. WGSL declarations may come in any
 * order, so linking is concatenation. Numbers become `u32`.
 */
export function link(
  name: string,
  bindings: string,
  texts: readonly string[],
  constants: Constants = {},
): Kernel {
  const entries = Object.entries(constants);
  const fullName = entries.length === 0
    ? name
    : `${name}(${entries.map(([key, value]) => `${key}=${value}`).join(", ")})`;
  let kernel = linked.get(fullName);
  if (kernel === undefined) {
    const prelude = entries.map(([key, value]) =>
      typeof value === "boolean" ? `const ${key} = ${value};` : `const ${key} = ${value}u;`
    );
    kernel = { name: fullName, bindings, code: [...prelude, ...texts].join("\n") };
    linked.set(fullName, kernel);
  }
  return kernel;
}
