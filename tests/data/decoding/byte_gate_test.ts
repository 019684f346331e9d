import { assert, assertEquals, assertRejects } from "@std/assert";
import { ByteGate } from "../../../src/data/decoding/byte_gate.ts";

Deno.test("ByteGate holds no more than its limit and what is being read", async () => {
  const gate = new ByteGate({ bytes: 100, reads: 2 });
  let held = 0;
  let most = 0;
  let reading = 0;
  let mostReading = 0;
  const order: number[] = [];
  await Promise.all(Array.from({ length: 40 }, (_, i) =>
    gate.pass(async () => {
      mostReading = Math.max(mostReading, ++reading);
      await Promise.resolve();
      reading--;
      held += 60;
      most = Math.max(most, held);
      return new Uint8Array(60);
    }, async (bytes) => {
      await new Promise((resolve) => setTimeout(resolve, i % 3));
      held -= bytes.length;
      order.push(i);
    })));
  assertEquals(order.toSorted((a, b) => a - b), Array.from({ length: 40 }, (_, i) => i));
  assertEquals(mostReading, 2);
  assert(most >= 120 && most <= 60 + 2 * 60, `${most}`);
});

Deno.test("ByteGate goes on after a read or a use that fails", async () => {
  const gate = new ByteGate({ bytes: 1, reads: 1 });
  const fail = () => Promise.reject(new Error("gone"));
  const read = () => Promise.resolve(new Uint8Array(5));
  const all = await Promise.allSettled([
    gate.pass(fail, () => Promise.resolve()),
    gate.pass(read, fail),
    gate.pass(read, (bytes) => Promise.resolve(bytes.length)),
  ]);
  assertEquals(all.map(({ status }) => status), ["rejected", "rejected", "fulfilled"]);
  await assertRejects(() => gate.pass(fail, () => Promise.resolve()), Error, "gone");
});
