import { assert, assertEquals, assertRejects } from "@std/assert";
import { overlapped, packed, streamPlan } from "../../src/sphereface/embedding_stream.ts";

const MIB = 2 ** 20;

function target(kind: "gpu" | "software", bindingLimit: number) {
  return { adapter: { name: "", vendor: "", architecture: "", class: kind }, bindingLimit };
}

Deno.test("streamPlan() suits adapter, image size and the largest range that can be bound", () => {
  const paper = { height: 112, width: 96 };
  const small = { height: 32, width: 32 };
  assertEquals(streamPlan(target("software", 2048 * MIB), paper).batch, 16);
  assertEquals(streamPlan(target("gpu", 2048 * MIB), paper).batch, 64);
  assertEquals(streamPlan(target("gpu", 128 * MIB), paper).batch, 16);
  assertEquals(streamPlan(target("gpu", MIB), paper).batch, 1);
  assertEquals(streamPlan(target("software", 128 * MIB), small).batch, 128);
  assertEquals(streamPlan(target("gpu", 2048 * MIB), small).batch, 256);
  for (const kind of ["gpu", "software"] as const) {
    assert(streamPlan(target(kind, 128 * MIB), paper).inFlight >= 2);
  }
});

Deno.test("packed() makes batches of images, the last one with what is left", async () => {
  const images = Array.from({ length: 7 }, (_, index) => new Uint8Array(2).fill(index));
  const describe = (length: number) => `${length} bytes`;
  const options = { batch: 3, bytes: 2, describe };
  const batches = await Array.fromAsync(packed(images, options));
  assertEquals(batches.map((batch) => [...batch]), [
    [0, 0, 1, 1, 2, 2],
    [3, 3, 4, 4, 5, 5],
    [6, 6],
  ]);
  assertEquals(await Array.fromAsync(packed([], options)), []);
  const bad = [new Uint8Array(2), new Uint8Array(4)];
  await assertRejects(() => Array.fromAsync(packed(bad, options)), RangeError, "4 bytes");
});

/** Work on numbers that ends when it is told. */
function bench() {
  const started: PromiseWithResolvers<number>[] = [];
  let taken = 0;
  async function* items() {
    for (; taken < 5;) yield taken++;
  }
  const start = (item: number) => {
    const work = Promise.withResolvers<number>();
    started.push(work);
    return work.promise.then((result) => result + item);
  };
  return { items, start, started, taken: () => taken };
}

/** Lets everything happen that is not waiting for anything. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("overlapped() starts so many items ahead, and gives results in order", async () => {
  const { items, start, started } = bench();
  const results = overlapped(items(), start, 2);
  const first = results.next();
  await settle();
  assertEquals(started.length, 2);
  started[1]!.resolve(100); // out of turn
  await settle();
  assertEquals(started.length, 2);
  started[0]!.resolve(100);
  assertEquals((await first).value, 100);
  const second = results.next();
  await settle();
  assertEquals(started.length, 3);
  assertEquals((await second).value, 101);
  const rest = Array.fromAsync(results);
  for (const index of [2, 3, 4]) {
    await settle();
    started[index]!.resolve(100);
  }
  assertEquals(await rest, [102, 103, 104]);
});

Deno.test("overlapped() takes no more items when its reader stops, and lets go of the rest", async () => {
  const { items, start, started, taken } = bench();
  const startAndEnd = (item: number) => {
    const result = start(item);
    started.at(-1)!.resolve(1);
    return result;
  };
  for await (const result of overlapped(items(), startAndEnd, 3)) {
    assertEquals(result, 1);
    break;
  }
  assertEquals([started.length, taken()], [3, 3]);
});

Deno.test("overlapped() throws the first failure in order", async () => {
  const { items } = bench();
  const fail = (item: number) =>
    item < 1 ? Promise.resolve(item) : Promise.reject(Error(`${item}`));
  const results = overlapped(items(), fail, 3);
  assertEquals((await results.next()).value, 0);
  await assertRejects(() => results.next(), Error, "1");
  await settle(); // the failure of 2, which nobody takes, must not end the process
});
