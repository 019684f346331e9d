/**
 * Where MTCNN's weights come from: a folder, a file, an address, or the authors' repository, once and only when
 * asked for by name. The package has none of its own.
 */

import { dirname, join } from "@std/path";
import { decodeMtcnnWeights, type MtcnnFile } from "../faces/mtcnn/weights.ts";
import type { NamedValues } from "../nn/parameters.ts";
import { explainRead, readInput } from "./read_input.ts";
import { tuningPath, type TuningSystem } from "./tuning/tuning_files.ts";
import { reasonOf, writeWhole } from "./write_whole.ts";

/** What {@linkcode loadMtcnnWeights} needs of the world; tests put their own here. */
export interface MtcnnWeightsSystem {
  /** The environment that tells the cache folder; this process's if left out. */
  readonly environment?: TuningSystem;
  /** Fetches an address; the built-in `fetch` if left out. */
  readonly fetch?: (url: string) => Promise<Response>;
}

/** The word that asks for the download. */
export const DOWNLOAD = "download";

/** The folder of the authors' repository that holds MTCNN v1; they gave it the MIT licence. */
export const AUTHORS_FOLDER =
  "https://raw.githubusercontent.com/kpzhang93/MTCNN_face_detection_alignment/master/code/codes/MTCNNv1/model/";

/** The authors' files with their SHA-256. */
export const AUTHORS_FILES: readonly { readonly name: string; readonly sha256: string }[] = [
  {
    name: "det1.caffemodel",
    sha256: "d6085e7f48ba7e6b6f1b58964595f6bce5b97bcc4866751f7b4bdc98f920c096",
  },
  {
    name: "det2.caffemodel",
    sha256: "39b20f7a57bb8176cc9466cea4dfd52da6a6f876de60c7ab222a309f2d0ca08c",
  },
  {
    name: "det3.caffemodel",
    sha256: "9d6098829a4d6d318f37cec42142465637fafe4c673f2e93b69495bf7ca23d2d",
  },
];

/** Files that a folder may hold, the first that are there count. */
const SETS: readonly (readonly string[])[] = [
  AUTHORS_FILES.map(({ name }) => name),
  ["det1.npy", "det2.npy", "det3.npy"],
  ["mtcnn.safetensors"],
];

const HOW =
  "give --weights a folder with det1.caffemodel, det2.caffemodel and det3.caffemodel (or .npy), " +
  `a safetensors file or an address of them, or --weights ${DOWNLOAD} to fetch the authors' files once`;

/**
 * The weights that `--weights` names.
 *
 * @param where A folder, a safetensors file, the http(s) address of either, or {@linkcode DOWNLOAD}; if left out,
 *   what was downloaded before.
 * @throws {Error} where there are none, or they are damaged, in a sentence with the remedy.
 */
export async function loadMtcnnWeights(
  where: string | undefined,
  system: MtcnnWeightsSystem = {},
): Promise<NamedValues> {
  if (where === DOWNLOAD) return await fromFolder(await downloadMtcnnWeights(system));
  if (where !== undefined && /^https?:\/\//.test(where)) return await fromAddress(where, system);
  if (where !== undefined) {
    const info = await Deno.stat(where).catch((error) => {
      throw explainRead(where, "folder or file of MTCNN weights", error);
    });
    if (info.isDirectory) return await fromFolder(where);
    return decodeMtcnnWeights([{ name: where, bytes: await readInput(where, "file of weights") }]);
  }
  const folder = mtcnnCacheFolder(system.environment);
  const there = folder !== null && await Deno.stat(folder).then(() => true, () => false);
  if (!there) throw new Error(`MTCNN's weights are not here: ${HOW}.`);
  return await fromFolder(folder);
}

/** Where a download is kept; null where the environment does not tell the cache folder. */
export function mtcnnCacheFolder(environment?: TuningSystem): string | null {
  const path = tuningPath(environment);
  return path === null ? null : join(dirname(path), "mtcnn");
}

/**
 * Fetches the authors' files into the user's cache folder, those that are not there whole already, and verifies
 * the SHA-256 of each.
 *
 * @returns The folder.
 * @throws {Error} if one cannot be fetched, is not what the authors published, or cannot be kept.
 */
export async function downloadMtcnnWeights(
  { environment, fetch: get = fetch }: MtcnnWeightsSystem = {},
): Promise<string> {
  const folder = mtcnnCacheFolder(environment);
  if (folder === null) {
    throw new Error(
      "The environment names no cache folder for MTCNN's weights; set XDG_CACHE_HOME, or fetch the files from " +
        `${AUTHORS_FOLDER} and give their folder to --weights.`,
    );
  }
  await Deno.mkdir(folder, { recursive: true }).catch((error) => {
    throw new Error(
      `The folder ${folder} for MTCNN's weights cannot be made (${
        reasonOf(error)
      }); set XDG_CACHE_HOME to another.`,
    );
  });
  for (const { name, sha256 } of AUTHORS_FILES) {
    const path = join(folder, name);
    const stands = await Deno.readFile(path).catch(() => null);
    if (stands !== null && await hashOf(stands) === sha256) continue;
    const bytes = await fetchBytes(`${AUTHORS_FOLDER}${name}`, get);
    const found = await hashOf(bytes);
    if (found !== sha256) {
      throw new Error(
        `${AUTHORS_FOLDER}${name} is not the file that the authors published (SHA-256 ${found}, not ${sha256}); ` +
          "nothing was kept of it. Try again, or get the file elsewhere and give its folder to --weights.",
      );
    }
    await writeWhole(path, bytes);
  }
  return folder;
}

async function fromFolder(folder: string): Promise<NamedValues> {
  for (const names of SETS) {
    const paths = names.map((name) => join(folder, name));
    const there = await Promise.all(paths.map((path) => Deno.stat(path).catch(() => null)));
    if (there.every((info) => info === null)) continue;
    return decodeMtcnnWeights(
      await Promise.all(paths.map(async (path): Promise<MtcnnFile> => ({
        name: path,
        bytes: await readInput(path, "file of MTCNN weights"),
      }))),
    );
  }
  throw new Error(`The folder ${folder} holds none of MTCNN's weights: ${HOW}.`);
}

async function fromAddress(
  address: string,
  { fetch: get = fetch }: MtcnnWeightsSystem,
): Promise<NamedValues> {
  const names = /\.safetensors(\?|$)/.test(address)
    ? [address]
    : AUTHORS_FILES.map(({ name }) => new URL(name, address.replace(/\/?$/, "/")).href);
  const files: MtcnnFile[] = [];
  for (const name of names) files.push({ name, bytes: await fetchBytes(name, get) });
  return decodeMtcnnWeights(files);
}

async function fetchBytes(
  url: string,
  get: (url: string) => Promise<Response>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await get(url);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return await response.bytes();
  } catch (error) {
    const denied = error instanceof Deno.errors.NotCapable;
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new Error(
      denied
        ? `${url} may not be fetched: allow ${
          new URL(url).host
        } with --allow-net, or fetch the file by other means.`
        : `${url} cannot be fetched (${reason}); try again, or give --weights a folder.`,
      { cause: error },
    );
  }
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
