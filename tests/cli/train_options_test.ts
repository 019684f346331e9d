import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Options } from "../../src/cli/options.ts";
import {
  cacheOf,
  configurationOf,
  conflicts,
  isSynthetic,
  runName,
  TRAIN,
} from "../../src/cli/train_options.ts";
import { lambdaAt } from "../../src/heads/annealing.ts";
import type { TrainingConfiguration } from "../../src/sphereface/configuration.ts";

function parse(...args: string[]): Options {
  return Options.parse(TRAIN, args)!;
}

function configuration(...args: string[]): TrainingConfiguration {
  return configurationOf(parse(...args));
}

/** Options whose help tells a default that can be given as it stands. */
const TOLD: readonly [option: string, folder: string, synthetic: string][] = Object.entries(
  TRAIN.options,
).flatMap(([option, { help }]) => {
  const match = /default ([\w.]+)(?:; synthetic ([\w.]+))?\)/.exec(help);
  if (match === null) return [];
  const [, folder, synthetic = folder] = match;
  return [[option, folder!, synthetic!]];
});

Deno.test("configurationOf() has the defaults that --help tells", () => {
  const compared = TOLD.map(([option]) => option).filter((option) =>
    !["out", "checkpoint-every", "cache-limit"].includes(option)
  );
  for (const option of ["size", "batch", "iterations", "lr", "holdout", "images", "lambda-base"]) {
    assert(compared.includes(option), option);
  }
  for (const [option, folder, synthetic] of TOLD) {
    if (!compared.includes(option)) continue;
    assertEquals(configuration(`--${option}`, synthetic), configuration(), `synthetic ${option}`);
    if (["identities", "images"].includes(option)) continue;
    const data = ["--data", "faces"];
    assertEquals(configuration(...data, `--${option}`, folder), configuration(...data), option);
  }
});

Deno.test("configurationOf() fits learning rate and λ to the length of the run", () => {
  for (const iterations of [10, 300, 28_000]) {
    const { schedule, annealing } = configuration("--iterations", String(iterations));
    assertEquals(schedule.steps, [0.6 * iterations, Math.round(0.85 * iterations)]);
    assertEquals([annealing.base, annealing.power, annealing.minimum], [1000, 1, 5]);
    assertAlmostEquals(lambdaAt(annealing, 0.6 * iterations), 5, 1e-9);
    assert(lambdaAt(annealing, 0.6 * iterations - 1) > 5);
  }
});

Deno.test("configurationOf() trains on synthetic faces unless a folder is given", () => {
  const synthetic = configuration();
  assertEquals(synthetic.data, "synthetic");
  assert(synthetic.syntheticIdentities > synthetic.holdout && synthetic.syntheticImages > 0);
  const folder = configuration("--data", "faces");
  assertEquals([folder.data, folder.holdout], ["faces", 0]);
  assertEquals([folder.syntheticIdentities, folder.syntheticImages], [0, 0]);
  assertEquals([isSynthetic(synthetic), isSynthetic(folder)], [true, false]);
});

Deno.test("configurationOf() takes every option", () => {
  // deno-fmt-ignore
  const given = configuration(
    "--data", "dir", "--net", "64-caffe", "--head", "modified", "--margin", "2",
    "--gradient", "caffe", "--size", "112x96", "--batch", "7", "--accumulate", "3", "--recompute", "--precision", "f16", "--iterations", "28000",
    "--lr", "0.1", "--lr-steps", "16000,24000", "--momentum", "0.8", "--weight-decay", "0",
    "--update", "pytorch", "--lambda-base", "1500", "--lambda-min", "0", "--lambda-power", "2",
    "--lambda-gamma", "0.12", "--no-flip", "--seed", "42", "--holdout", "5", "--min-images", "3", "--exclude", "lfw,mine.txt",
  );
  assertEquals(given, {
    data: "dir",
    net: "64-caffe",
    size: { height: 112, width: 96 },
    head: "modified",
    margin: 2,
    gradient: "caffe",
    annealing: { base: 1500, gamma: 0.12, power: 2, minimum: 0 },
    batch: 7,
    accumulate: 3,
    recompute: true,
    precision: "f16",
    iterations: 28_000,
    schedule: { base: 0.1, steps: [16_000, 24_000], factor: 0.1 },
    momentum: 0.8,
    weightDecay: 0,
    update: "pytorch",
    flip: false,
    seed: 42,
    holdout: 5,
    minImages: 3,
    exclude: ["lfw", "mine.txt"],
    syntheticIdentities: 0,
    syntheticImages: 0,
  });
  const synthetic = configuration("--identities", "9", "--images", "3");
  assertEquals([synthetic.syntheticIdentities, synthetic.syntheticImages], [9, 3]);
});

Deno.test("configurationOf() refuses bad values, naming option and value", () => {
  const table: readonly [args: string[], error: typeof Error, message: string][] = [
    [["--net", "5"], RangeError, 'There is no net "5"; choose one of 4, 10, 20, 36, 64, 64-caffe.'],
    [
      ["--head", "cosface"],
      RangeError,
      '--head must be one of softmax, modified, asoftmax, not "cosface".',
    ],
    [["--margin", "5"], RangeError, "--margin must be 1, 2, 3 or 4, not 5."],
    [["--margin", "0"], RangeError, '--margin must be a number of at least 1, not "0".'],
    [["--margin", "1.5"], RangeError, '--margin must be a whole number, not "1.5".'],
    [["--gradient", "x"], RangeError, '--gradient must be one of exact, caffe, not "x".'],
    [["--size", "112"], RangeError, 'The size "112" must be HEIGHTxWIDTH in pixels'],
    [["--batch", "0"], RangeError, '--batch must be a number of at least 1, not "0".'],
    [["--accumulate", "0"], RangeError, '--accumulate must be a number of at least 1, not "0".'],
    [["--precision", "f8"], RangeError, '--precision must be one of f32, f16, not "f8".'],
    [["--batch", "many"], RangeError, '--batch must be a number of at least 1, not "many".'],
    [["--iterations", "2.5"], RangeError, '--iterations must be a whole number, not "2.5".'],
    [["--lr=-1"], RangeError, '--lr must be a number of at least 0, not "-1".'],
    [["--lr", "1e999"], RangeError, '--lr must be a number of at least 0, not "1e999".'],
    [["--lr-steps", "6,x"], RangeError, "--lr-steps takes whole numbers with commas"],
    [["--lr-steps", "6,,7"], RangeError, "--lr-steps takes whole numbers with commas"],
    [["--lr-steps", "6.5"], RangeError, 'such as 600,850, not "6.5".'],
    [["--update", "adam"], RangeError, '--update must be one of caffe, pytorch, not "adam".'],
    [["--lambda-min", "0"], RangeError, "--lambda-min 0 is never reached"],
    [["--data", "x", "--exclude", "lfw,,"], TypeError, "--exclude takes lists with commas"],
    [["--exclude", "lfw"], TypeError, "--exclude takes a set of images"],
    [["--seed", "x"], RangeError, '--seed must be a number of at least 0, not "x".'],
    [["--holdout=-1"], RangeError, '--holdout must be a number of at least 0, not "-1".'],
    [["--identities", "1"], RangeError, '--identities must be a number of at least 2, not "1".'],
    [
      ["--data", "dir", "--images", "4"],
      TypeError,
      "--images belongs to the synthetic set; leave it out with --data dir.",
    ],
  ];
  for (const [args, error, message] of table) {
    assertThrows(() => configuration(...args), error, message);
  }
});

Deno.test("conflicts() names what was given and differs, with both values", () => {
  const checkpoint = configuration(
    ...["--data", "dir", "--lr", "0.1", "--no-flip", "--size", "56x48", "--iterations", "1200"],
  );
  const of = (...args: string[]) => conflicts(parse(...args), configuration(...args), checkpoint);
  assertEquals(of(), []);
  assertEquals(of("--data", "dir", "--lr", "0.10", "--no-flip", "--momentum", "0.9"), []);
  // What was not given is taken from the checkpoint, the data too.
  assertEquals(of("--out", "there", "--resume", "--json"), []);
  assertEquals(of("--lr", "0.2"), ["--lr: 0.1, 0.2"]);
  assertEquals(of("--data", "other", "--net", "20", "--lr-steps", "5", "--size", "32x32"), [
    '--data: "dir", "other"',
    '--net: "4", "20"',
    '--size: {"height":56,"width":48}, {"height":32,"width":32}',
    "--lr-steps: [720,1020], [5]",
  ]);
  assertEquals(conflicts(parse("--no-flip"), configuration("--no-flip"), configuration()), [
    "--no-flip: true, false",
  ]);
});

Deno.test("conflicts() compares every setting of a run", () => {
  // deno-fmt-ignore
  const changes: readonly [option: string, value: string][] = [
    ["net", "10"], ["head", "softmax"], ["margin", "3"], ["gradient", "caffe"],
    ["size", "64x64"], ["batch", "3"], ["accumulate", "2"], ["precision", "f16"], ["iterations", "9"], ["lr", "7"], ["lr-steps", "1"],
    ["momentum", "0.5"], ["weight-decay", "0.1"], ["update", "pytorch"], ["lambda-base", "9"],
    ["lambda-min", "2"], ["lambda-power", "2"], ["lambda-gamma", "3"], ["seed", "9"],
    ["holdout", "3"], ["min-images", "5"], ["jitter", "4"], ["identities", "7"], ["images", "2"],
  ];
  const checkpoint = configuration();
  for (const [option, value] of changes) {
    const args = [`--${option}`, value];
    const found = conflicts(parse(...args), configuration(...args), checkpoint);
    assertEquals(found.length, 1, option);
    assert(found[0]!.startsWith(`--${option}: `), found[0]);
  }
  // These are no settings of the run; all others are compared.
  const free = [
    "out",
    "checkpoint-every",
    "resume",
    "json",
    "no-flip",
    "data",
    "exclude", // of sets of images alone, see below
    "root",
    "cache",
    "cache-limit",
    "weights",
    "recompute",
    "no-tune",
  ];
  const compared = changes.map(([option]) => option);
  assertEquals([...compared, ...free].sort(), Object.keys(TRAIN.options).sort());
  const args = ["--data", "x", "--exclude", "lfw"];
  const found = conflicts(parse(...args), configuration(...args), configuration("--data", "x"));
  assertEquals(found, ['--exclude: none, ["lfw"]']);
  const list = ["--data", "x.txt", "--root", "here"];
  const other = configuration("--data", "x.txt", "--root", "there");
  assertEquals(conflicts(parse(...list), configuration(...list), other), [
    '--root: "there", "here"',
  ]);
  const none = conflicts(parse("--jitter", "0"), configuration("--jitter", "0"), checkpoint);
  assertEquals(none, []);
});

Deno.test("runName() tells data, net, head, margin and size", () => {
  assertEquals(runName(configuration()), "synthetic-net4-asoftmax4-48x40");
  const folder = configuration("--data", "../a/b/faces/train/", "--head", "softmax", "--net", "20");
  assertEquals(runName(folder), "faces-train-net20-softmax-56x48");
});

Deno.test("cacheOf() reads the cache's folder and limit", () => {
  assertEquals(cacheOf(parse()), null);
  assertEquals(cacheOf(parse("--cache", "c")), { dir: "c" });
  const limited = cacheOf(parse("--cache", "c", "--cache-limit", "0.5"));
  assertEquals(limited, { dir: "c", maxBytes: 2 ** 29 });
  assertThrows(() => cacheOf(parse("--cache-limit", "1")), TypeError, "belongs to --cache");
  for (const option of ["--cache", "--root"]) {
    assertThrows(() => configuration(option, "x"), TypeError, "give it by --data");
  }
});
