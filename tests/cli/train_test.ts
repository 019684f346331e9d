import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { decodeCheckpoint } from "../../src/sphereface/checkpoint.ts";
import { decodeModel } from "../../src/sphereface/model.ts";
import { run, runTask, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";

/** Faces in `faces/`, six pictures of each person. */
function faces(people: number): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: people * 6 }, (_, i) => {
      const [person, image] = [Math.floor(i / 6), i % 6];
      return [`faces/p${person}/${image}.png`, pngFace(person, image)];
    }),
  );
}

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

interface Line {
  readonly iteration: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly lambda: number | null;
  readonly learningRate: number;
}

/** What `metrics.jsonl` says of training, without the time that it took. */
async function metrics(out: string): Promise<Line[]> {
  const text = await Deno.readTextFile(join(out, "metrics.jsonl"));
  return text.trimEnd().split("\n").map((line) => {
    const { imagesPerSecond, ...rest } = JSON.parse(line);
    assert(imagesPerSecond > 0);
    return rest;
  });
}

Deno.test("train leaves a model, metrics, a checkpoint and a report, past damaged images", async () => {
  const files = {
    ...faces(4),
    "faces/p1/cut.jpg": truncated(await jpegFace(1, 9)),
    "faces/p2/cut.png": truncated(pngFace(2, 9)),
    "faces/p3/text.jpg": "a text file",
  };
  await withFiles(files, async (dir) => {
    const [data, path] = [join(dir, "faces"), join(dir, "new", "run")];
    // deno-fmt-ignore
    const { code, out, err } = await runTask(
      "train", "--data", data, "--size", "32x32", "--batch", "8", "--iterations", "6",
      "--holdout", "2", "--seed", "3", "--out", path, "--json",
    );
    assertEquals(code, 0, err);
    assertEquals(await names(path), [
      "checkpoint.safetensors",
      "metrics.jsonl",
      "model.safetensors",
      "report.html",
    ]);

    const [result, ...more] = out.split("\n").map((line) => JSON.parse(line));
    assertEquals(more, []);
    assertEquals([result.out, result.iterations, result.warnings], [path, 6, []]);
    for (const when of ["pixels", "before", "after"]) {
      const { accuracy, equalErrorRate, trueAcceptRate, angularFisherScore } = result[when];
      for (const rate of [accuracy, equalErrorRate, trueAcceptRate["1e-2"]]) {
        assert(rate >= 0 && rate <= 1, `${when}: ${rate}`);
      }
      assert(Number.isFinite(angularFisherScore) && "1e-3" in trueAcceptRate);
    }
    assertNotEquals(result.before.angularFisherScore, result.after.angularFisherScore);

    const lines = await metrics(path);
    assertEquals(lines.map(({ iteration }) => iteration), [1, 2, 3, 4, 5, 6]);
    assertEquals(lines.at(-1)!.loss, result.loss);
    assert(lines.every(({ loss, lambda }) => loss > 0 && lambda! >= 5));
    assertEquals(lines.map(({ learningRate }) => learningRate.toPrecision(2)), [
      ...["0.050", "0.050", "0.050", "0.050"],
      ...["0.0050", "0.00050"],
    ]);

    const model = decodeModel(await Deno.readFile(join(path, "model.safetensors")), "model");
    assertEquals([model.net, model.size, model.identities!.length], [
      "4",
      { height: 32, width: 32 },
      2,
    ]);
    assertEquals([model.configuration!.seed, model.configuration!.data], [3, data]);
    const checkpoint = decodeCheckpoint(
      await Deno.readFile(join(path, "checkpoint.safetensors")),
      "checkpoint",
    );
    assertEquals(checkpoint.iteration, 6);
    assertEquals(checkpoint.weights.get("fc1.bias"), model.weights.get("fc1.bias"));

    const report = await Deno.readTextFile(join(path, "report.html"));
    for (
      const part of [
        "SphereNet-4 at 32x32, asoftmax with m = 4, 12 images of 2 identities",
        "Verification of people not trained on",
        "3 of 27 images were skipped",
        "<svg",
        "data:image/png;base64,",
      ]
    ) assertStringIncludes(report, part);

    assertStringIncludes(err, "3 of 27 images were skipped:");
    for (const name of ["p1/cut.jpg is ", "p2/cut.png is ", "p3/text.jpg is "]) {
      assertStringIncludes(err, `\n  ${name}`);
    }
    assertMatch(err, /12 images of 2 identities, 2 identities held out/);
    for (const label of ["raw pixels", "untrained net", "trained net"]) {
      assertMatch(err, new RegExp(`^${label} +accuracy `, "m"));
    }
    assertMatch(err, /^iteration 6\/6 {2}loss \d/m);
    await refusesThisRun(path, data);
  });
});

/** A finished run is neither written over nor resumed with other settings. */
async function refusesThisRun(path: string, data: string): Promise<void> {
  const model = await Deno.readFile(join(path, "model.safetensors"));
  const again = await run("train", "--data", data, "--out", path);
  assertEquals([again.code, again.out], [1, ""]);
  assertEquals(
    again.err,
    `spheregrad train: ${path} holds a run already; give another --out, or --resume to go on with it.`,
  );
  const other = await run("train", "--resume", "--out", path, "--lr", "0.1", "--no-flip");
  assertEquals([other.code, other.out], [1, ""]);
  assertEquals(
    other.err,
    `spheregrad train: ${join(path, "checkpoint.safetensors")} belongs to a run with other ` +
      "settings (the run's, given): --lr: 0.05, 0.1; --no-flip: true, false. " +
      `Resume with --resume --out ${path} alone, or start anew.`,
  );
  assertEquals(await Deno.readFile(join(path, "model.safetensors")), model);
}

Deno.test("train goes on after Ctrl-C, bit for bit as if it had never been interrupted", async () => {
  await withFiles(faces(3), async (dir) => {
    const [cut, whole] = [join(dir, "cut"), join(dir, "whole")];
    // deno-fmt-ignore
    const settings = [
      "--data", join(dir, "faces"), "--size", "16x16", "--batch", "4", "--iterations", "20",
    ];
    const child = new Deno.Command("deno", {
      // deno-fmt-ignore
      args: [
        "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "src/cli/main.ts",
        "train", ...settings, "--checkpoint-every", "3", "--out", cut,
      ],
      cwd: fromFileUrl(new URL("../../", import.meta.url)),
      env: { XDG_RUNTIME_DIR: "/", NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const ended = child.output();
    await appears(join(cut, "checkpoint.safetensors"), ended);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 130, err);
    const [, done] = /^Interrupted after (\d+) of 20 iterations/m.exec(err)!;
    assert(Number(done) >= 3 && Number(done) < 20, err);
    assertStringIncludes(err, `To go on: deno task train --resume --out ${cut}`);
    assertEquals((await metrics(cut)).length, Number(done));
    assertEquals(await names(cut), ["checkpoint.safetensors", "metrics.jsonl"]);

    const resumed = await run("train", "--resume", "--out", cut);
    assertEquals(resumed.code, 0, resumed.err);
    assertStringIncludes(resumed.err, `Going on after ${done} iterations.`);
    const straight = await run("train", ...settings, "--out", whole);
    assertEquals(straight.code, 0, straight.err);
    assertEquals(await metrics(cut), await metrics(whole));
    assertEquals(
      await Deno.readFile(join(cut, "model.safetensors")),
      await Deno.readFile(join(whole, "model.safetensors")),
    );
    assert((await names(cut)).includes("report.html"));
  });
});

/** Waits for a file, or for the process that should write it to end. */
async function appears(path: string, ended: Promise<unknown>): Promise<void> {
  let running = true;
  ended.finally(() => running = false);
  while (running) {
    const found = await Deno.stat(path).then(() => true, () => false);
    if (found) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("train warns of a run that diverges, and writes no checkpoint of it", async () => {
  await withFiles(faces(3), async (dir) => {
    const [data, path] = [join(dir, "faces"), join(dir, "run")];
    // deno-fmt-ignore
    const { code, out, err } = await run(
      "train", "--data", data, "--size", "16x16", "--batch", "2", "--iterations", "3",
      "--head", "softmax", "--lr", "1e6", "--out", path, "--json",
    );
    assertEquals(code, 0, err);
    const { warnings } = JSON.parse(out);
    assert(warnings.length >= 1 && warnings.length <= 2, `${warnings}`);
    assertMatch(warnings[0], /^Iteration \d: the loss is .*Lower --lr/);
    assertStringIncludes(await Deno.readTextFile(join(path, "report.html")), "Lower --lr");
    assertEquals((await metrics(path)).map(({ lambda }) => lambda), [null, null, null]);
    await assertRejects(
      () => Deno.stat(join(path, "checkpoint.safetensors")),
      Deno.errors.NotFound,
    );
  });
});

Deno.test("train doesn't go on with other identities", async () => {
  await withFiles(faces(3), async (dir) => {
    const [data, path] = [join(dir, "faces"), join(dir, "run")];
    // deno-fmt-ignore
    const { code, err } = await run(
      "train", "--data", data, "--size", "16x16", "--batch", "2", "--iterations", "1", "--out", path,
    );
    assertEquals(code, 0, err);
    await Deno.rename(join(data, "p2"), join(data, "p3"));
    const resumed = await run("train", "--resume", "--out", path);
    assertEquals(resumed.code, 1);
    assertStringIncludes(
      resumed.err,
      `spheregrad train: ${data} no longer holds the identities that the run was started with; ` +
        "restore them, or start anew with another --out.",
    );
  });
});

Deno.test("train takes several batches as one step, and saves memory where it goes on", async () => {
  await withFiles(faces(3), async (dir) => {
    const [whole, parts] = [join(dir, "whole"), join(dir, "parts")];
    const settings = ["--data", join(dir, "faces"), "--size", "16x16", "--iterations", "2"];
    for (
      const [out, ...args] of [
        [whole, "--batch", "6"],
        [parts, "--batch", "2", "--accumulate", "3"],
      ] as const
    ) {
      const { code, err } = await run("train", ...settings, ...args, "--out", out);
      assertEquals(code, 0, err);
    }
    const [one, many] = [await metrics(whole), await metrics(parts)];
    assertEquals(many.map(({ iteration }) => iteration), [1, 2]);
    many.forEach(({ loss, accuracy, lambda, learningRate }, step) => {
      const expected = one[step]!;
      assertAlmostEquals(loss, expected.loss, 1e-5 * expected.loss);
      assertAlmostEquals(accuracy, expected.accuracy, 1e-6);
      assertEquals([lambda, learningRate], [expected.lambda, expected.learningRate]);
    });

    const other = await run("train", "--resume", "--out", parts, "--accumulate", "2");
    assertEquals(other.code, 1);
    assertStringIncludes(other.err, "(the run's, given): --accumulate: 3, 2.");
    const again = await run("train", "--resume", "--out", parts, "--recompute");
    assertEquals(again.code, 0, again.err);
    const bytes = await Deno.readFile(join(parts, "model.safetensors"));
    const { accumulate, recompute } = decodeModel(bytes, "model").configuration!;
    assertEquals([accumulate, recompute], [3, true]);
  });
});

Deno.test("train draws its own faces where no folder is given", async () => {
  await withFiles({}, async (dir) => {
    const path = join(dir, "run");
    // deno-fmt-ignore
    const { code, out, err } = await run(
      "train", "--identities", "6", "--images", "4", "--holdout", "3", "--size", "16x16",
      "--batch", "4", "--iterations", "2", "--out", path, "--json",
    );
    assertEquals(code, 0, err);
    const { pixels, before, after } = JSON.parse(out);
    for (const { accuracy } of [pixels, before, after]) assert(accuracy > 0 && accuracy <= 1);
    const bytes = await Deno.readFile(join(path, "model.safetensors"));
    const { identities, configuration } = decodeModel(bytes, "model");
    assertEquals([identities!.length, configuration!.data], [3, "synthetic"]);
  });
});

Deno.test("train ends on bad input with one sentence, and code 1", async () => {
  const files = {
    "empty/.keep": "",
    "hidden/p1/notes.txt": "no image",
    "one/p1/1.png": pngFace(1, 1),
    "loose/1.png": pngFace(1, 1),
    "bad/p1/1.png": "text",
    "bad/p2/1.png": truncated(pngFace(2, 1)),
    "two/p1/1.png": pngFace(1, 1),
    "two/p2/1.png": pngFace(2, 1),
    "cut/checkpoint.safetensors": "no checkpoint",
  };
  await withFiles(files, async (dir) => {
    const at = (name: string) => join(dir, name);
    const table: readonly [args: string[], ...parts: string[]][] = [
      [["--data", at("empty")], at("empty")],
      [["--data", at("hidden")], at("hidden")],
      [["--data", at("one")], `${at("one")} holds only one identity, p1; at least 2 are needed.`],
      [["--data", at("loose")], `${at("loose")} holds 1 image itself`],
      [["--data", at("bad")], `None of the 2 images in ${at("bad")} can be decoded`],
      [
        ["--data", at("loose/1.png")],
        `${at("loose/1.png")} looks like one PNG image; give the folder`,
      ],
      [["--data", at("none")], `There is no folder or file ${at("none")}.`],
      [["--data", at("two"), "--holdout", "2"], "holding 2 out leaves 0 to train on"],
      [["--date", at("two")], "There is no option --date"],
      [["--data"], "--data needs a value: --data SET."],
      [[at("two")], `train takes no argument "${at("two")}"; give the faces by --data.`],
      [["--batch", "none"], '--batch must be a number of at least 1, not "none".'],
      [["--iterations=-1"], '--iterations must be a number of at least 0, not "-1".'],
      [["--size", "1x1"], 'The size "1x1" must be HEIGHTxWIDTH'],
      [["--checkpoint-every", "0.5"], "--checkpoint-every must be a number of at least 1"],
      [["--resume", "--out", at("none")], `There is no checkpoint to go on from: ${at("none")}`],
      [["--resume", "--out", at("cut")], `${at("cut/checkpoint.safetensors")} is not a whole`],
    ];
    for (const [args, ...parts] of table) {
      const out = args.includes("--resume") ? [] : ["--out", at("run")];
      const data = args.includes("--data") || args.includes("--resume")
        ? []
        : ["--data", at("two")];
      const { code, out: printed, err } = await run("train", ...args, ...data, ...out);
      assertEquals([code, printed], [1, ""], `${args}: ${err}`);
      // Before it stand the adapter and the run's folder alone.
      const lines = err.split("\n").filter((line) => !line.includes(", run in "));
      assertEquals(lines.length, 1, err);
      for (const part of ["spheregrad train: ", ...parts]) assertStringIncludes(lines[0]!, part);
    }
  });
});

Deno.test("train --help shows its options", async () => {
  const { code, out, err } = await run("train", "--help");
  assertEquals([code, err], [0, ""]);
  assertMatch(out, /^deno task train \[--data SET\]/);
  assertMatch(out, /^ {2}--lambda-gamma X +speed of λ's fall/m);
});
