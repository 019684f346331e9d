import createMozjpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { ImageDecodeError, type RgbImage } from "./image.ts";
import { requireDecodableJpeg } from "./jpeg_structure.ts";

/** Larger images are not copied to leave out alpha. */
const LARGEST_COPY = 64 * 2 ** 20;

/** What of the Emscripten module is used here; its own types need globals that we don't have. */
interface Mozjpeg {
  readonly HEAPU8: Uint8Array;
  decode(
    bytes: Uint8Array,
    upright: boolean,
  ): { data: Uint8ClampedArray; width: number; height: number } | null;
}

type MozjpegFactory = (options: {
  noInitialRun: boolean;
  print(line: string): void;
  printErr(line: string): void;
  instantiateWasm?: (
    imports: WebAssembly.Imports,
    ready: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}) => Promise<Mozjpeg>;

/** WebAssembly memory never shrinks; past this, the next image gets a fresh instance. */
const LARGEST_KEPT_HEAP = 128 * 2 ** 20;

/** The compiled decoder: given, found, or null where the package is to find it by itself. */
let compiled: Promise<WebAssembly.Module | null> | null = null;
let current: Promise<Mozjpeg> | null = null;
/** What libjpeg has said about the image that is being decoded. */
let remarks: string[] = [];

/**
 * Sets the compiled WebAssembly module of the JPEG decoder, `codec/dec/mozjpeg_dec.wasm` of the
 * package `@jsquash/jpeg`.
 *
 * Not needed where that file can be fetched from beside its script, as in Deno (with read
 * permission) and behind the usual bundlers: then the first JPEG fetches it.
 *
 * @param module The compiled module, such as `await WebAssembly.compileStreaming(fetch(url))` gives.
 */
export function initialiseJpeg(module: WebAssembly.Module): void {
  compiled = Promise.resolve(module);
  current = null;
}

/**
 * Decodes a JPEG file, upright as its EXIF orientation says.
 *
 * @throws ImageDecodeError when the file is damaged or of a kind that isn't decoded.
 */
export async function decodeJpeg(bytes: Uint8Array, name: string): Promise<RgbImage> {
  requireDecodableJpeg(bytes, name);
  let awaited: Promise<Mozjpeg>;
  let mozjpeg: Mozjpeg;
  do {
    awaited = instance();
    mozjpeg = await awaited;
    // Another image may have used the instance up meanwhile.
  } while (awaited !== current);
  // From here to the remarks nothing awaits, so that they belong to this image.
  remarks = [];
  let rgba: ReturnType<Mozjpeg["decode"]> = null;
  try {
    rgba = mozjpeg.decode(bytes, true);
  } catch (cause) {
    // libjpeg left by exit(), without unwinding the stack: a few of these and it would overflow.
    current = null;
    throw new ImageDecodeError(`${name} is a damaged JPEG file: ${remarks[0] ?? reason(cause)}.`);
  }
  if (mozjpeg.HEAPU8.byteLength > LARGEST_KEPT_HEAP) current = null;
  const damage = remarks.find(meansDamage);
  if (damage !== undefined || rgba === null) {
    throw new ImageDecodeError(`${name} is a damaged JPEG file: ${damage ?? "no image in it"}.`);
  }
  return { height: rgba.height, width: rgba.width, data: dropAlpha(rgba.data) };
}

function instance(): Promise<Mozjpeg> {
  current ??= create().catch((cause) => {
    current = null;
    compiled = null;
    throw new Error(
      "The JPEG decoder cannot be loaded; allow reading or fetching mozjpeg_dec.wasm of " +
        `@jsquash/jpeg, or give it to initialiseJpeg(): ${reason(cause)}`,
      { cause },
    );
  });
  return current;
}

async function create(): Promise<Mozjpeg> {
  compiled ??= compile();
  const module = await compiled;
  return await (createMozjpeg as unknown as MozjpegFactory)({
    noInitialRun: true,
    print: (line) => void remarks.push(line),
    printErr: (line) => void remarks.push(line),
    ...(module && {
      instantiateWasm: (imports, ready) => {
        const made = new WebAssembly.Instance(module, imports);
        ready(made);
        return made.exports;
      },
    }),
  });
}

/**
 * Compiles the decoder once, so that a new instance costs little. Where the package's name means
 * nothing at run time (bundlers), the package's script looks for its file beside itself.
 */
async function compile(): Promise<WebAssembly.Module | null> {
  try {
    const url = import.meta.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
    return await WebAssembly.compileStreaming(fetch(url));
  } catch {
    return null;
  }
}

/** libjpeg's warnings about lost picture data, as against those about sloppy headers and padding. */
function meansDamage(remark: string): boolean {
  return /^Premature end|^Corrupt JPEG data/.test(remark) && !remark.includes("extraneous bytes");
}

/** In place where a second copy would be large: `from` never falls behind `to`. */
function dropAlpha(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const length = (rgba.length / 4) * 3;
  const rgb = rgba.length > LARGEST_COPY
    ? new Uint8Array(rgba.buffer as ArrayBuffer, rgba.byteOffset, length)
    : new Uint8Array(length);
  for (let from = 0, to = 0; to < length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
