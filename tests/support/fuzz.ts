import { Random } from "../../src/random.ts";
import { mutate } from "./mutate.ts";

/** A reader under attack. */
export interface FuzzTarget {
  /** What is read, such as "zip". */
  readonly name: string;
  /** The name that every error must tell. */
  readonly file: string;
  /** Whole files to damage. */
  readonly wholes: () => Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** Makes checksums right again, so that damage gets past them. */
  readonly repair?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Reads all of a file; checks what it gives. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => unknown;
}

/** What became of the damaged files. */
export interface FuzzReport {
  /** Files read without complaint. */
  readonly read: number;
  /** Files refused in words. */
  readonly refused: number;
  /** The longest that one file took, in milliseconds. */
  readonly slowest: number;
  /** The most memory that the process held after a file, in bytes. */
  readonly peak: number;
}

/**
 * Reads damaged files, the same for the same seed.
 *
 * @throws when a reader fails in any other way than by an error that names the file.
 */
export async function fuzz(target: FuzzTarget, files: number, seed: number): Promise<FuzzReport> {
  const random = new Random(seed);
  const wholes = await target.wholes();
  const report = { read: 0, refused: 0, slowest: 0, peak: 0 };
  for (let i = 0; i < files; i++) {
    const bytes = damaged(wholes, i, random);
    if (random.below(2) === 0) target.repair?.(bytes);
    const start = performance.now();
    try {
      await target.read(bytes);
      report.read++;
    } catch (error) {
      if (!isInWords(error, target.file)) {
        throw new Error(`File ${i} of seed ${seed} broke the reader of ${target.name}.`, {
          cause: error,
        });
      }
      report.refused++;
    }
    report.slowest = Math.max(report.slowest, performance.now() - start);
    if (i % 50 === 0) report.peak = Math.max(report.peak, Deno.memoryUsage().rss);
  }
  return report;
}

/** A file with damage, some of them the beginning of one and the end of another. */
function damaged(
  wholes: readonly Uint8Array[],
  i: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const whole = wholes[i % wholes.length]!;
  if (random.below(8) > 0) return mutate(whole, random);
  const other = wholes[random.below(wholes.length)]!;
  const [head, tail] = [random.below(whole.length + 1), random.below(other.length + 1)];
  return Uint8Array.from([...whole.subarray(0, head), ...other.subarray(tail)]);
}

/** Whether an error is one of ours: a sentence that begins with, or names, the file. */
function isInWords(error: unknown, file: string): boolean {
  return error instanceof Error && error.message.includes(file) && error.message.endsWith(".");
}
