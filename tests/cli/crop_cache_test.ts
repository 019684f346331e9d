import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { CachedImages } from "../../src/cli/cached_images.ts";
import { CropCache } from "../../src/cli/crop_cache.ts";
import { DecodedImages } from "../../src/data/decoding/decoded_images.ts";
import { openFolder } from "../../src/data/sets/folder_images_files.ts";
import { spawnFileWorker } from "../../src/data/sets/image_folder_files.ts";
import { withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";

const SIZE = { height: 20, width: 17 };
const IMAGE_BYTES = 20 * 17 * 3;

/** Ten faces of three people; the second of p1 is damaged. */
async function faces(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 10; i++) files[`p${i % 3}/${i}.png`] = pngFace(i % 3, i);
  files["p1/4.jpg"] = truncated(await jpegFace(1, 4));
  delete files["p1/4.png"];
  return files;
}

/** Three images a shard. */
const options = (dir: string) => ({
  dir: join(dir, ".cache"),
  size: SIZE,
  shardBytes: 3 * IMAGE_BYTES + 5,
  workers: 1,
});

async function decodedBy(dir: string, more: Partial<Parameters<typeof CropCache.open>[1]> = {}) {
  let decoded = 0;
  using images = await openFolder(dir);
  const cache = await CropCache.open(images, {
    ...options(dir),
    onProgress: () => decoded++,
    ...more,
  });
  cache[Symbol.dispose]();
  return { decoded, path: cache.path };
}

Deno.test("CachedImages give what decoding gives, and later runs decode nothing", async () => {
  await withFiles(await faces(), async (dir) => {
    using images = await openFolder(dir);
    const decoding = { size: SIZE, workers: 1, spawn: spawnFileWorker };
    using plain = await DecodedImages.from(images, decoding);
    for (const run of [0, 1]) {
      let decoded = 0;
      const cached = { ...options(dir), onProgress: () => decoded++ };
      using set = await CachedImages.open(images, decoding, cached);
      assertEquals(decoded, run === 0 ? 10 : 0);
      assertEquals(set.identities, plain.identities);
      assertEquals(set.sampleNames, plain.sampleNames);
      assertEquals(set.labels, plain.labels);
      assertEquals(set.skipped, plain.skipped);
      const all = set.sampleNames.map((_, i) => i);
      for (const size of [SIZE, { height: 10, width: 9 }]) {
        assertEquals(await set.read(all, size), await plain.read(all, size));
      }
      await assertRejects(() => set.read([9], SIZE), RangeError, "no sample 9");
    }
    using few = await CachedImages.open(images, { ...decoding, minImages: 4 }, {
      ...options(dir),
      onProgress: () => assert(false, "another filter takes no other cache"),
    }).catch(async (error) => {
      assertEquals(error.message.includes("only one identity with at least 4 images"), true);
      return await CachedImages.open(
        images,
        { ...decoding, minImages: 4, minIdentities: 1 },
        options(dir),
      );
    });
    assertEquals(few.identities, ["p0"]);
    const [p0] = plain.identities.map((_, label) =>
      [...plain.labels.keys()].filter((i) => plain.labels[i] === label)
    );
    assertEquals(await few.read([0, 1, 2, 3], SIZE), await plain.read(p0!, SIZE));
  });
});

Deno.test("CropCache.open() decodes anew what is missing or not whole, and no more", async () => {
  await withFiles(await faces(), async (dir) => {
    const { path } = await decodedBy(dir);
    assertEquals((await Array.fromAsync(Deno.readDir(path))).length, 4);
    await Deno.remove(join(path, "00001.shard"));
    assertEquals((await decodedBy(dir)).decoded, 3);
    const file = join(path, "00003.shard");
    const whole = await Deno.readFile(file);
    await Deno.writeFile(file, whole.subarray(0, whole.length - 1));
    assertEquals((await decodedBy(dir)).decoded, 1);
    assertEquals(await Deno.readFile(file), whole);
    for (const at of [0, 9, 17, 21, 25]) {
      await Deno.writeFile(file, whole.map((byte, i) => i === at ? byte ^ 4 : byte));
      assertEquals((await decodedBy(dir)).decoded, 1, `byte ${at}`);
    }
    assertEquals((await decodedBy(dir)).decoded, 0);
  });
});

Deno.test("CachedImages decodes an image whose bytes changed on the disk", async () => {
  await withFiles(await faces(), async (dir) => {
    const { path } = await decodedBy(dir);
    const file = join(path, "00000.shard");
    const bytes = await Deno.readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(file, bytes);
    using images = await openFolder(dir);
    const decoding = { size: SIZE, workers: 1, spawn: spawnFileWorker };
    using cache = await CropCache.open(images, options(dir));
    assertEquals([cache.read(1) === null, cache.read(2) === null], [false, true]);
    using plain = await DecodedImages.from(images, decoding);
    using set = await CachedImages.open(images, decoding, options(dir));
    assertEquals(await set.read([0, 1, 2, 3], SIZE), await plain.read([0, 1, 2, 3], SIZE));
  });
});

Deno.test("CropCache.open() has another cache for changed files and another size", async () => {
  await withFiles(await faces(), async (dir) => {
    const { path } = await decodedBy(dir);
    const other = await decodedBy(dir, { size: { height: 20, width: 16 } });
    assertNotEquals(other.path, path);
    await Deno.writeFile(join(dir, "p0/0.png"), pngFace(7, 7));
    await Deno.utime(join(dir, "p0/0.png"), new Date(), new Date(Date.now() + 5000));
    const changed = await decodedBy(dir);
    assertEquals(changed.decoded, 10);
    assertNotEquals(changed.path, path);
  });
});

Deno.test("CropCache.open() keeps its folder within bounds: old caches go, too large a set is refused", async () => {
  await withFiles(await faces(), async (dir) => {
    const first = await decodedBy(dir);
    await Deno.utime(first.path, new Date(0), new Date(0));
    const second = await decodedBy(dir, { size: { height: 20, width: 16 } });
    await Deno.writeTextFile(join(dir, ".cache", "mine.txt"), "not a cache");
    const third = await decodedBy(dir, {
      size: { height: 20, width: 15 },
      maxBytes: 22 * IMAGE_BYTES,
    });
    const names = (await Array.fromAsync(Deno.readDir(join(dir, ".cache")), ({ name }) => name))
      .sort();
    const expected = [second.path, third.path, "mine.txt"].map((path) => path.split("/").at(-1)!);
    assertEquals(names, expected.sort());
    await assertRejects(
      () => decodedBy(dir, { maxBytes: 9 * IMAGE_BYTES }),
      Error,
      "raise --cache-limit",
    );
  });
});
