// Names, options and outcomes are those of `@std/cli/parse-args`; option names with dots, which
// would nest there, are refused, and the types know options by their names but not by their aliases.

type OneOrMore<T extends string> = T | ReadonlyArray<T>;

/** How `parseArgs` reads the command line. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  N extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
  DD extends boolean = boolean,
> {
  /** Whether what follows `--` goes to the result's `"--"` rather than to `_`. */
  "--"?: DD;
  /** Other names of options. */
  alias?: Record<string, string | ReadonlyArray<string>>;
  /** Options without a value, `false` unless given; `true` makes all `--name` so. */
  boolean?: boolean | OneOrMore<B>;
  /** Values of options that are not given. */
  default?: D;
  /** Whether everything after the first non-option goes to `_`. */
  stopEarly?: boolean;
  /** Options whose value stays a string. */
  string?: OneOrMore<S>;
  /** Options that may be repeated; their values make a list. */
  collect?: OneOrMore<C>;
  /** Options that `--no-name` sets to `false`. */
  negatable?: OneOrMore<N>;
  /** Called with whatever is not named above; unless it returns `false`, that is kept. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Values<
  B extends string,
  S extends string,
  C extends string,
  N extends string,
  D extends Record<string, unknown>,
> =
  & { [K in Exclude<S, C | keyof D>]?: string | (K extends N ? false : never) }
  & { [K in Exclude<B, C | keyof D>]: boolean }
  & { [K in Extract<S, C>]: string[] }
  & { [K in Extract<B, C>]: boolean[] }
  & { [K in Exclude<C, S | B>]: unknown[] }
  & {
    [K in Exclude<keyof D, C>]:
      | D[K]
      | (K extends S ? string | (K extends N ? false : never) : never)
      | (K extends B ? boolean : never);
  };

/** What `parseArgs` found. */
export type Args<
  // deno-lint-ignore no-explicit-any
  T = Record<string, any>,
  DD extends boolean = false,
> = T & { _: Array<string | number> } & (true extends DD ? { "--": string[] } : unknown);

// Names that the types may know: literal ones, and not the list of the rest.
type Named<T extends string> = string extends T ? never : Exclude<T, "_">;

type Result<
  B extends string,
  S extends string,
  C extends string,
  N extends string,
  D extends Record<string, unknown>,
  DD extends boolean,
> = Args<
  // deno-lint-ignore no-explicit-any
  [B | S | C] extends [never] ? Record<string, any>
    : Record<string, unknown> & Values<Named<B>, Named<S>, Named<C>, N, D>,
  DD
>;

/** Reads command-line arguments into a record of options and a list, `_`, of the rest. */
export function parseArgs<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  N extends string = never,
  // deno-lint-ignore ban-types
  D extends Record<string, unknown> = {},
  DD extends boolean = false,
>(args: string[], options: ParseOptions<B, S, C, N, D, DD> = {}): Result<B, S, C, N, D, DD> {
  const split = args.indexOf("--");
  const rest = split < 0 ? [] : args.slice(split + 1);
  const parser = new Parser(options as ParseOptions, split < 0 ? args : args.slice(0, split));
  const found = parser.parse();
  if (options["--"]) found["--"] = rest;
  else found._.push(...rest);
  return found as unknown as Result<B, S, C, N, D, DD>;
}

type Found = Record<string, unknown> & { _: Array<string | number> };

const list = (names: string | readonly string[] | boolean | undefined): readonly string[] =>
  typeof names === "string" ? [names] : Array.isArray(names) ? names : [];

const isNumber = (text: string): boolean =>
  /^0x[0-9a-f]+$/i.test(text) || /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(text);

const isBooleanWord = (text: string | undefined): text is string =>
  text === "true" || text === "false";

class Parser {
  #found: Found = { _: [] };
  #next = 0;
  readonly #aliases = new Map<string, string[]>();
  readonly #booleans: Set<string>;
  readonly #strings: Set<string>;
  readonly #collected: Set<string>;
  readonly #negatable: Set<string>;

  constructor(readonly options: ParseOptions, readonly args: readonly string[]) {
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      const group = [name, ...list(others)];
      for (const one of group) this.#aliases.set(one, group.filter((other) => other !== one));
    }
    this.#booleans = this.#named(options.boolean);
    this.#strings = this.#named(options.string);
    this.#collected = this.#named(options.collect);
    this.#negatable = this.#named(options.negatable);
  }

  #named(names: string | readonly string[] | boolean | undefined): Set<string> {
    return new Set(list(names).flatMap((name) => [name, ...this.#aliases.get(name) ?? []]));
  }

  parse(): Found {
    while (this.#next < this.args.length) {
      const arg = this.args[this.#next++]!;
      if (/^--./s.test(arg)) this.#long(arg);
      else if (/^-./s.test(arg)) this.#short(arg);
      else {
        if (this.options.unknown?.(arg) !== false) {
          const keep = this.#strings.has("_") || !isNumber(arg);
          this.#found._.push(keep ? arg : Number(arg));
        }
        if (this.options.stopEarly) {
          this.#found._.push(...this.args.slice(this.#next));
          break;
        }
      }
    }
    this.#fillIn();
    return this.#found;
  }

  #long(arg: string): void {
    const { negated, key: name, value } = /^--(?<negated>no-)?(?<key>.+?)(?:=(?<value>.+?))?$/s
      .exec(arg)!.groups!;
    if (value) {
      this.#set(name!, this.#booleans.has(name!) ? value !== "false" : value, arg);
    } else if (negated && this.#negatable.has(name!)) {
      this.#set(name!, false, arg, false);
    } else {
      const key = negated ? `no-${name}` : name!;
      const next = this.args[this.#next];
      const takesValue = !this.#isBoolean(key) && this.options.boolean !== true;
      this.#take(key, arg, takesValue && !!next && !next.startsWith("-"));
    }
  }

  // The last letter of `-abc` may take a value, and so may an earlier one: `-ofile`, `-n5`, `-n=5`.
  #short(arg: string): void {
    for (let i = 1; i < arg.length - 1; i++) {
      const letter = arg[i]!;
      const tail = arg.slice(i + 1);
      if (tail === "-") {
        this.#set(letter, tail, arg);
        continue;
      }
      const word = /[A-Za-z]/.test(letter);
      if (word && tail.includes("=")) {
        return this.#set(letter, tail.split(/=(.+)/)[1] ?? "", arg);
      }
      const number = word && /-?\d+(\.\d*)?(e-?\d+)?$/.test(tail);
      if (number || (i + 1 < arg.length - 1 && /\W/.test(tail[0]!))) {
        return this.#set(letter, tail, arg);
      }
      this.#set(letter, this.#strings.has(letter) ? "" : true, arg);
    }
    const last = arg.at(-1)!;
    if (last === "-") return;
    const next = this.args[this.#next];
    this.#take(last, arg, !!next && !/^--?[^-]/.test(next) && !this.#isBoolean(last));
  }

  #take(key: string, arg: string, takesValue: boolean): void {
    const next = this.args[this.#next];
    if (takesValue) this.#next++, this.#set(key, next!, arg);
    else if (isBooleanWord(next)) this.#next++, this.#set(key, next !== "false", arg);
    else this.#set(key, this.#strings.has(key) ? "" : true, arg);
  }

  #isBoolean(key: string): boolean {
    return [key, ...this.#aliases.get(key) ?? []].some((name) => this.#booleans.has(name));
  }

  #isKnown(key: string, arg: string): boolean {
    return this.#booleans.has(key) || this.#strings.has(key) || this.#aliases.has(key) ||
      (this.options.boolean === true && /^--[^=]+$/.test(arg));
  }

  #set(key: string, value: string | boolean, arg: string, collect = true): void {
    if (!this.#isKnown(key, arg) && this.options.unknown?.(arg, key, value) === false) return;
    if (key.includes(".")) throw new TypeError(`Option names with dots are not supported: ${arg}`);
    const number = typeof value === "string" && !this.#strings.has(key) && isNumber(value);
    const kept = number ? Number(value) : value;
    for (const name of [key, ...this.#aliases.get(key) ?? []]) {
      const before = this.#found[name];
      const collected = collect && this.#collected.has(name);
      this.#found[name] = collected ? [...(Array.isArray(before) ? before : []), kept] : kept;
    }
  }

  #fillIn(): void {
    for (const [key, value] of Object.entries(this.options.default ?? {})) {
      if (Object.hasOwn(this.#found, key)) continue;
      for (const name of [key, ...this.#aliases.get(key) ?? []]) this.#found[name] = value;
    }
    for (const name of [...this.#booleans, ...this.#strings]) {
      if (Object.hasOwn(this.#found, name)) continue;
      if (this.#collected.has(name)) this.#found[name] = [];
      else if (this.#booleans.has(name)) this.#found[name] = false;
    }
  }
}
