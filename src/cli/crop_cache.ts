/** Crops of a set kept decoded on the disk, so that later runs need not decode them. */

import { join } from "@std/path";
import {
  checksumOf,
  decodeShardHead,
  encodeShardHead,
  type ShardHead,
} from "../data/crop_shard.ts";
import type { ImageSize } from "../data/dataset.ts";
import { decodeAll } from "../data/decoding/decode_all.ts";
import { openPool, pixelBytes } from "../data/decoding/decoded_images.ts";
import type { OpenedImages } from "../data/encoded_images.ts";
import { spawnFileWorker } from "../data/sets/image_folder_files.ts";
import { setKey } from "./set_key.ts";
import { reasonOf, remedyOf, writeWhole } from "./write_whole.ts";

/** Changes whenever the same image would give other bytes. */
const VERSION = "spheregrad crops 1";

/** Bytes of a shard at most: those of the images that are in memory while it is made. */
const SHARD_BYTES = 2 ** 25;

/** Shards that are kept open. */
const MOST_OPEN = 128;

/** Options of {@linkcode CropCache.open}. */
export interface CropCacheOptions {
  /** The folder of caches; each set and size has a folder of its own in it. */
  readonly dir: string;
  /** Size of the crops. */
  readonly size: ImageSize;
  /** The most bytes in `dir`: caches that were not used for longest make room. 64 GiB by default. */
  readonly maxBytes?: number;
  /** Bytes of a shard at most, 32 MiB by default. */
  readonly shardBytes?: number;
  /** Decode workers. */
  readonly workers?: number;
  /** Hears how many images are decoded, and of how many; not called where all are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Decoded crops of all samples of a set, read from the disk. */
export class CropCache implements Disposable {
  /** The cache's own folder. */
  readonly path: string;
  /** Size of the crops. */
  readonly size: ImageSize;
  /** Reasons of the images that could not be decoded, by their indices. */
  readonly damaged: ReadonlyMap<number, string>;
  readonly #heads: readonly ShardHead[];
  readonly #imagesPerShard: number;
  readonly #files = new Map<number, Deno.FsFile>();

  private constructor(
    path: string,
    size: ImageSize,
    heads: readonly ShardHead[],
    imagesPerShard: number,
  ) {
    this.path = path;
    this.size = size;
    this.#heads = heads;
    this.#imagesPerShard = imagesPerShard;
    this.damaged = new Map(
      heads.flatMap(({ damaged }, shard) =>
        damaged.map(([place, reason]) => [shard * imagesPerShard + place, reason] as const)
      ),
    );
  }

  /**
   * Opens the cache of a set, and decodes what it lacks. A set whose files have changed has another cache.
   *
   * @throws {Error} if the crops need more room than there may be, or nothing can be written there.
   */
  static async open(images: OpenedImages, options: CropCacheOptions): Promise<CropCache> {
    const { dir, size, maxBytes = 2 ** 36, shardBytes = SHARD_BYTES } = options;
    const bytes = pixelBytes(size);
    const total = images.labels.length;
    const needed = total * (bytes + 4);
    if (needed > maxBytes) {
      throw new Error(
        `The crops of ${images.name} take ${formatGiB(needed)}, more than the ${
          formatGiB(maxBytes)
        } that the cache ${dir} may; raise --cache-limit, or leave --cache out.`,
      );
    }
    const path = join(dir, `${await setKey(images, [VERSION, size.height, size.width])}.crops`);
    await makeFolder(path);
    await makeRoom(dir, path, maxBytes - needed);
    const imagesPerShard = Math.max(1, Math.floor(shardBytes / bytes));
    const heads = await readHeads(path, total, imagesPerShard, bytes);
    if (heads.includes(null)) await fill(images, path, heads, imagesPerShard, options);
    await Deno.utime(path, new Date(), new Date());
    return new CropCache(path, size, heads as ShardHead[], imagesPerShard);
  }

  /** A sample's RGB bytes; null where it is damaged, in the set or on the disk. */
  read(index: number): Uint8Array<ArrayBuffer> | null {
    if (this.damaged.has(index)) return null;
    const shard = Math.floor(index / this.#imagesPerShard);
    const place = index % this.#imagesPerShard;
    const { start, checksums } = this.#heads[shard]!;
    const bytes = pixelBytes(this.size);
    const pixels = readAt(this.#open(shard), start + place * bytes, bytes);
    return checksumOf(pixels) === checksums[place] ? pixels : null;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #open(shard: number): Deno.FsFile {
    const open = this.#files.get(shard);
    if (open) return open;
    const file = Deno.openSync(shardPath(this.path, shard));
    for (const [oldest, other] of this.#files) {
      if (this.#files.size < MOST_OPEN) break;
      other.close();
      this.#files.delete(oldest);
    }
    this.#files.set(shard, file);
    return file;
  }
}

function shardPath(path: string, shard: number): string {
  return join(path, `${String(shard).padStart(5, "0")}.shard`);
}

/** Bytes of a file, fewer where it ends. */
function readAt(file: Deno.FsFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) {
    const read = file.readSync(bytes.subarray(done));
    if (read === null) return bytes.subarray(0, done);
    done += read;
  }
  return bytes;
}

/** Heads of the shards; null for each that isn't there or isn't whole. */
async function readHeads(
  path: string,
  total: number,
  imagesPerShard: number,
  imageBytes: number,
): Promise<(ShardHead | null)[]> {
  const heads: (ShardHead | null)[] = [];
  for (let first = 0; first < total; first += imagesPerShard) {
    const images = Math.min(imagesPerShard, total - first);
    const file = await Deno.open(shardPath(path, heads.length)).catch(() => null);
    if (file === null) {
      heads.push(null);
      continue;
    }
    using open = file;
    const { size } = await open.stat();
    heads.push(decodeShardHead((at, length) => readAt(open, at, length), size, images, imageBytes));
  }
  return heads;
}

/** Decodes the shards that are missing, each written whole. */
async function fill(
  images: OpenedImages,
  path: string,
  heads: (ShardHead | null)[],
  imagesPerShard: number,
  { size, workers, onProgress }: CropCacheOptions,
): Promise<void> {
  const bytes = pixelBytes(size);
  const total = images.labels.length;
  using pool = openPool({ workers, ...(images.path && { spawn: spawnFileWorker }) });
  for (let shard = 0; shard < heads.length; shard++) {
    if (heads[shard] !== null) continue;
    const first = shard * imagesPerShard;
    const end = Math.min(total, first + imagesPerShard);
    const pixels = new Uint8Array((end - first) * bytes);
    const damaged: [number, string][] = [];
    let done = first;
    await decodeAll(images, [first, end], pool, size, {
      image(index, image) {
        pixels.set(image, (index - first) * bytes);
        onProgress?.(++done, total);
      },
      damaged(index, reason) {
        damaged.push([index - first, reason]);
        onProgress?.(++done, total);
      },
    });
    damaged.sort(([a], [b]) => a - b);
    const head = encodeShardHead(pixels, bytes, damaged);
    const file = new Uint8Array(head.length + pixels.length);
    file.set(head);
    file.set(pixels, head.length);
    await writeWhole(shardPath(path, shard), file);
    heads[shard] = decodeShardHead(
      (at, length) => file.slice(at, at + length),
      file.length,
      end - first,
      bytes,
    );
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw new Error(
      `The cache ${path} cannot be made (${reasonOf(error)}); ${remedyOf(path, error, 0)}.`,
      { cause: error },
    );
  }
}

/** Removes other sets' caches, the longest unused first, until what is left takes at most so many bytes. */
async function makeRoom(dir: string, own: string, bytes: number): Promise<void> {
  const others: { path: string; used: number; bytes: number }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (!isDirectory || path === own || !/^[0-9a-f]{24}\.crops$/.test(name)) continue;
    const { mtime } = await Deno.stat(path);
    others.push({ path, used: mtime?.getTime() ?? 0, bytes: await bytesIn(path) });
  }
  others.sort((a, b) => a.used - b.used);
  let left = others.reduce((sum, other) => sum + other.bytes, 0);
  for (const other of others) {
    if (left <= bytes) return;
    await Deno.remove(other.path, { recursive: true });
    left -= other.bytes;
  }
}

async function bytesIn(dir: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(dir)) bytes += (await Deno.stat(join(dir, name))).size;
  return bytes;
}

function formatGiB(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
