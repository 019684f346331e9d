/** `train`: from faces to a model, with a report of what it learned. */

import { imagesOfEach } from "../data/exclusion.ts";
import { centred } from "../data/crop_windows.ts";
import { BatchLoader } from "../data/loader.ts";
import type { VerificationResult } from "../evaluate/verification.ts";
import { pngDataUri } from "../faces/images/encode_png.ts";
import { Gpu } from "../gpu/gpu.ts";
import { trainingReport } from "../report/training_report.ts";
import type { Checkpoint } from "../sphereface/checkpoint.ts";
import { formatSize, stepImages, type TrainingConfiguration } from "../sphereface/configuration.ts";
import { Diagnosis } from "../sphereface/diagnosis.ts";
import { encodeModel } from "../sphereface/model.ts";
import { type StepReport, Trainer } from "../sphereface/trainer.ts";
import { autoTune } from "./tuning/auto_tune.ts";
import { describe, figures, verifyNet, verifyPixels } from "./holdout.ts";
import { compileStepAhead } from "./tuning/compile_ahead.ts";
import { Options } from "./options.ts";
import { requirePrecision } from "./precision.ts";
import { formatSeconds, Progress } from "./progress.ts";
import { CHECKPOINT, type MetricsLine, MODEL, REPORT, RunDirectory } from "./run_directory.ts";
import { openTrainingData, type TrainingData } from "./train_data.ts";
import {
  cacheOf,
  configurationOf,
  conflicts,
  isSynthetic,
  runName,
  TRAIN,
} from "./train_options.ts";
import { TuningFile, useTuning } from "./tuning/tuning_files.ts";

/** Exit code after Ctrl-C. */
const INTERRUPTED = 130;

/** Sample faces in the report. */
const SAMPLE_FACES = 12;

/** Runs the command; the exit code is 130 after Ctrl-C. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(TRAIN, args);
  if (options === null) return 0;
  if (options.positional.length > 0) {
    throw new TypeError(
      `train takes no argument "${options.positional[0]}"; give the faces by --data.`,
    );
  }
  const checkpointEvery = options.integer("checkpoint-every", 1) ?? 200;
  const { configuration, directory, checkpoint } = await openRun(options);
  using gpu = await Gpu.request();
  say(`${gpu.adapter.name} (${gpu.adapter.class}), run in ${directory.path}`);
  await requirePrecision(gpu, configuration.precision);
  // A run that goes on was looked at when it began.
  const look = checkpoint === null ? { weights: options.text("weights") } : null;
  using data = await openTrainingData(gpu, configuration, cacheOf(options), look);
  for (const remark of data.remarks) say(remark);
  for (const warning of data.warnings) say(`Warning. ${warning}`);
  if (!options.flag("no-tune")) await useChoices(gpu, configuration, data, checkpoint);
  using _ahead = compileStepAhead(gpu, configuration, data.train.identities.length);
  const run = new TrainingRun(gpu, configuration, directory, data, checkpointEvery);
  try {
    return await run.go(checkpoint, options.flag("json"));
  } finally {
    run.dispose();
  }
}

/** Takes up what was measured on this machine, or measures; a run that goes on brings its own choices. */
async function useChoices(
  gpu: Gpu,
  configuration: TrainingConfiguration,
  data: TrainingData,
  checkpoint: Checkpoint | null,
): Promise<void> {
  const file = TuningFile.here();
  await useTuning(gpu, file);
  if (checkpoint !== null) return;
  const done = await autoTune(gpu, configuration, data.train.identities.length, file);
  if (done !== null) say(done);
}

interface OpenedRun {
  readonly configuration: TrainingConfiguration;
  readonly directory: RunDirectory;
  readonly checkpoint: Checkpoint | null;
}

async function openRun(options: Options): Promise<OpenedRun> {
  const asked = configurationOf(options);
  const resume = options.flag("resume");
  const out = options.text("out");
  if (!resume) {
    const directory = await RunDirectory.create(out ?? `runs/${runName(asked)}`, out !== undefined);
    return { configuration: asked, directory, checkpoint: null };
  }
  const directory = await RunDirectory.last(out ?? `runs/${runName(asked)}`, out !== undefined);
  const checkpoint = await directory.readCheckpoint();
  // Settings that were not given come from the checkpoint; those that were must agree with it.
  const unlike = conflicts(options, asked, checkpoint.configuration);
  if (unlike.length > 0) {
    throw new Error(
      `${directory.file(CHECKPOINT)} belongs to a run with other settings (the run's, given): ` +
        `${unlike.join("; ")}. Resume with --resume --out ${directory.path} alone, or start anew.`,
    );
  }
  // A machine with less memory may go on with the run: the values are the same.
  const recompute = asked.recompute || checkpoint.configuration.recompute;
  return { configuration: { ...checkpoint.configuration, recompute }, directory, checkpoint };
}

/** One run of training, from the first measurement to the report. */
class TrainingRun {
  readonly #gpu: Gpu;
  readonly #configuration: TrainingConfiguration;
  readonly #directory: RunDirectory;
  readonly #data: TrainingData;
  readonly #checkpointEvery: number;
  readonly #trainer: Trainer;
  readonly #loader: BatchLoader;
  readonly #diagnosis: Diagnosis;
  readonly #warnings: string[];
  #metrics: MetricsLine[] = [];
  #unwritten: MetricsLine[] = [];
  /** Steps that changed nothing, as a gradient had no room in f16. */
  #skipped = 0;
  #interrupted = false;

  constructor(
    gpu: Gpu,
    configuration: TrainingConfiguration,
    directory: RunDirectory,
    data: TrainingData,
    checkpointEvery: number,
  ) {
    const { size, seed, flip, jitter } = configuration;
    const batch = stepImages(configuration);
    this.#gpu = gpu;
    this.#configuration = configuration;
    this.#directory = directory;
    this.#data = data;
    this.#warnings = [...data.warnings];
    this.#checkpointEvery = checkpointEvery;
    this.#trainer = new Trainer(gpu, configuration, data.train.identities);
    this.#loader = new BatchLoader(data.train, { batch, size, seed, flip, jitter });
    this.#diagnosis = new Diagnosis(data.train.identities.length);
  }

  async go(checkpoint: Checkpoint | null, json: boolean): Promise<number> {
    const { train, holdout } = this.#data;
    const { net, size, head, margin, iterations } = this.#configuration;
    const verifies = holdout.identities.length > 0;
    say(
      `SphereNet-${net} at ${formatSize(size)}, ${head}${
        head === "asoftmax" ? ` m = ${margin}` : ""
      }: ` +
        `${train.labels.length} images of ${train.identities.length} identities` +
        (verifies ? `, ${holdout.identities.length} identities held out` : ""),
    );
    const pixels = verifies ? await verifyPixels(holdout, size) : undefined;
    if (pixels !== undefined) say(describe("raw pixels", pixels));
    const before = await this.#verify("untrained net");
    if (checkpoint !== null) this.#restore(checkpoint);
    this.#metrics = await this.#directory.keepMetrics(this.#trainer.iteration);
    this.#skipped = this.#metrics.filter(({ skipped }) => skipped === true).length;
    const seconds = await this.#train();
    if (this.#interrupted) {
      say(
        `Interrupted after ${this.#trainer.iteration} of ${iterations} iterations. ` +
          `To go on: deno task train --resume --out ${this.#directory.path}`,
      );
      return INTERRUPTED;
    }
    await this.#writeModel();
    const after = await this.#verify("trained net");
    await this.#writeReport({ pixels, before, after, seconds });
    say(`Wrote ${this.#directory.file(MODEL)} and ${REPORT} beside it.`);
    if (json) {
      const last = this.#metrics.at(-1);
      console.log(JSON.stringify({
        out: this.#directory.path,
        iterations: this.#trainer.iteration,
        loss: last?.loss,
        seconds,
        pixels: pixels && figures(pixels),
        before: before && figures(before),
        after: after && figures(after),
        ...(this.#configuration.precision === "f16" && { skippedSteps: this.#skipped }),
        warnings: this.#warnings,
      }));
    }
    return 0;
  }

  dispose(): void {
    this.#loader.dispose();
    this.#trainer[Symbol.dispose]();
  }

  #restore(checkpoint: Checkpoint): void {
    const { identities } = this.#data.train;
    if (identities.join("\n") !== checkpoint.identities.join("\n")) {
      throw new Error(
        `${this.#configuration.data} no longer holds the identities that the run was started with; ` +
          "restore them, or start anew with another --out.",
      );
    }
    this.#trainer.restore(checkpoint);
    this.#loader.seek(checkpoint.iteration);
    say(`Going on after ${checkpoint.iteration} iterations.`);
  }

  /** Trains to the end, or to Ctrl-C; seconds that it took. */
  async #train(): Promise<number> {
    const { iterations } = this.#configuration;
    const first = this.#trainer.iteration;
    const progress = new Progress("iteration", iterations, first);
    const interrupt = () => this.#interrupted = true;
    Deno.addSignalListener("SIGINT", interrupt);
    try {
      while (this.#trainer.iteration < iterations && !this.#interrupted) {
        const batch = await this.#loader.next();
        this.#take(await this.#trainer.step(batch), progress, first);
        if (this.#trainer.iteration % this.#checkpointEvery === 0) {
          await this.#save(progress, first);
        }
      }
      await this.#save(progress, first);
    } finally {
      Deno.removeSignalListener("SIGINT", interrupt);
      progress.end();
    }
    return progress.seconds;
  }

  async #save(progress: Progress, first: number): Promise<void> {
    this.#take(await this.#trainer.finish(), progress, first);
    await this.#directory.appendMetrics(this.#unwritten);
    this.#unwritten = [];
    // An earlier checkpoint is worth more than one of a run that has diverged.
    if (this.#diagnosis.diverged) return;
    await this.#directory.writeCheckpoint(await this.#trainer.checkpoint());
  }

  #take(report: StepReport | null, progress: Progress, first: number): void {
    if (report === null) return;
    const { iteration, loss, lambda, learningRate } = report;
    const imagesPerSecond = (iteration - first) * stepImages(this.#configuration) /
      progress.seconds;
    const line = { ...report, imagesPerSecond };
    this.#metrics.push(line);
    this.#unwritten.push(line);
    if (report.skipped === true) this.#skipped++;
    const warning = this.#diagnosis.hear(iteration, loss, report.skipped);
    if (warning !== null) {
      this.#warnings.push(warning);
      progress.line(`Warning. ${warning}`);
    }
    progress.update(
      iteration,
      `loss ${loss.toFixed(3)}${lambda === null ? "" : `  λ ${lambda.toFixed(1)}`}  ` +
        `lr ${learningRate.toPrecision(2)}  ${imagesPerSecond.toFixed(1)} images/s` +
        (this.#skipped > 0 ? `  ${this.#skipped} skipped` : ""),
    );
  }

  async #verify(label: string): Promise<VerificationResult | undefined> {
    const { holdout } = this.#data;
    if (holdout.identities.length === 0) return undefined;
    const result = await verifyNet(this.#gpu, this.#trainer, holdout, `verifying the ${label}`);
    say(describe(label, result));
    return result;
  }

  async #writeModel(): Promise<void> {
    const { net, size } = this.#configuration;
    await this.#directory.write(
      MODEL,
      encodeModel({
        net,
        size,
        weights: await this.#trainer.parameters.values(),
        identities: this.#data.train.identities,
        configuration: this.#configuration,
      }),
    );
  }

  async #writeReport({ pixels, before, after, seconds }: {
    readonly pixels: VerificationResult | undefined;
    readonly before: VerificationResult | undefined;
    readonly after: VerificationResult | undefined;
    readonly seconds: number;
  }): Promise<void> {
    const { net, size, head, margin } = this.#configuration;
    const html = trainingReport({
      title: this.#directory.path.split(/[\\/]/).at(-1) ?? "training",
      subtitle: `SphereNet-${net} at ${formatSize(size)}, ${head}` +
        (head === "asoftmax" ? ` with m = ${margin}` : "") +
        `, ${this.#data.train.labels.length} images of ${this.#data.train.identities.length} identities`,
      configuration: {
        adapter: `${this.#gpu.adapter.name} (${this.#gpu.adapter.class})`,
        "training time": formatSeconds(seconds),
        ...Object.fromEntries(
          Object.entries(this.#configuration).map((
            [key, value],
          ) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]),
        ),
      },
      metrics: this.#metrics,
      ...(before && { before }),
      ...(after && { after }),
      ...(pixels && { baselines: [{ label: "raw pixels", result: pixels }] }),
      faces: await this.#sampleFaces(),
      imagesPerIdentity: imagesOfEach(this.#data.train),
      notes: [...this.#data.remarks, ...this.#precisionRemarks()],
      warnings: this.#warnings,
    });
    await this.#directory.write(REPORT, html);
  }

  #precisionRemarks(): string[] {
    const scale = this.#metrics.at(-1)?.lossScale;
    if (scale === undefined) return [];
    return [
      `Feature maps and their gradients were stored in f16. ${this.#skipped} of ` +
      `${this.#metrics.length} steps were skipped, as a gradient had no room; the loss was multiplied by ` +
      `${scale} in the end.`,
    ];
  }

  /** The first image of some identities, as the net sees them. */
  async #sampleFaces(): Promise<{ uri: string; caption: string }[]> {
    const { train } = this.#data;
    const { size, jitter = 0 } = this.#configuration;
    const indices = Array.from(train.labels.keys())
      .filter((index) => train.labels[index] !== train.labels[index - 1])
      .slice(0, SAMPLE_FACES);
    const pixels = await centred(train, jitter).read(indices, size);
    const bytes = size.height * size.width * 3;
    return indices.map((index, i) => ({
      uri: pngDataUri(pixels.subarray(i * bytes, (i + 1) * bytes), size.height, size.width),
      caption: isSynthetic(this.#configuration) ? "" : train.identities[train.labels[index]!]!,
    }));
  }
}

/** People read standard error; standard output is for `--json`. */
function say(text: string): void {
  console.error(text);
}
