import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openImages } from "../../../src/data/sets/open_images_files.ts";
import { ImageDecodeError } from "../../../src/faces/images/decode.ts";
import { TarWriter, ZipWriter } from "../../../src/formats/archives/writers.ts";
import { RecordSetWriter } from "../../../src/formats/records/set_writer.ts";
import { VerificationBinWriter } from "../../../src/formats/verification_bin.ts";
import { withFiles } from "../../cli/command.ts";
import { jpegFace, pngFace } from "../../cli/faces.ts";

/** The bytes that a writer makes. */
async function written(
  write: (sink: { write(bytes: Uint8Array): Promise<void> }) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  await write({ write: (bytes) => Promise.resolve(void pieces.push(bytes.slice())) });
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

const IMAGES = {
  "a/a_0001.png": pngFace(0, 1),
  "a/a_0002.png": pngFace(0, 2),
  "b/b_0001.png": pngFace(1, 1),
};

/** What a set says, and its images. */
async function contentsOf(path: string, root?: string) {
  using set = await openImages(path, { root });
  const files = await Promise.all(set.sampleNames.map((_, index) => set.encoded(index)));
  const stamps = await Array.fromAsync(set.stamps());
  await assertRejects(() => set.encoded(files.length), RangeError, "no sample");
  const { format, identities, sampleNames, ignored, remarks, labelGaps = 0, landmarks } = set;
  const labels = [...set.labels];
  const shown = { format, identities, labels, sampleNames, ignored, labelGaps };
  return { shown, files, stamps, remarks, landmarks, pairs: set.pairs };
}

const EXPECTED = {
  identities: ["a", "b"],
  labels: [0, 0, 1],
  sampleNames: Object.keys(IMAGES),
  labelGaps: 0,
};

Deno.test("openImages() reads folders, zip and tar alike", async () => {
  const archive = (
    writer: (sink: { write(bytes: Uint8Array): Promise<void> }) => ZipWriter | TarWriter,
  ) =>
    written(async (sink) => {
      const made = writer(sink);
      // In no order, below a common folder, among other files.
      for (const name of ["b/b_0001.png", "a/a_0002.png", "a/a_0001.png"] as const) {
        await made.add(`faces/train/${name}`, IMAGES[name]);
      }
      await made.add("faces/readme.txt", new Uint8Array(3));
      await made.add("__MACOSX/a/._x.png", new Uint8Array(3));
      await made.finish();
    });
  const files = {
    ...Object.fromEntries(Object.entries(IMAGES).map(([name, file]) => [`set/${name}`, file])),
    "set/pairs.txt": "1\n",
    "set.zip": await archive((sink) => new ZipWriter(sink)),
    "set.dat": await archive((sink) => new TarWriter(sink)),
  };
  await withFiles(files, async (dir) => {
    for (
      const [file, format] of [["set", "identity folders"], ["set.zip", "zip"], ["set.dat", "tar"]]
    ) {
      const { shown, files, stamps, remarks } = await contentsOf(join(dir, file!));
      assertEquals(shown, { ...EXPECTED, format: format!, ignored: 1 });
      assertEquals(files, Object.values(IMAGES));
      assertEquals([stamps.length, remarks], [format === "identity folders" ? 3 : 1, []]);
    }
  });
});

Deno.test("openImages() reads RecordIO sets, named by their list or by numbers", async () => {
  let texts = { index: "", list: "", classes: 0 };
  const records = await written(async (sink) => {
    const writer = new RecordSetWriter(sink);
    const names = Object.keys(IMAGES) as (keyof typeof IMAGES)[];
    for (const name of names) {
      await writer.add(name[0] === "a" ? 0 : 7, IMAGES[name], `/raid/${name}`);
    }
    texts = await writer.finish();
  });
  const files = {
    "rec/train.rec": records,
    "rec/train.idx": texts.index,
    "rec/train.lst": texts.list,
    "bare/faces.rec": records,
    "other/train.rec": records,
    "other/train.lst": texts.list.replace("/raid/b", "/raid/a"),
    "two/x.rec": records,
    "two/y.rec": records,
  };
  await withFiles(files, async (dir) => {
    const at = (name: string) => join(dir, name);
    for (const path of ["rec", "rec/train.rec"]) {
      const { shown, files, remarks } = await contentsOf(at(path));
      assertEquals(shown, { ...EXPECTED, labelGaps: 6, format: "RecordIO", ignored: 0 });
      assertEquals([files, remarks], [Object.values(IMAGES), []]);
    }
    for (const path of ["bare", "other"]) {
      const { shown, files, remarks } = await contentsOf(at(path));
      assertEquals([shown.identities, shown.labels], [["0", "7"], [0, 0, 1]]);
      assertEquals(shown.sampleNames, ["0/1", "0/2", "7/3"]);
      assertEquals(files, Object.values(IMAGES));
      assertEquals(remarks.length, path === "bare" ? 1 : 2);
    }
    await assertRejects(() => openImages(at("two")), Error, "several sets, x.rec, y.rec");
    await assertRejects(() => openImages(at("rec/train.idx")), Error, "beside a RecordIO set");
    await assertRejects(() => openImages(at("rec/train.lst")), Error, "give ");
  });
});

Deno.test("openImages() reads verification sets as pairs", async () => {
  const [a, b, c] = Object.values(IMAGES) as [Uint8Array, Uint8Array, Uint8Array];
  const bin = await written(async (sink) => {
    const writer = new VerificationBinWriter(sink);
    await writer.addPair(a, b, true);
    await writer.addPair(a, c, false);
    await writer.finish();
  });
  await withFiles({ "v.bin": bin }, async (dir) => {
    const { shown, files, pairs } = await contentsOf(join(dir, "v.bin"));
    assertEquals(shown.identities, ["0001", "0002a", "0002b"]);
    assertEquals(shown.labels, [0, 0, 1, 2]);
    const names = ["0001/0001_0001", "0001/0001_0002", "0002a/0002a_0001", "0002b/0002b_0001"];
    assertEquals(shown.sampleNames, names);
    assertEquals(files as Uint8Array[], [a, b, a, c]);
    assertEquals(pairs, {
      left: Uint32Array.of(0, 2),
      right: Uint32Array.of(1, 3),
      same: Uint8Array.of(1, 0),
    });
  });
});

Deno.test("openImages() reads lists, with gaps, landmarks and a root", async () => {
  const points = "38 51 73 51 56 71 41 92 70 92";
  const files = {
    ...IMAGES,
    "loose.png": IMAGES["b/b_0001.png"],
    "list.txt": "# mine\n./a/a_0002.png 5\nb/b_0001.png 2\na/a_0001.png 5\n",
    "marked.txt": `a/a_0001.png 0 ${points}\nb/b_0001.png 1 ${points}\n`,
    "flat.lst": "loose.png\t0\nb/b_0001.png\t10\n",
    "lists/far.txt": "a/a_0001.png 0\nb/b_0001.png 1\n",
    "gone.txt": "a/a_0001.png 0\na/none.png 0\n",
    "twice.txt": "a/a_0001.png 0\na/a_0001.png 1\n",
  };
  await withFiles(files, async (dir) => {
    const at = (name: string) => join(dir, name);
    const list = await contentsOf(at("list.txt"));
    assertEquals(list.shown, {
      format: "list",
      identities: ["b", "a"],
      labels: [1, 0, 1],
      sampleNames: ["a/a_0002.png", "b/b_0001.png", "a/a_0001.png"],
      ignored: 0,
      labelGaps: 4,
    });
    assertEquals(list.files[0], IMAGES["a/a_0002.png"]);
    assertEquals(list.stamps.length, 4);
    const marked = await contentsOf(at("marked.txt"));
    assertEquals(marked.shown.format, "list with landmarks");
    // Such lists count pixels from 1.
    const corner = { x: 69, y: 91 };
    assertEquals(marked.landmarks?.map((face) => face?.[4]), [corner, corner]);
    const flat = await contentsOf(at("flat.lst"));
    assertEquals([flat.shown.identities, flat.shown.labelGaps], [["00", "10"], 9]);
    await assertRejects(() => openImages(at("lists/far.txt")), Error, "give by --root");
    const far = await contentsOf(at("lists/far.txt"), dir);
    assertEquals(far.files[1], IMAGES["b/b_0001.png"]);
    using gone = await openImages(at("gone.txt"));
    await assertRejects(() => gone.encoded(1), ImageDecodeError, "a/none.png cannot be read");
    await assertRejects(() => openImages(at("twice.txt")), SyntaxError, "names a/a_0001.png twice");
  });
});

Deno.test("openImages() says what a file looks like that is no set", async () => {
  const files = {
    "empty.bin": "",
    "a.jpg": await jpegFace(0, 0),
    "a.png": pngFace(0, 0),
    "faces.tar.gz": Uint8Array.of(0x1f, 0x8b, 8, 0, 0),
    "x.npy": "\x93NUMPY",
    "noise.rec": Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    "notes.txt": "hello 5\nworld 6\n",
    "train.h5": Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10),
    "cut.zip": "PK\x03\x04 and nothing more",
  };
  files["x.npy"] = new TextDecoder("latin1").decode(Uint8Array.of(0x93)) + "NUMPY";
  await withFiles(
    { ...files, "x.npy": Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY")) },
    async (dir) => {
      const cases: [string, string][] = [
        ["empty.bin", "is empty"],
        ["a.jpg", "looks like one JPEG image; give the folder"],
        ["a.png", "looks like one PNG image"],
        ["faces.tar.gz", "looks like a gzip archive; unpack it"],
        ["x.npy", "looks like a NumPy array"],
        ["noise.rec", "begins with the bytes 01 02 03 04 05 06 07 08"],
        ["notes.txt", 'does not look like a list of images: it names "hello"'],
        ["train.h5", "looks like an HDF5 file"],
        ["cut.zip", "cut.zip"],
        ["none", "There is no folder or file"],
      ];
      for (const [name, words] of cases) {
        const error = await assertRejects(() => openImages(join(dir, name)), Error);
        assertStringIncludes(error.message, words);
        assertStringIncludes(error.message, name);
      }
    },
  );
});
