import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type Batch, BatchLoader } from "../../src/data/loader.ts";
import type { DataSet, ImageSize } from "../../src/data/dataset.ts";
import { memorySet } from "./memory_set.ts";

const SIZE = { height: 2, width: 1 };

function makeLoader(samples: number, batch: number, seed = 1, flip = true): BatchLoader {
  return new BatchLoader(memorySet(samples, 1), { batch, size: SIZE, seed, flip });
}

async function take(loader: BatchLoader, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let i = 0; i < count; i++) batches.push(await loader.next());
  return batches;
}

Deno.test("BatchLoader gives each sample once an epoch, in full batches over the border", async () => {
  for (const [samples, batch] of [[10, 4], [7, 7], [12, 5], [3, 8], [1, 4]] as const) {
    using loader = makeLoader(samples, batch);
    const batches = await take(loader, samples);
    const all = batches.flatMap((one) => {
      assertEquals([one.indices.length, one.labels.length, one.flips.length], Array(3).fill(batch));
      return one.indices;
    });
    // As many batches as samples make as many epochs as a batch has samples.
    for (let epoch = 0; epoch < batch; epoch++) {
      const seen = all.slice(epoch * samples, (epoch + 1) * samples);
      assertEquals(seen.sort((a, b) => a - b), Array.from({ length: samples }, (_, i) => i));
    }
  }
});

Deno.test("BatchLoader hands over the pixels and labels of its samples", async () => {
  using loader = new BatchLoader(memorySet(5, 4), { batch: 6, size: SIZE, seed: 3, flip: false });
  for (const [iteration, batch] of (await take(loader, 5)).entries()) {
    assertEquals(batch.iteration, iteration);
    assertEquals([...batch.labels], batch.indices.map((index) => Math.floor(index / 4)));
    assertEquals([...batch.pixels], batch.indices.flatMap((index) => Array(6).fill(index)));
    assert(batch.flips.every((flip) => flip === 0));
  }
});

Deno.test("BatchLoader shuffles every epoch and every seed differently", async () => {
  using loader = makeLoader(50, 50);
  using other = makeLoader(50, 50, 2);
  const [first, second] = await take(loader, 2) as [Batch, Batch];
  assertNotEquals(first.indices, second.indices);
  assertNotEquals(first.indices, (await other.next()).indices);
});

Deno.test("BatchLoader.seek() reproduces any batch, forwards and backwards", async () => {
  using loader = makeLoader(11, 4);
  const batches = await take(loader, 12);
  for (const iteration of [7, 3, 11, 0, 5]) {
    loader.seek(iteration);
    assertEquals(loader.iteration, iteration);
    assertEquals(await loader.next(), batches[iteration]);
  }
  using restored = makeLoader(11, 4);
  restored.seek(8);
  assertEquals(await take(restored, 4), batches.slice(8));
});

Deno.test("BatchLoader mirrors about half of the images, independently of the order", async () => {
  using loader = makeLoader(1000, 100);
  using still = makeLoader(1000, 100, 1, false);
  const batches = await take(loader, 20);
  const flipped = batches.reduce((sum, { flips }) => sum + flips.reduce((a, b) => a + b, 0), 0);
  // Five standard deviations of 2,000 coin flips.
  assert(Math.abs(flipped - 1000) < 112, `${flipped}`);
  assert(batches.every(({ flips }) => flips.every((flip) => flip === 0 || flip === 1)));
  assertEquals((await still.next()).indices, batches[0]!.indices);
  // The second epoch mirrors others than the first.
  const byIndex = (part: Batch[]) => {
    const flips = new Uint8Array(1000);
    for (const { indices, flips: ones } of part) {
      indices.forEach((index, i) => flips[index] = ones[i]!);
    }
    return flips;
  };
  const [one, two] = [byIndex(batches.slice(0, 10)), byIndex(batches.slice(10))];
  const changed = one.filter((flip, i) => flip !== two[i]).length;
  assert(Math.abs(changed - 500) < 80, `${changed}`);
});

Deno.test("BatchLoader reads ahead as far as it is told", async () => {
  for (const prefetch of [0, 3]) {
    const dataset = memorySet(8, 1);
    using loader = new BatchLoader(dataset, {
      batch: 2,
      size: SIZE,
      seed: 0,
      flip: true,
      prefetch,
    });
    await loader.next();
    assertEquals(dataset.reads, 1 + prefetch);
    await loader.next();
    assertEquals(dataset.reads, 2 + prefetch);
  }
});

Deno.test("BatchLoader passes on an error of the data set to whoever takes the batch", async () => {
  const dataset = memorySet(4, 1);
  const read = dataset.read.bind(dataset);
  let reads = 0;
  dataset.read = (indices, size) =>
    reads++ === 1 ? Promise.reject(new Error("disk gone")) : read(indices, size);
  using loader = new BatchLoader(dataset, { batch: 2, size: SIZE, seed: 0, flip: false });
  await loader.next();
  await assertRejects(() => loader.next(), Error, "disk gone");
  assertEquals((await loader.next()).iteration, 2);
});

/** A set whose pixels tell the sample, the row and the column. */
function placeSet(samples: number): DataSet {
  return {
    ...memorySet(samples, 1),
    read(indices, { height, width }) {
      const texel = (index: number, i: number) => [index, Math.floor(i / width), i % width];
      const images = indices.map((index) =>
        Array.from({ length: height * width }, (_, i) => texel(index, i)).flat()
      );
      return Promise.resolve(Uint8Array.from(images.flat()));
    },
  };
}

/** The first row and column of each image's window, after a look at all of its pixels. */
function windowsOf({ pixels, indices }: Batch, { height, width }: ImageSize): number[][] {
  const bytes = height * width * 3;
  return indices.map((index, image) => {
    const window = pixels.subarray(image * bytes, (image + 1) * bytes);
    const [, top, left] = window as unknown as [number, number, number];
    for (let i = 0; i < height * width; i++) {
      const expected = [index, top + Math.floor(i / width), left + i % width];
      assertEquals([...window.subarray(3 * i, 3 * i + 3)], expected);
    }
    return [top, left];
  });
}

Deno.test("BatchLoader draws windows at all places, again the same ones by seek()", async () => {
  const size = { height: 5, width: 4 };
  const options = { batch: 40, size, seed: 5, flip: true, jitter: 4 };
  using loader = new BatchLoader(placeSet(100), options);
  using plain = new BatchLoader(placeSet(100), { ...options, jitter: 0 });
  const batches = await take(loader, 10);
  const places = batches.flatMap((batch) => windowsOf(batch, size));
  for (const axis of [0, 1]) {
    const counts = new Uint32Array(5);
    for (const place of places) counts[place[axis]!]!++;
    // Four standard deviations of 400 throws of a die with 5 sides.
    assert(counts.every((count) => Math.abs(count - 80) < 32), `${counts}`);
  }
  const shared = places.filter(([top, left]) => top === left).length;
  assert(shared > 40 && shared < 130, `${shared}`);
  // Other places in the second epoch than in the first.
  const byIndex = (part: Batch[]) =>
    new Map(
      part.flatMap((batch) =>
        windowsOf(batch, size).map((place, i) => [batch.indices[i]!, `${place}`] as const)
      ),
    );
  const [first, second] = [byIndex(batches.slice(0, 2)), byIndex(batches.slice(3, 5))];
  const both = [...first.keys()].filter((index) => second.has(index));
  assert(both.some((index) => first.get(index) !== second.get(index)));
  using restored = new BatchLoader(placeSet(100), options);
  restored.seek(7);
  assertEquals(await take(restored, 3), batches.slice(7));
  // Order and mirroring are those without jitter.
  for (const { indices, flips } of batches) {
    const other = await plain.next();
    assertEquals([other.indices, other.flips], [indices, flips]);
    assertEquals(windowsOf(other, size), Array(40).fill([0, 0]));
  }
});

Deno.test("BatchLoader refuses senseless options and use after its disposal", async () => {
  assertThrows(() => makeLoader(4, 0), RangeError, "not 0");
  assertThrows(() => makeLoader(0, 4), RangeError, "no samples");
  const options = { batch: 1, size: SIZE, seed: 0, flip: false, prefetch: -1 };
  assertThrows(() => new BatchLoader(memorySet(2, 1), options), RangeError, "not -1");
  for (const jitter of [-1, 1.5, 256]) {
    const wrong = { batch: 1, size: SIZE, seed: 0, flip: false, jitter };
    assertThrows(() => new BatchLoader(memorySet(2, 1), wrong), RangeError, `not ${jitter}`);
  }
  const loader = makeLoader(4, 2);
  for (const bad of [-1, 0.5, NaN]) assertThrows(() => loader.seek(bad), RangeError);
  loader.dispose();
  await assertRejects(() => loader.next(), Error, "disposed");
});
