/**
 * The command line: each command is a file of its own that is loaded when it is asked for.
 *
 * @module
 */

interface Command {
  readonly summary: string;
  readonly load: () => Promise<{ main: (args: string[]) => Promise<number> }>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  train: {
    summary: "train a SphereNet on a folder of faces or on synthetic ones",
    load: () => import("./train.ts"),
  },
  evaluate: {
    summary: "judge a model by a protocol, such as a list of pairs",
    load: () => import("./evaluate.ts"),
  },
  embed: {
    summary: "write the embeddings of aligned face crops",
    load: () => import("./embed.ts"),
  },
  detect: {
    summary: "find faces and their landmarks in photos",
    load: () => import("./detect.ts"),
  },
  align: {
    summary: "cut the faces out of photos, eyes, nose and mouth where a template has them",
    load: () => import("./align.ts"),
  },
  verify: {
    summary: "tell whether two aligned face crops show the same person",
    load: () => import("./verify.ts"),
  },
  overlap: {
    summary: "list people who are likely to be in two sets, or in one twice",
    load: () => import("./overlap.ts"),
  },
  pack: {
    summary: "write a set of images in another format, such as folders as RecordIO",
    load: () => import("./pack.ts"),
  },
  inspect: {
    summary: "tell what is in a set of images of any format",
    load: () => import("./inspect.ts"),
  },
  tune: {
    summary: "measure the kernels on this machine's adapter and keep the fastest",
    load: () => import("./tune.ts"),
  },
  setup: {
    summary: "see to it that WebGPU has an adapter",
    load: () => import("./setup.ts"),
  },
  doctor: {
    summary: "examine the adapter and what it computes",
    load: () => import("./doctor.ts"),
  },
  wgsl: {
    summary: "write the shaders into src/kernels/wgsl.ts",
    load: () => import("./wgsl.ts"),
  },
};

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) =>
    `  ${name.padEnd(width)}${summary}`
  );
  return ["Usage: spheregrad COMMAND [OPTIONS]", "", ...lines].join("\n");
}

/**
 * Runs a command. An error ends it with its sentence alone; `--debug` adds the stack.
 *
 * @param args The command's name and its arguments.
 * @returns The exit code: 0 for success, 1 for a failure, 2 for a command that does not exist.
 */
export async function main(args: string[]): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help") {
    console.log(usage());
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    console.error(`There is no command "${name}".\n${usage()}`);
    return 2;
  }
  const debug = rest.includes("--debug");
  try {
    const command = await COMMANDS[name]!.load();
    return await command.main(rest.filter((arg) => arg !== "--debug"));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`spheregrad ${name}: ${message}`);
    if (debug) console.error(error);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
