/** Writes a small set in every format into a folder, for check_formats.py to read. */

import { TarWriter, ZipWriter } from "../../src/formats/archives/writers.ts";
import { encodeNpy } from "../../src/formats/npy.ts";
import { formatRecordProperty } from "../../src/formats/records/lists.ts";
import { RecordSetWriter } from "../../src/formats/records/set_writer.ts";
import { VerificationBinWriter } from "../../src/formats/verification_bin.ts";
import { memorySink } from "../support/memory_sink.ts";

const LABELS = [0, 0, 1, 1, 1, 4];
const MAGIC = [0x0a, 0x23, 0xd7, 0xce];

function imageOf(number: number): Uint8Array {
  if (number === 2) {
    return Uint8Array.of(0xff, 0xd8, 0x61, 0x62, ...MAGIC, 0x63, 0x64, ...MAGIC, ...MAGIC);
  }
  return Uint8Array.from({ length: 10 + 13 * number }, (_, i) => number * 31 + i * 7);
}

const [folder] = Deno.args;
if (folder === undefined) throw new TypeError("Name the folder to write into.");
const save = (name: string, content: Uint8Array | string) =>
  typeof content === "string"
    ? Deno.writeTextFile(`${folder}/${name}`, content)
    : Deno.writeFile(`${folder}/${name}`, content);

const images = LABELS.map((label, i) => ({
  label,
  path: `p${label}/${i} ü.jpg`,
  bytes: imageOf(i),
}));

const [rec, bin, zip, tar, many] = Array.from({ length: 5 }, memorySink);
const records = new RecordSetWriter(rec!);
for (const { label, bytes, path } of images) await records.add(label, bytes, path);
const { index, list, classes } = await records.finish();
await save("train.rec", rec!.bytes());
await save("train.idx", index);
await save("train.lst", list);
await save("property", formatRecordProperty({ classes, height: 112, width: 96 }));

const pairs = new VerificationBinWriter(bin!);
for (let i = 0; i < images.length; i += 2) {
  await pairs.addPair(images[i]!.bytes, images[i + 1]!.bytes, i !== 2);
}
await pairs.finish();
await save("pairs.bin", bin!.bytes());

for (
  const [writer, sink, name] of [
    [new ZipWriter(zip!), zip!, "set.zip"],
    [new TarWriter(tar!), tar!, "set.tar"],
  ] as const
) {
  for (const { path, bytes } of images) await writer.add(path, bytes);
  await writer.add(`${"d/".repeat(80)}deep.jpg`, Uint8Array.of(1));
  await writer.finish();
  await save(name, sink.bytes());
}
const writer = new ZipWriter(many!);
for (let i = 0; i < 65_600; i++) await writer.add(`${i}`, Uint8Array.of(i));
await writer.finish();
await save("many.zip", many!.bytes());

await save("floats.npy", encodeNpy(Float32Array.from([0, 1, 2, 3, 4, 5], (i) => i / 4), [2, 3]));
await save("bytes.npy", encodeNpy(Uint8Array.of(1, 2), [2]));
await save("integers.npy", encodeNpy(Int32Array.of(-3), []));
