/** Reading a command's options, with errors that name the option, the value and what it takes. */

import { parseArgs } from "@std/cli";

/** An option of a command. */
export interface OptionSpec {
  /** What it takes, such as `N` or `DIR`; a switch without a value if left out. */
  readonly value?: string;
  /** What it does, for `--help`. */
  readonly help: string;
}

/** A command as `--help` shows it. */
export interface CommandSpec {
  /** The line of usage. */
  readonly usage: string;
  /** What it does. */
  readonly summary: string;
  /** Its options by name. */
  readonly options: Readonly<Record<string, OptionSpec>>;
}

/** The options of one call. */
export class Options {
  /** Arguments that are no options. */
  readonly positional: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  private constructor(positional: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.positional = positional;
    this.#values = values;
  }

  /**
   * Reads arguments; null where `--help` was asked for, which it prints.
   *
   * @throws {TypeError} for an option that the command does not have, or one without its value.
   */
  static parse(spec: CommandSpec, args: string[]): Options | null {
    const names = Object.keys(spec.options);
    const withValue = names.filter((name) => takesValue(spec, name));
    const { _, ...values } = parseArgs(prepare(spec, args), {
      string: [...withValue, "_"],
      boolean: [...names.filter((name) => !takesValue(spec, name)), "help"],
      collect: withValue,
      unknown: (arg) => {
        if (!arg.startsWith("-")) return true;
        throw new TypeError(
          `There is no option ${nameOf(arg)}; --help lists those that there are.`,
        );
      },
    });
    if (values["help"]) {
      console.log(helpText(spec));
      return null;
    }
    for (const name of withValue) {
      const given = values[name] as readonly string[];
      if (given.length > 1) throw new TypeError(`--${name} was given ${given.length} times.`);
      if (given[0] === "") throw missingValue(spec, name);
      values[name] = given[0];
    }
    return new Options(_.map(String), values);
  }

  /** Whether the option was given. */
  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== false;
  }

  /** A switch. */
  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** The option's text, or undefined. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return value === undefined ? undefined : String(value);
  }

  /** The option's text; an error if it was not given. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new TypeError(`--${name} is missing; see --help.`);
    return value;
  }

  /** One of a list of words. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) {
      throw new RangeError(`--${name} must be one of ${choices.join(", ")}, not "${value}".`);
    }
    return found;
  }

  /** A number of at least `least`. */
  number(name: string, least: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() === "" || !Number.isFinite(number) || number < least) {
      throw new RangeError(`--${name} must be a number of at least ${least}, not "${value}".`);
    }
    return number;
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const number = this.number(name, least);
    if (number !== undefined && !Number.isSafeInteger(number)) {
      throw new RangeError(`--${name} must be a whole number, not "${this.text(name)}".`);
    }
    return number;
  }
}

function takesValue(spec: CommandSpec, name: string): boolean {
  return Object.hasOwn(spec.options, name) && spec.options[name]!.value !== undefined;
}

/** `--name` of `--name=value`. */
function nameOf(arg: string): string {
  return arg.split("=", 1)[0]!;
}

function missingValue(spec: CommandSpec, name: string): TypeError {
  return new TypeError(`--${name} needs a value: --${name} ${spec.options[name]!.value}.`);
}

/** Joins negative numbers to their options, and refuses `--name=` and values of switches. */
function prepare(spec: CommandSpec, args: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...out, ...args.slice(i)];
    const [, name = "", value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const valued = takesValue(spec, name);
    const isSwitch = !valued && (name === "help" || Object.hasOwn(spec.options, name));
    if (isSwitch && value !== undefined) {
      throw new TypeError(`--${name} takes no value; give it alone.`);
    }
    if (valued && value === "") throw missingValue(spec, name);
    // A negative number alone would be taken for an option.
    const joins = valued && value === undefined && /^-\.?\d/.test(args[i + 1] ?? "");
    out.push(joins ? `${arg}=${args[++i]}` : arg);
  }
  return out;
}

function helpText({ usage, summary, options }: CommandSpec): string {
  const rows = [...Object.entries(options), ["help", { help: "this text" }] as const].map(
    ([name, { value, help }]: readonly [string, OptionSpec]) =>
      [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
  return [usage, "", summary, "", ...lines].join("\n");
}
