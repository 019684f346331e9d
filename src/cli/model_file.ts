/** Finding and reading the model that `--model` names. */

import { join } from "@std/path";
import { decodeSafetensors } from "../formats/safetensors.ts";
import { formatSize } from "../sphereface/configuration.ts";
import { decodeModel, type Model } from "../sphereface/model.ts";
import { readInput } from "./read_input.ts";
import { CHECKPOINT, MODEL } from "./run_directory.ts";

/** A model and where it came from. */
export interface ModelFile {
  /** Path of the file. */
  readonly path: string;
  /** What it holds. */
  readonly model: Model;
}

/**
 * Reads a model.
 *
 * @param path A `model.safetensors`, or the folder of a run that holds one.
 * @throws {Error} if there is none.
 * @throws {SyntaxError} if the file is no whole model.
 */
export async function openModel(path: string): Promise<ModelFile> {
  const file = await locate(path);
  const bytes = await readInput(file, "model");
  const { format } = decodeSafetensors(bytes, file).metadata;
  if (format?.startsWith("spheregrad checkpoint")) {
    throw new SyntaxError(
      `${file} is a checkpoint, which training goes on from, not a model; ` +
        `give the ${MODEL} that training writes when it ends.`,
    );
  }
  try {
    return { path: file, model: decodeModel(bytes, file) };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith(file)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`${file} is damaged or was edited: ${reason}`, { cause: error });
  }
}

/** `SphereNet-20 at 112x96 (runs/mine/model.safetensors)`. */
export function describeModel({ path, model }: ModelFile): string {
  return `SphereNet-${model.net} at ${formatSize(model.size)} (${path})`;
}

async function locate(path: string): Promise<string> {
  const stands = await Deno.stat(path).catch(() => null);
  if (!stands?.isDirectory) return path;
  const file = join(path, MODEL);
  if (await exists(file)) return file;
  if (await exists(join(path, CHECKPOINT))) {
    throw new Error(
      `${path} holds no ${MODEL} yet, as its training has not ended; ` +
        `deno task train --resume --out ${path} goes on with it.`,
    );
  }
  throw new Error(`The folder ${path} holds no ${MODEL}; give a model's file or a run's folder.`);
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
