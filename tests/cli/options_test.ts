import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type CommandSpec, Options } from "../../src/cli/options.ts";

const SPEC: CommandSpec = {
  usage: "deno task paint [OPTIONS]",
  summary: "Paints.",
  options: {
    colour: { value: "NAME", help: "the colour" },
    layers: { value: "N", help: "how many" },
    "no-frame": { help: "leave the frame out" },
  },
};

function parse(...args: string[]): Options {
  return Options.parse(SPEC, args)!;
}

function refusal(use: () => unknown): string {
  return assertThrows(use, Error).message;
}

Deno.test("Options.parse() tells values, switches and arguments apart", () => {
  const options = parse("a.png", "--colour", "red", "--no-frame", "7", "--layers=2");
  assertEquals(options.positional, ["a.png", "7"]);
  assertEquals(options.text("colour"), "red");
  assertEquals(options.flag("no-frame"), true);
  assertEquals(options.integer("layers", 1), 2);
  assertEquals([options.has("colour"), options.has("no-frame")], [true, true]);
});

Deno.test("Options.parse() leaves what is not given undefined", () => {
  const options = parse();
  assertEquals(options.text("colour"), undefined);
  assertEquals(options.number("layers", 0), undefined);
  assertEquals(options.choice("colour", ["red"]), undefined);
  assertEquals(options.flag("no-frame"), false);
  assertEquals([options.has("colour"), options.has("no-frame")], [false, false]);
});

Deno.test("Options.parse() takes a negative number as a value", () => {
  assertEquals(parse("--layers", "-3").number("layers", -5), -3);
  assertEquals(parse("--layers", "-.5").number("layers", -5), -0.5);
  assertEquals(parse("--layers=-2").number("layers", -5), -2);
});

Deno.test("Options.parse() takes all that follows -- as arguments", () => {
  const options = parse("--colour", "red", "--", "--layers", "-x.png", "--colour=");
  assertEquals(options.positional, ["--layers", "-x.png", "--colour="]);
  assertEquals(options.has("layers"), false);
});

Deno.test("Options.parse() refuses an option that the command does not have", () => {
  for (const arg of ["--clour", "--clour=red", "-x", "--no-colour", "--toString"]) {
    const message = refusal(() => parse(arg));
    assertStringIncludes(message, `There is no option ${arg.split("=")[0]};`);
  }
});

Deno.test("Options.parse() refuses an option without its value", () => {
  for (const args of [["--colour"], ["--colour="], ["--colour", "--no-frame"]]) {
    assertEquals(refusal(() => parse(...args)), "--colour needs a value: --colour NAME.");
  }
});

Deno.test("Options.parse() refuses a switch with a value, and a value given twice", () => {
  assertEquals(refusal(() => parse("--no-frame=1")), "--no-frame takes no value; give it alone.");
  assertEquals(refusal(() => parse("--layers", "1", "--layers=2")), "--layers was given 2 times.");
});

Deno.test("Options.parse() prints each option for --help", () => {
  const { log } = console;
  let text = "";
  console.log = (line: string) => text += line;
  try {
    assertEquals(Options.parse(SPEC, ["--help"]), null);
  } finally {
    console.log = log;
  }
  for (const [name, { help }] of Object.entries(SPEC.options)) {
    assertStringIncludes(text, `--${name}`);
    assertStringIncludes(text, help);
  }
});

Deno.test("Options.required() names what is missing", () => {
  assertEquals(refusal(() => parse().required("colour")), "--colour is missing; see --help.");
  assertEquals(parse("--colour", "red").required("colour"), "red");
});

Deno.test("Options.choice() lists the words that it takes", () => {
  assertEquals(parse("--colour", "red").choice("colour", ["red", "blue"]), "red");
  assertEquals(
    refusal(() => parse("--colour", "pink").choice("colour", ["red", "blue"])),
    '--colour must be one of red, blue, not "pink".',
  );
});

Deno.test("Options.number() and integer() refuse what is no such number, or too small", () => {
  for (const text of ["many", " ", "1e999", "-1", "0x"]) {
    const message = refusal(() => parse(`--layers=${text}`).number("layers", 0));
    assertEquals(message, `--layers must be a number of at least 0, not "${text}".`);
  }
  assertEquals(parse("--layers", "1.5").number("layers", 0), 1.5);
  assertEquals(
    refusal(() => parse("--layers", "1.5").integer("layers", 0)),
    '--layers must be a whole number, not "1.5".',
  );
});
