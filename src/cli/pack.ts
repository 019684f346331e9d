/** `pack`: a set of images from any format to any other. */

import { resolve, SEPARATOR } from "@std/path";
import type { EncodedImages, OpenedImages } from "../data/encoded_images.ts";
import { openImages } from "../data/sets/open_images_files.ts";
import { keepEnough } from "../data/decoding/decoded_images.ts";
import { findExcluded, selectIdentities, selectImages } from "../data/exclusion.ts";
import type { IdentityList } from "../data/overlap_lists.ts";
import { parseSize } from "../sphereface/configuration.ts";
import { EXCLUDE_OPTION, parseExclude, readExclusions } from "./exclusions.ts";
import { INTERRUPTED, Interruption } from "./interruption.ts";
import { type CommandSpec, Options } from "./options.ts";
import { ArchiveTarget } from "./pack/archive.ts";
import { BinTarget } from "./pack/bin.ts";
import { FolderTarget } from "./pack/folder.ts";
import { findPairs, stemOf } from "./pack/pairs.ts";
import { RecordTarget } from "./pack/records.ts";
import { PACK_FORMATS, type PackFormat, packingOrder, type PackTarget } from "./pack/target.ts";
import { packImages, type PackState } from "./pack/work.ts";
import { nameSome, readInput } from "./read_input.ts";
import { setKey } from "./set_key.ts";
import { reasonOf, writeWhole } from "./write_whole.ts";

const PACK: CommandSpec = {
  usage: "deno task pack FROM TO [--format FORMAT] [OPTIONS]",
  summary:
    "Writes a set of images in another format; the image files stay as they are, bit for bit. FROM is a\n" +
    "folder of identity folders, a list file, a RecordIO set (its folder or .rec), a verification .bin, a\n" +
    "zip or a tar. Images that cannot be decoded are left out, counted and named, all of them in\n" +
    "TO.damaged.txt. Until all is done there is TO.part alone; after Ctrl-C the same command with\n" +
    "--resume goes on.",
  options: {
    format: {
      value: "FORMAT",
      help: `${PACK_FORMATS.join(", ")} (default: by TO's ending, else folder)`,
    },
    pairs: {
      value: "FILE",
      help: "pairs of a verification set, in LFW's format, for --format bin",
    },
    root: { value: "DIR", help: "where the paths of a list file begin (default: its folder)" },
    "min-images": { value: "N", help: "leave identities with fewer images out (default 1)" },
    exclude: EXCLUDE_OPTION,
    size: { value: "HxW", help: "crop and scale the images, and write them anew as PNG files" },
    "no-check": { help: "do not decode the images to know that they are whole" },
    resume: { help: "go on with TO.part, which an interrupted run has left" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** Damaged images that are named on the terminal. */
const MOST_NAMED = 10;

const STATE_FORMAT = "spheregrad pack in progress 1";

const NOTHING_DONE: PackState = { done: 0, bytes: 0, damaged: [], sizes: [] };

/** Runs the command; the exit code is 130 after Ctrl-C. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(PACK, args);
  if (options === null) return 0;
  const [from, to, ...more] = options.positional;
  if (from === undefined || to === undefined || more.length > 0) {
    throw new TypeError(
      `pack takes FROM and TO, not ${options.positional.length} paths; see --help.`,
    );
  }
  const format = formatOf(options, to);
  const size = options.text("size");
  const minImages = options.integer("min-images", 1) ?? 1;
  const place = to.replace(/[\\/]+$/, "");
  await requireFree(from, place);
  using opened = await openImages(from, { root: options.text("root") });
  for (const remark of opened.remarks) console.error(remark);
  const lists = await readExclusions(parseExclude(options.text("exclude")));
  const chosen = await choose(exclude(opened, lists), options, format, minImages);
  // Written anew, an image has another ending.
  const images = size === undefined
    ? chosen
    : { ...chosen, sampleNames: chosen.sampleNames.map(stemOf) };
  const order = packingOrder(images, format);
  const pairs = options.text("pairs");
  const key = await setKey(opened, [STATE_FORMAT, format, size, minImages, pairs, lists]);
  const start = await startOf(place, key, options.flag("resume"));
  console.error(
    `${from} (${opened.format}) to ${to} (${format}): ${order.length} images` +
      (start.done > 0 ? `, going on after ${start.done}` : ""),
  );
  using interruption = new Interruption();
  using target = await openTarget(images, format, place, start);
  const state = await packImages({
    images,
    order,
    target,
    start,
    check: !options.flag("no-check"),
    size: size === undefined ? null : parseSize(size),
    save: (state) => writeState(place, key, state),
    interruption,
  });
  if (interruption.asked) {
    console.error("Interrupted. To go on: the same command with --resume.");
    return INTERRUPTED;
  }
  const remarks = await finish(target, state, place);
  report({ from, to, format, images, order, state, remarks }, options.flag("json"));
  return 0;
}

function formatOf(options: Options, to: string): PackFormat {
  const given = options.choice("format", PACK_FORMATS);
  if (given !== undefined) return given;
  const ending = /\.([^.\\/]+)$/.exec(to)?.[1]?.toLowerCase();
  if (ending === "rec") {
    throw new TypeError(
      `A RecordIO set is a folder; give one, such as ${to.slice(0, -4)}, and --format rec.`,
    );
  }
  return (["bin", "zip", "tar"] as const).find((format) => format === ending) ?? "folder";
}

/** Sees to it that nothing is written over, and no set is written into itself. */
async function requireFree(from: string, to: string): Promise<void> {
  const [inner, outer] = [resolve(to), resolve(from)];
  if (inner === outer || inner.startsWith(outer + SEPARATOR)) {
    throw new Error(`${to} lies in ${from}; give a place outside of it.`);
  }
  const stands = await Deno.stat(to).catch(() => null);
  if (stands === null) return;
  const empty = stands.isDirectory &&
    (await Array.fromAsync(Deno.readDir(to))).length === 0;
  if (!empty) throw new Error(`${to} is there already; remove it, or give another place.`);
  await Deno.remove(to);
}

/** The set without the identities that lists name. */
function exclude(opened: OpenedImages, lists: readonly IdentityList[]): EncodedImages {
  if (lists.length === 0) return opened;
  if (opened.pairs) {
    throw new TypeError(`--exclude takes a set of identities; ${opened.name} is one of pairs.`);
  }
  const { labels, remarks, warnings } = findExcluded(opened, lists);
  for (const remark of remarks) console.error(remark);
  for (const warning of warnings) console.error(`Warning. ${warning}`);
  return selectImages(opened, selectIdentities(opened, (_, label) => !labels.has(label)));
}

async function choose(
  opened: EncodedImages,
  options: Options,
  format: PackFormat,
  minImages: number,
): Promise<EncodedImages> {
  const list = options.text("pairs");
  if (list !== undefined && format !== "bin") {
    throw new TypeError("--pairs belongs to --format bin; other formats have no pairs.");
  }
  if (format !== "bin") return keepEnough(opened, minImages);
  if (minImages > 1) {
    throw new TypeError("--min-images does not go with --format bin, which has pairs alone.");
  }
  if (list === undefined) {
    if (opened.pairs) return opened;
    throw new TypeError("A verification set is made of pairs; give their list by --pairs.");
  }
  const text = new TextDecoder().decode(await readInput(list, "pairs list"));
  return { ...opened, pairs: findPairs(opened, text, list) };
}

/** Begins a set in its format, or goes on with one. */
export function openTarget(
  images: EncodedImages,
  format: PackFormat,
  path: string,
  { bytes }: PackState,
): Promise<PackTarget> {
  switch (format) {
    case "folder":
      return Promise.resolve(new FolderTarget(images, path));
    case "rec":
      return RecordTarget.open(images, path, bytes);
    case "bin":
      return BinTarget.open(images, path, bytes);
    case "zip":
    case "tar":
      return ArchiveTarget.open(images, path, bytes, format);
  }
}

/** Completes the set, unless no image could be used. */
async function finish(target: PackTarget, state: PackState, to: string): Promise<string[]> {
  const { damaged, done } = state;
  if (damaged.length === done) {
    target[Symbol.dispose]();
    await discard(to);
    throw new Error(
      `None of the ${done} images can be used:\n${
        nameSome(damaged.map(([, reason]) => reason), MOST_NAMED)
      }`,
    );
  }
  const remarks = await target.finish(new Map(state.sizes));
  await Deno.remove(statePath(to)).catch(() => {}); // there is none of short work
  if (damaged.length > 0) {
    const reasons = damaged.map(([, reason]) => `${reason}\n`).join("");
    await writeWhole(`${to}.damaged.txt`, reasons);
    remarks.push(
      `${damaged.length} of ${done} images were left out, all of them named in ${to}.damaged.txt:\n` +
        nameSome(damaged.map(([, reason]) => reason), MOST_NAMED),
    );
  }
  return remarks;
}

interface Report {
  readonly from: string;
  readonly to: string;
  readonly format: PackFormat;
  readonly images: EncodedImages;
  readonly order: Uint32Array;
  readonly state: PackState;
  readonly remarks: readonly string[];
}

function report({ from, to, format, images, order, state, remarks }: Report, json: boolean): void {
  for (const remark of remarks) console.error(remark);
  const written = order.length - state.damaged.length;
  const identities = new Set(Array.from(order, (sample) => images.labels[sample]!)).size;
  const damaged = state.damaged.map(([place, reason]) => ({
    file: images.sampleNames[order[place]!]!,
    reason,
  }));
  console.error(`Wrote ${written} images of ${identities} identities to ${to}.`);
  if (json) {
    const sizes = Object.fromEntries(state.sizes);
    console.log(JSON.stringify({ from, to, format, images: written, sizes, damaged, remarks }));
  }
}

function statePath(to: string): string {
  return `${to}.part.json`;
}

async function writeState(to: string, key: string, state: PackState): Promise<void> {
  await writeWhole(statePath(to), JSON.stringify({ format: STATE_FORMAT, key, ...state }));
}

/** Where to begin: at an interrupted run's end, or at nothing, where there is no such run. */
async function startOf(to: string, key: string, resume: boolean): Promise<PackState> {
  const text = await Deno.readTextFile(statePath(to)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Error(`${statePath(to)} cannot be read: ${reasonOf(error)}.`, { cause: error });
  });
  if (!resume) {
    if (text !== null) {
      throw new Error(
        `${to}.part is what an interrupted run has written; --resume goes on with it, ` +
          `and without ${statePath(to)} one starts anew.`,
      );
    }
    await discard(to);
    return NOTHING_DONE;
  }
  if (text === null) {
    throw new Error(
      `There is no interrupted run to go on with: there is no ${
        statePath(to)
      }. Leave --resume out.`,
    );
  }
  const state = JSON.parse(text);
  if (state.format === STATE_FORMAT && state.key === key) return state;
  throw new Error(
    `${to}.part belongs to another set, or to other options; give the same ones, or remove it and ` +
      `${statePath(to)} and leave --resume out.`,
  );
}

/** Removes what an earlier run has left that cannot be gone on with. */
async function discard(to: string): Promise<void> {
  await Deno.remove(`${to}.part`, { recursive: true }).catch(() => {});
  await Deno.remove(statePath(to)).catch(() => {});
}
