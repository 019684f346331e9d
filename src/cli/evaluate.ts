/** `evaluate PROTOCOL`: judges a model. Each protocol is a file of its own. */

interface Protocol {
  readonly summary: string;
  readonly load: () => Promise<{ main: (args: string[]) => Promise<number> }>;
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  pairs: {
    summary: "same person or not, on a list of pairs in folds (LFW's format and rule)",
    load: () => import("./evaluate_pairs.ts"),
  },
};

/**
 * Runs a protocol, or lists them where none is named.
 *
 * @throws {TypeError} for a protocol that does not exist.
 */
export async function main(args: string[]): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(usage());
    return 0;
  }
  if (!Object.hasOwn(PROTOCOLS, name)) {
    throw new TypeError(
      `There is no protocol "${name}"; the first argument is one of: ${
        Object.keys(PROTOCOLS).join(", ")
      }.`,
    );
  }
  const protocol = await PROTOCOLS[name]!.load();
  return await protocol.main(rest);
}

function usage(): string {
  const width = Math.max(...Object.keys(PROTOCOLS).map((name) => name.length)) + 2;
  const lines = Object.entries(PROTOCOLS).map(([name, { summary }]) =>
    `  ${name.padEnd(width)}${summary}`
  );
  return [
    "deno task evaluate PROTOCOL [OPTIONS]",
    "",
    "Judges a model by a protocol:",
    "",
    ...lines,
    "",
    "`deno task evaluate PROTOCOL --help` lists a protocol's options.",
  ].join("\n");
}
