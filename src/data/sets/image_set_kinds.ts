/** What a file is, by its first bytes. */

/** Formats of sets that one file holds, and `text`, which may be a list. */
export type SetKind = "records" | "verification" | "zip" | "tar" | "text";

/** How many of a file's first bytes {@linkcode kindOf} looks at. */
export const HEAD_BYTES = 512;

/** Files that people take for sets, by how they begin, and what to do about them. */
const OTHERS: readonly (readonly [magic: string, at: number, words: string])[] = [
  ["\xff\xd8\xff", 0, "one JPEG image; give the folder of its set"],
  ["\x89PNG", 0, "one PNG image; give the folder of its set"],
  ["\x1f\x8b", 0, "a gzip archive; unpack it with gunzip first, which gives a tar"],
  ["BZh", 0, "a bzip2 archive; unpack it first"],
  ["\xfd7zXZ", 0, "an xz archive; unpack it first"],
  ["7z\xbc\xaf", 0, "a 7z archive; unpack it first"],
  ["Rar!", 0, "a RAR archive; unpack it first"],
  ["\x93NUMPY", 0, "a NumPy array; sets of images are read as files of images"],
  ["\x89HDF", 0, "an HDF5 file; write its images into a folder for each identity first"],
  ["PAR1", 0, "a Parquet file; write its images into a folder for each identity first"],
  ["SQLite format 3", 0, "an SQLite database; write its images into folders first"],
];

/** The record magic, little-endian. */
const RECORD = "\x0a\x23\xd7\xce";

/**
 * Tells what kind of set a file may be.
 *
 * @param head Its first {@linkcode HEAD_BYTES} bytes, or all of fewer.
 * @param size Its length.
 * @param name For messages.
 * @throws Error for a file that is surely none, saying what it looks like and what to do.
 */
export function kindOf(head: Uint8Array, size: number, name: string): SetKind {
  if (size === 0) throw new Error(`${name} is empty.`);
  const begins = (magic: string, at = 0) =>
    [...magic].every((character, i) => head[at + i] === character.charCodeAt(0));
  if (begins(RECORD)) return "records";
  if (begins("PK\x03\x04") || begins("PK\x05\x06")) return "zip";
  if (begins("ustar", 257)) return "tar";
  const other = OTHERS.find(([magic, at]) => begins(magic, at));
  if (other) throw new Error(`${name} looks like ${other[2]}.`);
  if (looksLikeSafetensors(head, size)) {
    throw new Error(
      `${name} looks like a model or embeddings (safetensors); give a set of images.`,
    );
  }
  // A pickle of protocol 2 to 5, or one of 0, a list or tuple.
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return "verification";
  if (begins("(lp")) return "verification";
  if (isText(head)) return "text";
  if (isOldTar(head)) return "tar";
  const first = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  throw new Error(
    `${name} is no set of images that is known (it begins with the bytes ${
      first.join(" ")
    }); give ` +
      "a folder of identity folders, a list file, a .rec, a verification .bin, a zip or a tar.",
  );
}

function looksLikeSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 9 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length > 1n && length < BigInt(size);
}

function isText(head: Uint8Array): boolean {
  return !head.some((byte) => byte < 9 || (byte > 13 && byte < 32));
}

/** A tar from before POSIX, known by its header's checksum alone. */
function isOldTar(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const stated = parseInt(new TextDecoder("latin1").decode(head.subarray(148, 156)), 8);
  const sum = head.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === stated;
}
