import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DecodePool } from "../../../src/data/decoding/decode_pool.ts";
import { ImageDecodeError } from "../../../src/faces/images/decode.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import { fitCrop } from "../../../src/faces/images/resample.ts";
import { encodeJpeg, gradient, largestDifference } from "../../faces/images/image_samples.ts";

const SIZE = { height: 12, width: 10 };

function spawn(file: string): () => Worker {
  return () => new Worker(new URL(file, import.meta.url), { type: "module" });
}

Deno.test("DecodePool decodes and fits, each answer to its own question", async () => {
  using pool = new DecodePool({ workers: 2 });
  const images = Array.from({ length: 40 }, (_, i) => gradient(24, 24, i));
  const results = await Promise.all(
    images.map((rgb, i) => pool.decode({ name: `${i}`, bytes: encodePng(rgb, 24, 24) }, SIZE)),
  );
  results.forEach((pixels, i) =>
    assertEquals(pixels, fitCrop({ height: 24, width: 24, data: images[i]! }, SIZE))
  );
});

Deno.test("DecodePool takes a view of a larger buffer and leaves it alone", async () => {
  using pool = new DecodePool({ workers: 1 });
  const jpeg = await encodeJpeg(gradient(12, 10), 12, 10);
  const archive = new Uint8Array(jpeg.length + 200).fill(7);
  archive.set(jpeg, 100);
  const bytes = archive.subarray(100, 100 + jpeg.length);
  const pixels = await pool.decode({ name: "view", bytes }, SIZE);
  assert(largestDifference(pixels, gradient(12, 10)) < 16);
  assertEquals(bytes, jpeg);
});

Deno.test("DecodePool.measure() tells an image's own size, and refuses a damaged one", async () => {
  using pool = new DecodePool({ workers: 1 });
  const png = encodePng(gradient(24, 20), 24, 20);
  const measured = pool.measure({ name: "good", bytes: png });
  const pixels = pool.decode({ name: "good", bytes: png }, SIZE);
  assertEquals(await measured, { height: 24, width: 20 });
  assertEquals((await pixels).length, 12 * 10 * 3);
  const cut = png.slice(0, 60);
  await assertRejects(
    () => pool.measure({ name: "cut.png", bytes: cut }),
    ImageDecodeError,
    "cut.png",
  );
});

Deno.test("DecodePool tells a damaged image and goes on", async () => {
  using pool = new DecodePool({ workers: 1 });
  const text = new TextEncoder().encode("hello");
  await assertRejects(
    () => pool.decode({ name: "p/hello.jpg", bytes: text }, SIZE),
    ImageDecodeError,
    "p/hello.jpg is neither",
  );
  const good = encodePng(gradient(12, 10), 12, 10);
  assertEquals(await pool.decode({ name: "good", bytes: good }, SIZE), gradient(12, 10));
  // A path is of no use to workers that read no files: no fault of the image.
  const error = await assertRejects(() => pool.decode({ name: "p/a.jpg", path: "p/a.jpg" }, SIZE));
  assert(!(error instanceof ImageDecodeError) && error instanceof Error);
  assert(error.message.includes("p/a.jpg"));
});

Deno.test("DecodePool names the image at which a worker stops, and decodes the others", async () => {
  using pool = new DecodePool({ workers: 2, spawn: spawn("./crashing_worker.ts") });
  const bytes = encodePng(gradient(12, 10), 12, 10);
  const names = Array.from({ length: 20 }, (_, i) => (i === 5 || i === 6 ? "crash" : `good ${i}`));
  const results = await Promise.allSettled(
    names.map((name) => pool.decode({ name, bytes }, SIZE)),
  );
  results.forEach((result, i) => {
    if (names[i] === "crash") {
      assert(result.status === "rejected");
      assert(result.reason.message.startsWith("crash could not be decoded: the decode worker"));
      assert(result.reason.message.includes("out of order"));
    } else {
      assert(result.status === "fulfilled", names[i]);
      assertEquals(result.value, gradient(12, 10));
    }
  });
});

Deno.test("DecodePool reports workers that cannot start", async () => {
  using pool = new DecodePool({ workers: 2, spawn: spawn("./unable_worker.ts") });
  const decode = () => pool.decode({ name: "p/a.png", bytes: new Uint8Array(3) }, SIZE);
  await assertRejects(
    decode,
    Error,
    "p/a.png could not be decoded: the decode worker cannot start",
  );
  // Once is enough: it doesn't try again with every image.
  const before = performance.now();
  await assertRejects(decode, Error, "cannot start");
  assert(performance.now() - before < 50);
});

Deno.test("DecodePool gives up what is open when it is disposed of", async () => {
  const pool = new DecodePool({ workers: 1 });
  const bytes = encodePng(gradient(12, 10), 12, 10);
  const open = Array.from({ length: 10 }, () => pool.decode({ name: "a", bytes }, SIZE));
  const outcomes = Promise.allSettled(open);
  pool.dispose();
  for (const outcome of await outcomes) assertEquals(outcome.status, "rejected");
  await assertRejects(() => pool.decode({ name: "a", bytes }, SIZE), Error, "disposed");
  pool.dispose();
});

Deno.test("DecodePool refuses to be made of no workers", () => {
  assertThrows(() => new DecodePool({ workers: 0 }), RangeError, "not 0");
  for (const jobsPerWorker of [0, 2.5]) {
    const make = () => new DecodePool({ workers: 1, jobsPerWorker });
    assertThrows(make, RangeError, `at least 1 image, not ${jobsPerWorker}`);
  }
});

Deno.test("DecodePool gives each worker as many images at once as it was told", async () => {
  const posted = [0, 0];
  let workers = 0;
  const silent = () => {
    const index = workers++;
    return { postMessage: () => void posted[index]!++, terminate() {} } as unknown as Worker;
  };
  const pool = new DecodePool({ workers: 2, jobsPerWorker: 6, spawn: silent });
  assertEquals(pool.capacity, 12);
  const open = Array.from({ length: 20 }, () => pool.decode({ name: "a", path: "a" }, SIZE));
  assertEquals(posted, [6, 6]);
  pool.dispose();
  await Promise.allSettled(open);
});
