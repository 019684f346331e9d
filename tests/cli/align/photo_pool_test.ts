import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { PhotoPool } from "../../../src/cli/align/photo_pool.ts";
import { decodeImage, ImageDecodeError } from "../../../src/faces/images/decode.ts";
import { encodePng } from "../../../src/faces/images/encode_png.ts";
import { gradient, largestDifference } from "../../faces/images/image_samples.ts";
import { withFiles } from "../command.ts";

function spawn(file: string): () => Worker {
  return () => new Worker(new URL(file, import.meta.url), { type: "module" });
}

Deno.test("PhotoPool decodes photos whole, by paths and by views of bytes, and encodes crops", async () => {
  using pool = new PhotoPool(2);
  const pictures = Array.from({ length: 20 }, (_, i) => gradient(20 + i, 30, i));
  const files = pictures.map((rgb, i) => encodePng(rgb, 20 + i, 30));
  const large = new Uint8Array(files[1]!.length + 90);
  large.set(files[1]!, 50);
  await withFiles({ "0.png": files[0]! }, async (dir) => {
    const sources = files.map((bytes, i) => {
      if (i === 0) return { name: "0", path: join(dir, "0.png") };
      if (i === 1) return { name: "1", bytes: large.subarray(50, 50 + bytes.length) };
      return { name: `${i}`, bytes };
    });
    const images = await Promise.all(sources.map((source) => pool.decode(source)));
    for (const [i, { height, width, data }] of images.entries()) {
      assertEquals([height, width], [20 + i, 30]);
      assertEquals(data, pictures[i]);
    }
  });
  const crop = { height: 20, width: 30, data: pictures[0]! };
  const png = await pool.encode(crop, { format: "png", quality: 75 });
  assertEquals((await decodeImage(png, "x.png")).data, pictures[0]);
  const jpeg = await pool.encode(crop, { format: "jpg", quality: 95 });
  assert(largestDifference((await decodeImage(jpeg, "x.jpg")).data, pictures[0]!) < 16);
});

Deno.test("PhotoPool tells a damaged or missing photo from a failure", async () => {
  using pool = new PhotoPool(1);
  const bytes = new Uint8Array([1, 2, 3]);
  await assertRejects(() => pool.decode({ name: "x", bytes }), ImageDecodeError, "x is neither");
  const gone = () => pool.decode({ name: "gone", path: "/nowhere/gone.png" });
  await assertRejects(gone, ImageDecodeError, "gone cannot be read");
  const bad = { height: 2, width: 2, data: new Uint8Array(3) };
  await assertRejects(
    () => pool.encode(bad, { format: "png", quality: 75 }),
    Error,
    "A crop could",
  );
});

Deno.test("PhotoPool loses only the photo at which a worker stops", async () => {
  using pool = new PhotoPool(2, spawn("./crashing_photo_worker.ts"));
  await pool.decode({ name: "first", bytes: new Uint8Array(1) });
  const names = ["a", "crash", "b", "c", "crash"];
  const outcomes = await Promise.allSettled(
    names.map((name) => pool.decode({ name, bytes: new Uint8Array(1) })),
  );
  for (const [i, outcome] of outcomes.entries()) {
    if (names[i] !== "crash") assertEquals(outcome.status, "fulfilled", names[i]);
    else {
      assert(outcome.status === "rejected" && outcome.reason instanceof ImageDecodeError);
      assert(outcome.reason.message.includes("out of order"), outcome.reason.message);
    }
  }
});

Deno.test("PhotoPool gives all up where no worker can start, and when it is disposed of", async () => {
  const broken = new PhotoPool(1, spawn("../../data/decoding/unable_worker.ts"));
  const bytes = new Uint8Array(1);
  await assertRejects(() => broken.decode({ name: "x", bytes }), Error, "cannot start");
  await assertRejects(() => broken.decode({ name: "y", bytes }), Error, "y could not be decoded");
  const pool = new PhotoPool(1);
  const left = pool.decode({ name: "z", bytes });
  pool[Symbol.dispose]();
  const error = await assertRejects(() => left, Error, "has been disposed of");
  assert(!(error instanceof ImageDecodeError));
});
