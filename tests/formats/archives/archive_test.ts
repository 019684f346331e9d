import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Archive, safePath } from "../../../src/formats/archives/archive.ts";
import { type ArchiveWriter, TarWriter, ZipWriter } from "../../../src/formats/archives/writers.ts";
import { type ByteSource, bytesSource } from "../../../src/formats/byte_source.ts";
import { openTar } from "../../../src/formats/archives/tar.ts";
import { openZip } from "../../../src/formats/archives/zip.ts";
import { memorySink } from "../../support/memory_sink.ts";
import { fromBase64, pythonFiles } from "../python_files.ts";

const FILES: Record<string, Uint8Array> = {
  "set/p1/1.jpg": new TextEncoder().encode("one"),
  "set/p1/2.jpg": new TextEncoder().encode("two".repeat(1000)),
  [`set/${"long/".repeat(30)}3.jpg`]: new Uint8Array(),
  "set/naïve 漢字.png": Uint8Array.from({ length: 768 }, (_, i) => i),
};
const UNSAFE = ["../out.jpg", "/abs.jpg", "set/../../out.jpg", "C:/x.jpg", "set\\..\\x.jpg"];

async function contents(archive: Archive): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [i, { path }] of archive.entries.entries()) files[path] = await archive.read(i);
  return files;
}

for (const kind of ["stored", "deflated", "zip64"] as const) {
  Deno.test(`openZip() reads what Python wrote (${kind})`, async () => {
    const source = bytesSource(fromBase64(pythonFiles.zips[kind]), "p.zip");
    const zip = await openZip(source);
    assertEquals(await contents(zip), FILES);
    assertEquals(zip.entries.map(({ size }) => size), [3, 3000, 0, 768]);
    const refused = [...UNSAFE, "set/link.jpg"];
    assertEquals(zip.refused.map(({ path }) => path), refused);
    assertEquals(zip.refused.at(-1)?.reason, "it is a link");
    await assertRejects(() => zip.read(4), RangeError, "p.zip");
  });
}

for (const form of ["ustar", "gnu", "pax"] as const) {
  Deno.test(`openTar() reads what Python wrote (${form})`, async () => {
    const tar = await openTar(bytesSource(fromBase64(pythonFiles.tars[form]), "p.tar"));
    assertEquals(await contents(tar), FILES);
    const refused = [...UNSAFE, ...["2", "1", "3", "6"].map((type) => `set/kind${type}`)];
    assertEquals(tar.refused.map(({ path }) => path), refused);
    const kinds = tar.refused.slice(5).map(({ reason }) => reason);
    assertEquals(kinds, ["it is a link", "it is a link", "it is a device", "it is a device"]);
    await assertRejects(() => tar.read(4), RangeError, "p.tar");
  });
}

Deno.test("openZip() names files in packings that it doesn't know", async () => {
  const zip = await openZip(bytesSource(fromBase64(pythonFiles.zips.bzip2), "p.zip"));
  assertEquals(zip.entries.length, 0);
  assertEquals(zip.refused[0], { path: "set/p1/1.jpg", reason: "it is packed by method 12" });
});

type Open = (
  source: ByteSource,
  limits?: { entries?: number; fileBytes?: number },
) => Promise<Archive>;
const FORMS: [string, Open, new (sink: ReturnType<typeof memorySink>) => ArchiveWriter][] = [
  ["zip", openZip, ZipWriter],
  ["tar", openTar, TarWriter],
];

for (const [form, open, Writer] of FORMS) {
  const write = async (files: Record<string, Uint8Array>) => {
    const sink = memorySink();
    const writer = new Writer(sink);
    for (const [path, bytes] of Object.entries(files)) await writer.add(path, bytes);
    await writer.finish();
    return sink.bytes();
  };

  Deno.test(`${Writer.name} writes what is read back bit for bit`, async () => {
    const archive = await open(bytesSource(await write(FILES), `a.${form}`));
    assertEquals(await contents(archive), FILES);
    assertEquals(archive.refused, []);
    assertEquals((await open(bytesSource(await write({}), "e"))).entries, []);
  });

  Deno.test(`${Writer.name} refuses unsafe and repeated paths`, async () => {
    const writer = new Writer(memorySink());
    for (const path of [...UNSAFE, "", "a//b", "./a", "a/"]) {
      await assertRejects(() => writer.add(path, new Uint8Array()), RangeError, "cannot go into");
    }
    await writer.add("a", new Uint8Array());
    await assertRejects(() => writer.add("a", new Uint8Array()), RangeError, "there already");
  });

  Deno.test(`${form}: a cut-off archive is refused by name`, async () => {
    const bytes = await write(FILES);
    for (let length = 0; length < bytes.length - (form === "tar" ? 1024 : 0); length += 13) {
      const source = bytesSource(bytes.subarray(0, length), `cut.${form}`);
      const error = await assertRejects(() => open(source), SyntaxError);
      assertStringIncludes(error.message, `cut.${form}`);
    }
  });

  Deno.test(`${form}: limits hold`, async () => {
    const source = bytesSource(await write(FILES), `a.${form}`);
    await assertRejects(() => open(source, { entries: 3 }), RangeError, "more than 3 entries");
    const { entries, refused } = await open(source, { fileBytes: 1000 });
    assertEquals(entries.length, 3);
    assertStringIncludes(refused[0]!.reason, "3000 bytes are over the limit");
  });
}

Deno.test("openZip() finds an archive behind other bytes and before a comment", async () => {
  const zip = fromBase64(pythonFiles.zips.deflated);
  const moved = new Uint8Array([...new Uint8Array(100), ...zip, ...new Uint8Array(7)]);
  moved[moved.length - 7 - 2] = 7;
  assertEquals(await contents(await openZip(bytesSource(moved, "m.zip"))), FILES);
});

Deno.test("openZip() refuses content that its directory doesn't bear out", async () => {
  const zip = fromBase64(pythonFiles.zips.deflated);
  const view = new DataView(zip.buffer);
  const directory = view.getUint32(zip.length - 6, true);
  const second = (field: number) => {
    let at = directory;
    for (let i = 0; i < 2; i++) {
      at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
    }
    return at + field;
  };
  const broken = async (change: (copy: DataView) => void) => {
    const copy = zip.slice();
    change(new DataView(copy.buffer));
    const archive = await openZip(bytesSource(copy, "b.zip"));
    const index = archive.entries.findIndex(({ path }) => path.endsWith("2.jpg"));
    if (index < 0) return archive.refused[0]!.reason;
    return (await assertRejects(() => archive.read(index), SyntaxError, "b.zip")).message;
  };
  assertStringIncludes(await broken((v) => v.setUint32(second(24), 2999, true)), "does not unpack");
  assertStringIncludes(await broken((v) => v.setUint32(second(24), 9999, true)), "does not unpack");
  assertStringIncludes(
    await broken((v) => v.setUint32(second(24), 9e7, true)),
    "90000000 bytes out",
  );
  assertStringIncludes(await broken((v) => v.setUint32(second(16), 5, true)), "checksum");
  assertStringIncludes(await broken((v) => v.setUint32(second(42), 3, true)), "does not begin");
});

Deno.test("openZip() refuses files that share their bytes", async () => {
  const sink = memorySink();
  const writer = new ZipWriter(sink);
  await writer.add("a", new Uint8Array(1000));
  await writer.add("b", new Uint8Array(10));
  await writer.finish();
  const zip = sink.bytes();
  const view = new DataView(zip.buffer);
  const directory = view.getUint32(zip.length - 6, true);
  const b = directory + 46 + 1;
  view.setUint32(b + 20, 1000, true);
  view.setUint32(b + 24, 1000, true);
  view.setUint32(b + 42, 0, true);
  await assertRejects(() => openZip(bytesSource(zip, "o.zip")), SyntaxError, "overlap");
});

Deno.test("ZipWriter writes more files than a small directory can count", async () => {
  const sink = memorySink();
  const writer = new ZipWriter(sink);
  for (let i = 0; i < 65_600; i++) await writer.add(`${i}`, Uint8Array.of(i));
  await writer.finish();
  const zip = await openZip(bytesSource(sink.bytes(), "many.zip"));
  assertEquals(zip.entries.length, 65_600);
  assertEquals(await zip.read(65_599), Uint8Array.of(65_599));
});

Deno.test("openTar() says what to do with compressed archives and other files", async () => {
  const gzip = Uint8Array.of(0x1f, 0x8b, ...new Uint8Array(600));
  await assertRejects(() => openTar(bytesSource(gzip, "a.tgz")), SyntaxError, "unpack it first");
  const text = new TextEncoder().encode("no tar ".repeat(100));
  await assertRejects(() => openTar(bytesSource(text, "a.txt")), SyntaxError, "a.txt is not");
});

Deno.test("an archive's later file replaces an earlier one of the same path", async () => {
  const [first, second] = [memorySink(), memorySink()];
  await new TarWriter(first).add("a", Uint8Array.of(1));
  const writer = new TarWriter(second);
  await writer.add("a", Uint8Array.of(2));
  await writer.finish();
  const both = Uint8Array.of(...first.bytes(), ...second.bytes());
  const tar = await openTar(bytesSource(both, "twice.tar"));
  assertEquals(await contents(tar), { a: Uint8Array.of(2) });
  assertEquals(tar.refused.length, 1);
});

Deno.test("safePath() keeps paths within a folder", () => {
  assertEquals(safePath("./a//b/c.jpg"), { path: "a/b/c.jpg" });
  assertEquals(safePath("a..b/..c"), { path: "a..b/..c" });
  for (const path of [...UNSAFE, "..", "a/..", ".", "", "a\0b", "a\nb", "x".repeat(5000)]) {
    assertEquals("reason" in safePath(path), true, path);
  }
});
