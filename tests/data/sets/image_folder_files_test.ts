import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ImageFolder, type ImageFolderOptions } from "../../../src/data/sets/image_folder_files.ts";
import { BatchLoader } from "../../../src/data/loader.ts";
import { decodeImage } from "../../../src/faces/images/decode.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import { fitCrop } from "../../../src/faces/images/resample.ts";
import { encodeJpeg, gradient } from "../../faces/images/image_samples.ts";

const SIZE = { height: 14, width: 12 };
const OPTIONS: ImageFolderOptions = { size: SIZE, workers: 1 };

/** Writes a folder of files for the time of a test. */
async function withFolder(
  files: Record<string, Uint8Array | string>,
  run: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(dir, name, ".."), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(dir, name), bytes);
    }
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function png(phase: number): Uint8Array {
  return encodePng(gradient(14, 12, phase), 14, 12);
}

async function failure(dir: string, options: ImageFolderOptions = OPTIONS): Promise<string> {
  const error = await assertRejects(() => ImageFolder.open(dir, options), Error);
  assertStringIncludes(error.message, dir);
  return error.message.replaceAll(dir, "DIR");
}

const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length * 0.6));

Deno.test("ImageFolder.open() sorts identities and images, and counts what it ignores", async () => {
  const jpeg = await encodeJpeg(gradient(28, 28), 28, 28);
  const files = {
    "zoe/2.PNG": png(1),
    "zoe/1.png": png(2),
    "Ada/x.JPEG": jpeg,
    "Ada/notes.txt": "not an image",
    "Ada/.hidden.png": "hidden",
    "Ada/deeper/y.png": png(3),
    "empty/readme.md": "no images",
    ".cache/a.png": png(4),
    "pairs.txt": "10 300",
  };
  await withFolder(files, async (dir) => {
    const progress: string[] = [];
    using folder = await ImageFolder.open(dir, {
      ...OPTIONS,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assertEquals(folder.name, dir);
    assertEquals(folder.identities, ["Ada", "zoe"]);
    assertEquals(folder.sampleNames, ["Ada/x.JPEG", "zoe/1.png", "zoe/2.PNG"]);
    assertEquals(folder.labels, Uint32Array.of(0, 1, 1));
    assertEquals(folder.ignored, 4);
    assertEquals(folder.skipped, []);
    assertEquals(progress, ["1/3", "2/3", "3/3"]);
    const expected = fitCrop(await decodeImage(jpeg, "x"), SIZE);
    const bytes = SIZE.height * SIZE.width * 3;
    const pixels = await folder.read([2, 0, 2], SIZE);
    assertEquals(pixels.subarray(0, bytes), gradient(14, 12, 1));
    assertEquals(pixels.subarray(bytes, 2 * bytes), expected);
    assertEquals(pixels.subarray(2 * bytes), gradient(14, 12, 1));
    // At another size than the one that is kept.
    const small = await folder.read([1], { height: 7, width: 6 });
    const whole = { height: 14, width: 12, data: gradient(14, 12, 2) };
    assertEquals(small, fitCrop(whole, { height: 7, width: 6 }));
    await assertRejects(() => folder.read([3], SIZE), RangeError, "no sample 3");
  });
});

Deno.test("ImageFolder skips, counts and names damaged images among good ones", async () => {
  const files = {
    "a/1.jpg": cut(await encodeJpeg(gradient(28, 28), 28, 28)),
    "a/2.png": png(2),
    "a/3.jpg": "A text file named .jpg",
    "a/4.png": png(4),
    "b/1.png": "",
    "b/2.png": png(5),
    "c/1.png": cut(png(1)),
  };
  const bytes = SIZE.height * SIZE.width * 3;
  await withFolder(files, async (dir) => {
    using folder = await ImageFolder.open(dir, OPTIONS);
    assertEquals(folder.identities, ["a", "b"]);
    assertEquals(folder.sampleNames, ["a/2.png", "a/4.png", "b/2.png"]);
    assertEquals(folder.labels, Uint32Array.of(0, 0, 1));
    assertEquals(folder.skipped.map(({ file }) => file), [
      "a/1.jpg",
      "a/3.jpg",
      "b/1.png",
      "c/1.png",
    ]);
    for (const { file, reason } of folder.skipped) assertStringIncludes(reason, file);
    const pixels = await folder.read([0, 1, 2], SIZE);
    [2, 4, 5].forEach((phase, i) =>
      assertEquals(pixels.subarray(i * bytes, (i + 1) * bytes), gradient(14, 12, phase))
    );
  });

  await withFolder(files, async (dir) => {
    using folder = await ImageFolder.open(dir, { ...OPTIONS, cacheBytes: 0 });
    assertEquals(folder.labels, Uint32Array.of(0, 0, 0, 0, 1, 1, 2));
    assertEquals(folder.skipped, []);
    // The next good one of the identity stands in, and the last is followed by the first.
    const pixels = await folder.read([0, 1, 2, 3, 4, 5], SIZE);
    [2, 2, 4, 4, 5, 5].forEach((phase, i) =>
      assertEquals(pixels.subarray(i * bytes, (i + 1) * bytes), gradient(14, 12, phase))
    );
    assertEquals(
      folder.skipped.map(({ file }) => file).sort(),
      ["a/1.jpg", "a/3.jpg", "b/1.png"],
    );
    await assertRejects(() => folder.read([6], SIZE), Error, "None of the images of c");
  });
});

Deno.test("ImageFolder gives the same pixels kept in memory and decoded on demand", async () => {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 30; i++) {
    files[`p${i % 3}/${i}.jpg`] = await encodeJpeg(gradient(40, 30, i), 40, 30);
  }
  await withFolder(files, async (dir) => {
    using kept = await ImageFolder.open(dir, OPTIONS);
    using onDemand = await ImageFolder.open(dir, { ...OPTIONS, cacheBytes: 1000, workers: 2 });
    const indices = kept.sampleNames.map((_, i) => i);
    assertEquals(await kept.read(indices, SIZE), await onDemand.read(indices, SIZE));
  });
});

Deno.test("ImageFolder.open() says what is wrong with a folder", async () => {
  await withFolder({ "file.txt": "text" }, async (dir) => {
    assertEquals(
      await failure(dir),
      "DIR holds no JPEG or PNG images in folders (identity/image.jpg); 1 other file found.",
    );
    assertEquals(await failure(join(dir, "none")), "There is no folder DIR.");
    assertEquals(
      await failure(join(dir, "file.txt")),
      "DIR is a file; give the folder that holds a folder of images for each identity.",
    );
  });
  await withFolder({}, async (dir) => assertEquals(await failure(dir), "The folder DIR is empty."));
  await withFolder({ "a.png": png(1), "b.png": png(2) }, async (dir) =>
    assertEquals(
      await failure(dir),
      "DIR holds 2 images itself; put the images of each identity into a folder of its own.",
    ));
  await withFolder({ "p1/a.png": png(1), "p2/a.txt": "text" }, async (dir) => {
    assertEquals(
      await failure(dir),
      "DIR holds only one identity, p1; at least 2 are needed.",
    );
    using folder = await ImageFolder.open(dir, { ...OPTIONS, minIdentities: 1 });
    assertEquals(folder.identities, ["p1"]);
  });
  await withFolder({ "p1/a.png": "x", "p2/a.png": "y" }, async (dir) =>
    assertEquals(
      await failure(dir),
      "None of the 2 images in DIR can be decoded; the first: p1/a.png is neither a JPEG nor a " +
        "PNG file (it begins with the bytes 78).",
    ));
});

Deno.test("ImageFolder.open() leaves out identities with too few good images", async () => {
  const files = {
    "a/1.png": png(1),
    "a/2.png": png(2),
    "b/1.png": png(3),
    "c/1.png": png(4),
    "c/2.png": "damaged",
    "d/1.png": png(5),
    "d/2.png": png(6),
  };
  await withFolder(files, async (dir) => {
    using folder = await ImageFolder.open(dir, { ...OPTIONS, minImages: 2 });
    assertEquals(folder.identities, ["a", "d"]);
    assertEquals(folder.labels, Uint32Array.of(0, 0, 1, 1));
    const bytes = SIZE.height * SIZE.width * 3;
    const pixels = await folder.read([3], SIZE);
    assertEquals(pixels.subarray(0, bytes), gradient(14, 12, 6));
    assertStringIncludes(await failure(dir, { ...OPTIONS, minImages: 3 }), "at least 3 images");
  });
});

Deno.test("ImageFolder follows symbolic links and skips those to nowhere", async () => {
  await withFolder({ "a/1.png": png(1), "b/1.png": png(2) }, async (dir) => {
    await Deno.symlink(join(dir, "a"), join(dir, "linked"));
    await Deno.symlink(join(dir, "gone.png"), join(dir, "b", "2.png"));
    using folder = await ImageFolder.open(dir, OPTIONS);
    assertEquals(folder.sampleNames, ["a/1.png", "b/1.png", "linked/1.png"]);
    assertStringIncludes(folder.skipped[0]!.reason, "b/2.png cannot be read");
  });
});

const REAL_FACES = fromFileUrl(new URL("../../../../shared/data/faces/test", import.meta.url));

Deno.test("ImageFolder feeds a loader with real faces", async () => {
  try {
    await Deno.stat(REAL_FACES);
  } catch {
    console.log("skipped: no ../shared/data/faces/test beside this checkout");
    return;
  }
  const size = { height: 56, width: 48 };
  using folder = await ImageFolder.open(REAL_FACES, { size });
  assertEquals(folder.skipped, []);
  assertEquals(folder.ignored, 1);
  assert(folder.identities.length > 20 && folder.labels.length > 500);
  const file = folder.sampleNames[100]!;
  const image = await decodeImage(await Deno.readFile(join(REAL_FACES, file)), file);
  assertEquals(await folder.read([100], size), fitCrop(image, size));
  using loader = new BatchLoader(folder, { batch: 64, size, seed: 0, flip: true });
  const batch = await loader.next();
  const mean = batch.pixels.reduce((sum, value) => sum + value, 0) / batch.pixels.length;
  assert(mean > 60 && mean < 200, `${mean}`);
});
