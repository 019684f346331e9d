import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ByteSource, bytesSource } from "../../../src/formats/byte_source.ts";
import { decodeImageRecord, encodeImageRecord } from "../../../src/formats/records/image_record.ts";
import {
  formatRecordProperty,
  parseRecordIndex,
  parseRecordList,
  parseRecordProperty,
} from "../../../src/formats/records/lists.ts";
import { openRecordSet } from "../../../src/formats/records/set.ts";
import { RecordSetWriter } from "../../../src/formats/records/set_writer.ts";
import { readRecord, RecordWriter } from "../../../src/formats/records/recordio.ts";
import { memorySink } from "../../support/memory_sink.ts";

/** Classes out of order, one of a single image, images of all lengths and with the magic number. */
const SAMPLES = [[7, 3], [7, 40], [0, 1], [2, 4], [2, 5], [2, 6]].map(([label, length], i) => ({
  label: label!,
  path: `p${label}/${i}.jpg`,
  image: i === 3
    ? Uint8Array.of(0x0a, 0x23, 0xd7, 0xce)
    : Uint8Array.from({ length: length! }, (_, k) => i + k),
}));

async function writtenSet() {
  const sink = memorySink();
  const writer = new RecordSetWriter(sink);
  for (const { label, image, path } of SAMPLES) await writer.add(label, image, path);
  const texts = await writer.finish();
  return { bytes: sink.bytes(), ...texts };
}

function counting(source: ByteSource): ByteSource & { reads: number } {
  const counted = {
    ...source,
    reads: 0,
    read(offset: number, length: number) {
      counted.reads++;
      return source.read(offset, length);
    },
  };
  return counted;
}

Deno.test("RecordSetWriter writes a set that openRecordSet() reads bit for bit", async () => {
  const { bytes, index, list, classes } = await writtenSet();
  for (const idx of [null, { text: index, name: "train.idx" }]) {
    const set = await openRecordSet(bytesSource(bytes, "train.rec"), idx);
    assertEquals(set.hasIdentityRecords, true);
    assertEquals([...set.labels], SAMPLES.map(({ label }) => label));
    assertEquals([...set.keys], [1, 2, 3, 4, 5, 6]);
    for (const [i, { image }] of SAMPLES.entries()) assertEquals(await set.image(i), image);
    await assertRejects(() => set.image(6), RangeError, "train.rec");
  }
  assertEquals(classes, 3);
  assertEquals(
    parseRecordList(list, "train.lst"),
    SAMPLES.map(({ path, label }, i) => ({ path, label, id: i + 1 })),
  );
});

Deno.test("RecordSetWriter writes InsightFace's record 0 and records of identities", async () => {
  const { bytes, index } = await writtenSet();
  const { keys, offsets } = parseRecordIndex(index, "train.idx");
  assertEquals([...keys], [1, 2, 3, 4, 5, 6, 0, 7, 8, 9]);
  const headers = [];
  for (const offset of offsets) {
    const record = await readRecord(bytesSource(bytes, "train.rec"), offset);
    headers.push(decodeImageRecord(record, "record").header);
  }
  assertEquals(headers.map(({ id }) => id), [...keys]);
  assertEquals(headers.slice(6).map(({ labels }) => labels), [[7, 10], [1, 3], [3, 4], [4, 7]]);
  assertEquals(headers.map(({ vector }) => vector).indexOf(true), 6);
});

Deno.test("RecordSetWriter refuses classes that come back, empty images and odd paths", async () => {
  const writer = new RecordSetWriter(memorySink());
  const image = Uint8Array.of(1);
  await writer.add(1, image, "a");
  await writer.add(0, image, "b");
  await assertRejects(() => writer.add(1, image, "c"), RangeError, "sort the images");
  await assertRejects(() => writer.add(2, new Uint8Array(), "d"), RangeError, "d is empty");
  await assertRejects(() => writer.add(2, image, "e\tf"), RangeError, "rename");
  await assertRejects(() => writer.add(0.5, image, "g"), RangeError, "not 0.5");
});

Deno.test("openRecordSet() reads sets without records of identities, by walking and by index", async () => {
  const sink = memorySink();
  const writer = new RecordWriter(sink);
  const lines: string[] = [];
  for (const [id, labels] of [[3, [4]], [0, [4, 1]], [9, [1, 2, 3]]] as const) {
    const record = encodeImageRecord({ id, labels }, Uint8Array.of(id, 1));
    lines.push(`${id}\t${await writer.write(record)}\n`);
  }
  for (const idx of [null, { text: lines.join(""), name: "a.idx" }]) {
    const set = await openRecordSet(bytesSource(sink.bytes(), "a.rec"), idx);
    assertEquals([...set.keys], [0, 3, 9]);
    assertEquals([...set.labels], [4, 4, 1]);
    assertEquals(set.hasIdentityRecords, false);
    assertEquals(await set.image(2), Uint8Array.of(9, 1));
  }
});

Deno.test("openRecordSet() reads images that no range covers, and none that is empty", async () => {
  const sink = memorySink();
  const writer = new RecordWriter(sink);
  const nothing = new Uint8Array();
  const image = Uint8Array.of(5);
  await writer.write(encodeImageRecord({ id: 1, labels: [6, 1] }, image));
  await writer.write(encodeImageRecord({ id: 2, labels: [8, 1] }, image));
  await writer.write(encodeImageRecord({ id: 0, labels: [3, 4] }, nothing));
  await writer.write(encodeImageRecord({ id: 3, labels: [2, 3] }, nothing));
  const set = await openRecordSet(bytesSource(sink.bytes(), "a.rec"));
  assertEquals([...set.keys], [1, 2]);
  assertEquals([...set.labels], [6, 8]);
});

Deno.test("openRecordSet() reads pieces, not a record each", async () => {
  const sink = memorySink();
  const writer = new RecordSetWriter(sink);
  for (let i = 0; i < 500; i++) await writer.add(i >> 2, new Uint8Array(100).fill(i), `${i}`);
  const { index } = await writer.finish();
  for (const idx of [null, { text: index, name: "a.idx" }]) {
    const source = counting(bytesSource(sink.bytes(), "a.rec"));
    const set = await openRecordSet(source, idx);
    assertEquals(set.labels.length, 500);
    assertEquals(source.reads < 40, true, `${source.reads} reads`);
  }
});

Deno.test("openRecordSet() refuses an index or ranges that do not fit", async () => {
  const { bytes, index } = await writtenSet();
  const open = (text: string) =>
    openRecordSet(bytesSource(bytes, "t.rec"), { text, name: "t.idx" });
  await assertRejects(() => open(index + "99\t100000\n"), SyntaxError, "t.idx");
  await assertRejects(() => open(index + "3\t0\n"), SyntaxError, "two records 3");
  await assertRejects(() => open("a b\n"), SyntaxError, 't.idx has "a b" on line 1');
  const [first, ...rest] = index.split("\n");
  await assertRejects(() => open(rest.join("\n")), SyntaxError, "record 1 is missing");
  // An image's label, changed in the file, no longer agrees with its identity.
  const other = bytes.slice();
  const second = Number(rest[0]!.split("\t")[1]);
  other[second + 8 + 6] = 0x41;
  const set = await openRecordSet(bytesSource(other, "t.rec"), { text: index, name: "t.idx" });
  await assertRejects(() => set.image(1), SyntaxError, "its identity is 7");
  assertEquals(first!.startsWith("1\t"), true);
});

Deno.test("decodeImageRecord() refuses short records, and labels that a float cannot hold", () => {
  assertThrows(() => decodeImageRecord(new Uint8Array(23), "Record 5"), SyntaxError, "Record 5");
  const many = new Uint8Array(24).fill(0xff, 0, 4);
  assertThrows(() => decodeImageRecord(many, "Record 5"), SyntaxError, "4294967295 labels");
  const label = { id: 1, labels: [2 ** 24 + 1] };
  assertThrows(() => encodeImageRecord(label, new Uint8Array()), RangeError, "16777217");
  assertThrows(() => encodeImageRecord({ id: 1, labels: [] }, new Uint8Array()), RangeError);
});

Deno.test("parseRecordList() reads InsightFace's and MXNet's forms", () => {
  const insight = "1\ta/b.jpg\t5\r\n0\tc d.jpg\t6\t1\t2\t3\t4\n\n";
  assertEquals(parseRecordList(insight, "t.lst"), [
    { path: "a/b.jpg", label: 5, id: 1 },
    { path: "c d.jpg", label: 6, id: 2 },
  ]);
  assertEquals(parseRecordList("12\t3.000000\ta/b.jpg\n1\t0\t7\n", "t.lst"), [
    { path: "a/b.jpg", label: 3, id: 12 },
    { path: "7", label: 0, id: 1 },
  ]);
  assertThrows(() => parseRecordList("1\ta\t0\nx y\n", "t.lst"), SyntaxError, "on line 2");
});

Deno.test("parseRecordProperty() reads classes, height and width", () => {
  const property = { classes: 85742, height: 112, width: 96 };
  assertEquals(parseRecordProperty("85742,112,96\n", "property"), property);
  assertEquals(formatRecordProperty(property), "85742,112,96\n");
  assertThrows(() => parseRecordProperty("112x112", "property"), SyntaxError, "property has");
});
