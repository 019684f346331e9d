import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SyntheticFaces, type SyntheticOptions } from "../../src/data/synthetic.ts";
import { verify } from "../../src/evaluate/verification.ts";
import { renderFaces } from "../../src/faces/synthetic/renderer.ts";
import { Gpu } from "../../src/gpu/gpu.ts";

const SIZE = { height: 56, width: 48 };
const BYTES = SIZE.height * SIZE.width * 3;

Deno.test("SyntheticFaces names and labels its samples", async () => {
  using gpu = await Gpu.request();
  const set = new SyntheticFaces(gpu, { identities: 3, imagesPerIdentity: 2, firstIdentity: 11 });
  assertEquals(set.name, "synthetic");
  assertEquals([...set.identities], ["s00011", "s00012", "s00013"]);
  assertEquals([...set.labels], [0, 0, 1, 1, 2, 2]);
  assertEquals(set.sampleNames[3], "s00012/s00012_0001");
});

Deno.test("SyntheticFaces.read() gives the samples asked for, in order and repeated", async () => {
  using gpu = await Gpu.request();
  const set = new SyntheticFaces(gpu, { identities: 3, imagesPerIdentity: 2, seed: 4 });
  const wanted = [5, 0, 5, 3];
  const expected = await renderFaces(gpu, wanted.map((index) => set.face(index)), SIZE);
  assertEquals(await set.read(wanted, SIZE), expected);
  assertEquals(await set.read([], SIZE), new Uint8Array(0));
  await assertRejects(() => set.read([6], SIZE), RangeError, "sample 6");
});

Deno.test("SyntheticFaces draws the same person in sets that overlap", async () => {
  using gpu = await Gpu.request();
  const options = { identities: 3, imagesPerIdentity: 2, seed: 4 };
  const set = new SyntheticFaces(gpu, options);
  const later = new SyntheticFaces(gpu, { ...options, firstIdentity: 2, imagesPerIdentity: 3 });
  assertEquals(await later.read([0, 1], SIZE), await set.read([4, 5], SIZE));
});

Deno.test("SyntheticFaces draws each image once, and none that prepare() has drawn", async () => {
  using gpu = await Gpu.request();
  const set = new SyntheticFaces(gpu, { identities: 2, imagesPerIdentity: 3 });
  const first = await set.read([1, 2], SIZE);
  const { dispatches } = gpu.counts;
  assertEquals(await set.read([1, 2], SIZE), first);
  assertEquals(gpu.counts.dispatches, dispatches);
  const progress: number[][] = [];
  await set.prepare(SIZE, (done, total) => progress.push([done, total]));
  assertEquals(progress, [[6, 6]]);
  const prepared = gpu.counts.dispatches;
  assert(prepared > dispatches);
  await set.read([0, 1, 2, 3, 4, 5], SIZE);
  assertEquals(gpu.counts.dispatches, prepared);
});

Deno.test("SyntheticFaces gives right images from a full memory, at two sizes and at once", async () => {
  using gpu = await Gpu.request();
  const options = { identities: 2, imagesPerIdentity: 2 };
  const set = new SyntheticFaces(gpu, { ...options, cacheBytes: 2 * BYTES });
  const small = { height: 28, width: 24 };
  const all = [0, 1, 2, 3];
  const reads = await Promise.all([
    set.read(all, SIZE),
    set.read(all, small),
    set.read([3, 2, 1, 0], SIZE),
  ]);
  const plain = new SyntheticFaces(gpu, options);
  assertEquals(reads[0], await plain.read(all, SIZE));
  assertEquals(reads[1], await plain.read(all, small));
  assertEquals(await set.read(all, SIZE), reads[0]);
  assertEquals(reads[2], await plain.read([3, 2, 1, 0], SIZE));
});

Deno.test("SyntheticFaces gives all its GPU memory back", async () => {
  using gpu = await Gpu.request();
  const set = new SyntheticFaces(gpu, { identities: 2, imagesPerIdentity: 2 });
  await set.read([0, 1, 2], SIZE);
  assertEquals(gpu.memory.usedBytes, 0);
});

Deno.test("SyntheticFaces refuses numbers out of range", async () => {
  using gpu = await Gpu.request();
  const good = { identities: 2, imagesPerIdentity: 2 };
  const bad: Partial<SyntheticOptions>[] = [
    { identities: 0 },
    { imagesPerIdentity: 1.5 },
    { firstIdentity: -1 },
    { seed: NaN },
  ];
  for (const options of bad) {
    assertThrows(() => new SyntheticFaces(gpu, { ...good, ...options }), RangeError);
  }
});

Deno.test("SyntheticFaces can't be told apart by raw pixels", async () => {
  using gpu = await Gpu.request();
  const set = new SyntheticFaces(gpu, {
    identities: 30,
    imagesPerIdentity: 8,
    firstIdentity: 10_000,
    seed: 1,
  });
  const pixels = await set.read([...set.labels.keys()], SIZE);
  const features = Float32Array.from(pixels, (value) => (value - 127.5) / 128);
  for (const subtractMean of [true, false]) {
    const { accuracy } = verify({ features, dim: BYTES, labels: set.labels }, {
      pairsPerClass: 800,
      folds: 5,
      subtractMean,
    });
    // Not chance either: the images of one person do have something in common.
    assert(accuracy > 0.55 && accuracy < 0.75, `accuracy ${accuracy}`);
  }
});
