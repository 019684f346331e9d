/**
 * A stand-in for `@std/path` where JSR cannot be reached: the part that this repository uses, over
 * `node:path` and `node:url`. It is linked in by `deno.json` for development alone.
 *
 * @module
 */
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The separator of path segments on this system. */
export const SEPARATOR: "/" | "\\" = path.sep;
/** The separator of paths in a list on this system. */
export const DELIMITER: ":" | ";" = path.delimiter;

// `@std/path` takes a file URL, too, wherever it takes a path.
function toPath(pathOrUrl: string | URL): string {
  return typeof pathOrUrl === "string" ? pathOrUrl : fileURLToPath(pathOrUrl);
}

/** Joins path segments and normalizes the result. */
export function join(first: string | URL, ...paths: string[]): string {
  return path.join(toPath(first), ...paths);
}

/** Resolves path segments, last first, until the path is absolute. */
export function resolve(...pathSegments: string[]): string {
  return path.resolve(...pathSegments);
}

/** The path from one place to another. */
export function relative(from: string, to: string): string {
  return path.relative(from, to);
}

/** Normalizes `.`, `..` and repeated separators. */
export function normalize(pathOrUrl: string | URL): string {
  return path.normalize(toPath(pathOrUrl));
}

/** The folder part of a path. */
export function dirname(pathOrUrl: string | URL): string {
  return path.dirname(toPath(pathOrUrl));
}

/** The last part of a path, without `suffix` where it ends in one. */
export function basename(pathOrUrl: string | URL, suffix = ""): string {
  return path.basename(toPath(pathOrUrl), suffix);
}

/** The extension of a path with its dot, or the empty string. */
export function extname(pathOrUrl: string | URL): string {
  return path.extname(toPath(pathOrUrl));
}

/** Whether a path is absolute. */
export function isAbsolute(path_: string): boolean {
  return path.isAbsolute(path_);
}

/** The path of a file URL. */
export function fromFileUrl(url: string | URL): string {
  return fileURLToPath(url);
}

/** The file URL of an absolute path. */
export function toFileUrl(path_: string): URL {
  if (!path.isAbsolute(path_)) throw new TypeError(`Path must be absolute: received "${path_}"`);
  return pathToFileURL(path_);
}
