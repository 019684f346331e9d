import type { Random } from "../../src/random.ts";

/** Values that length and count fields break at. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/**
 * A damaged copy of a file: up to four of flipped bits, replaced, repeated, removed and inserted bytes, runs of
 * extreme ones, parts that stand elsewhere, and a cut end.
 */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let copy = Uint8Array.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && copy.length > 0; times--) {
    copy = mutateOnce(copy, random);
  }
  return copy;
}

function mutateOnce(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length);
  const length = Math.min(1 + random.below(16), bytes.length - at);
  const splice = (...middle: number[]) =>
    Uint8Array.from([...bytes.subarray(0, at), ...middle, ...bytes.subarray(at + length)]);
  switch (random.below(8)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      bytes.fill(EXTREMES[random.below(EXTREMES.length)]!, at, at + length);
      return bytes;
    case 3:
      return splice();
    case 4: {
      const part = bytes.subarray(at, at + length);
      return splice(...part, ...part);
    }
    case 5:
      return splice(...Array.from({ length: random.below(9) }, () => random.below(256)));
    case 6:
      bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
      return bytes;
    default:
      return bytes.slice(0, at);
  }
}
