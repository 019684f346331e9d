import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { checksumOf, decodeShardHead, encodeShardHead } from "../../src/data/crop_shard.ts";
import { Random } from "../../src/random.ts";

function randomBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

Deno.test("checksumOf() notices any changed byte, wherever the bytes stand", () => {
  for (const length of [0, 1, 4, 7, 64]) {
    const bytes = randomBytes(length + 1, length);
    const sum = checksumOf(bytes.subarray(1));
    assertEquals(checksumOf(bytes.slice(1)), sum);
    for (let i = 1; i <= length; i++) {
      for (const bit of [1, 128]) {
        const changed = bytes.map((byte, at) => at === i ? byte ^ bit : byte);
        assertNotEquals(checksumOf(changed.subarray(1)), sum);
      }
    }
  }
  assertNotEquals(checksumOf(new Uint8Array(4)), checksumOf(new Uint8Array(8)));
});

Deno.test("decodeShardHead() reads back a head, and none of another shape or a changed one", () => {
  const pixels = randomBytes(3 * 30, 1);
  const damaged = [[1, "b/2.jpg is empty."], [2, "Über: “damaged”"]] as const;
  const head = encodeShardHead(pixels, 30, damaged);
  const file = new Uint8Array([...head, ...pixels]);
  const read = (from: Uint8Array<ArrayBuffer>) => (at: number, length: number) =>
    from.slice(at, at + length);
  const found = decodeShardHead(read(file), file.length, 3, 30);
  assertEquals(found, {
    checksums: Uint32Array.from([0, 30, 60], (at) => checksumOf(pixels.subarray(at, at + 30))),
    damaged: [[1, "b/2.jpg is empty."], [2, "Über: “damaged”"]],
    start: head.length,
  });
  assertEquals(decodeShardHead(read(file), file.length, 2, 45), null);
  assertEquals(decodeShardHead(read(file), file.length - 1, 3, 30), null);
  for (let i = 0; i < head.length; i++) {
    const changed = file.map((byte, at) => at === i ? byte ^ 1 : byte);
    assert(decodeShardHead(read(changed), file.length, 3, 30) === null, `byte ${i}`);
  }
  for (let length = 0; length < file.length; length += 5) {
    assertEquals(decodeShardHead(read(file.slice(0, length)), length, 3, 30), null);
  }
});
