import { assertEquals, assertRejects } from "@std/assert";
import { bytesSource } from "../../../src/formats/byte_source.ts";
import {
  frameRecord,
  locateRecord,
  readRecord,
  readRecordStart,
  recordPlaces,
  RecordWriter,
} from "../../../src/formats/records/recordio.ts";
import { windowed } from "../../../src/formats/window.ts";
import { memorySink } from "../../support/memory_sink.ts";

const MAGIC = [0x0a, 0x23, 0xd7, 0xce];
/** Lengths around the padding, and the magic number at aligned and other places. */
const RECORDS = [
  [],
  [1],
  [1, 2, 3],
  [1, 2, 3, 4],
  MAGIC,
  [...MAGIC, 5],
  [1, 2, 3, 4, ...MAGIC],
  [1, 2, 3, 4, ...MAGIC, ...MAGIC, 7, 8],
  [1, ...MAGIC, 6, 7, 8, 9],
].map((bytes) => Uint8Array.from(bytes));

async function written(): Promise<{ bytes: Uint8Array; offsets: number[] }> {
  const sink = memorySink();
  const writer = new RecordWriter(sink);
  const offsets: number[] = [];
  for (const record of RECORDS) offsets.push(await writer.write(record));
  assertEquals(writer.size, sink.bytes().length);
  return { bytes: sink.bytes(), offsets };
}

Deno.test("frameRecord() writes MXNet's bytes", () => {
  assertEquals([...frameRecord(Uint8Array.of(7, 8, 9))], [...MAGIC, 3, 0, 0, 0, 7, 8, 9, 0]);
  // Split at the magic number, which is left out: kinds 1 and 3 in the upper three bits.
  assertEquals(
    [...frameRecord(Uint8Array.of(1, 2, 3, 4, ...MAGIC, 5))],
    [...MAGIC, 4, 0, 0, 0x20, 1, 2, 3, 4, ...MAGIC, 1, 0, 0, 0x60, 5, 0, 0, 0],
  );
});

Deno.test("readRecord() reads every record back, split ones too", async () => {
  const { bytes, offsets } = await written();
  const source = bytesSource(bytes, "a.rec");
  for (const [i, offset] of offsets.entries()) {
    assertEquals(await readRecord(source, offset), RECORDS[i]);
    const place = await locateRecord(source, offset);
    assertEquals(await readRecordStart(source, place, 5), RECORDS[i]!.slice(0, 5));
  }
});

Deno.test("recordPlaces() finds every record", async () => {
  const { bytes, offsets } = await written();
  for (const source of [bytesSource(bytes, "a.rec"), windowed(bytesSource(bytes, "a.rec"), 16)]) {
    const places = await Array.fromAsync(recordPlaces(source));
    assertEquals(places.map(({ offset }) => offset), offsets);
    assertEquals(places.at(-1)?.end, bytes.length);
  }
});

Deno.test("readRecord() refuses what is cut off, astray or out of order", async () => {
  const whole = frameRecord(Uint8Array.of(1, 2, 3, 4, ...MAGIC, 5));
  const refuse = (bytes: Uint8Array, offset = 0) =>
    assertRejects(() => readRecord(bytesSource(bytes, "bad.rec"), offset), SyntaxError, "bad.rec");
  for (const length of [0, 7, 11, 12, 19, 20]) await refuse(whole.subarray(0, length));
  for (const offset of [4, 2, -4, 12, 400]) await refuse(whole, offset);
  const kinds = whole.slice();
  kinds[7] = 0x40;
  await refuse(kinds);
  kinds[7] = 0x20;
  kinds[19] = 0x20;
  await refuse(kinds);
  await refuse(Uint8Array.of(...MAGIC, 0xff, 0xff, 0xff, 0x1f, 1, 2, 3, 4));
});
