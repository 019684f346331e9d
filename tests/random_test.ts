import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../src/random.ts";

function take(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

Deno.test("Random repeats itself for the same seed and differs for others", () => {
  const seeds = [0, 1, -1, 7, 2 ** 32 - 1, 2 ** 32, 2 ** 33, Number.MAX_SAFE_INTEGER];
  const streams = seeds.map((seed) => take(new Random(seed), 8).join());
  assertEquals(new Set(streams).size, seeds.length);
  assertEquals(take(new Random(7), 8).join(), streams[3]);
});

Deno.test("Random keeps the streams that checkpoints rely on", () => {
  assertEquals(take(new Random(0), 4), [2325016735, 2782416043, 3742992893, 257242315]);
  assertEquals(take(new Random(1).fork(5), 4), [2193737824, 4092434007, 2033189308, 1012242459]);
});

Deno.test("uniform() lies in [0, 1) with the right moments", () => {
  const random = new Random(1);
  const values = Array.from({ length: 100_000 }, () => random.uniform());
  assert(values.every((value) => value >= 0 && value < 1));
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const square = values.reduce((sum, value) => sum + value * value) / values.length;
  // Five standard errors.
  assert(Math.abs(mean - 1 / 2) < 0.0046, `${mean}`);
  assert(Math.abs(square - 1 / 3) < 0.0048, `${square}`);
});

Deno.test("gaussian() has the moments of the standard normal distribution", () => {
  const random = new Random(2);
  const values = Array.from({ length: 100_000 }, () => random.gaussian());
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert(Math.abs(moment(1)) < 0.016, `${moment(1)}`);
  assert(Math.abs(moment(2) - 1) < 0.023, `${moment(2)}`);
  assert(Math.abs(moment(4) - 3) < 0.16, `${moment(4)}`);
  // Neighbours, which one transform makes, don't hang together.
  const product = values.reduce((sum, value, i) => sum + value * (values[i + 1] ?? 0), 0);
  assert(Math.abs(product / values.length) < 0.016);
});

Deno.test("below() is uniform and refuses what has no integers below it", () => {
  const random = new Random(3);
  const counts = new Array(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[random.below(7)]++;
  for (const count of counts) assert(Math.abs(count - 10_000) < 500, `${counts}`);
  assertEquals(random.below(1), 0);
  assert(random.below(2 ** 32) < 2 ** 32);
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) assertThrows(() => random.below(n), RangeError);
});

Deno.test("shuffle() gives every order of an array and returns it", () => {
  const random = new Random(4);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle(["a", "b", "c"]).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assertEquals(orders.size, 6);
  for (const count of orders.values()) assert(Math.abs(count - 1000) < 150, `${count}`);
  const bytes = Uint8Array.of(1, 2, 3);
  assert(random.shuffle(bytes) === bytes);
  assertEquals(random.shuffle([]), []);
});

Deno.test("fork() depends on the seed and the stream, not on what was drawn", () => {
  const random = new Random(5);
  const before = take(random.fork(3), 8);
  take(random, 100);
  random.gaussian();
  assertEquals(take(random.fork(3), 8), before);
  const others = [random.fork(4), random.fork(3).fork(3), new Random(6).fork(3), new Random(5)];
  for (const other of others) assert(take(other, 8).join() !== before.join());
});

Deno.test("Random refuses seeds and streams that aren't safe integers", () => {
  for (const bad of [0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => new Random(bad), RangeError, "seed");
    assertThrows(() => new Random(1).fork(bad), RangeError, "stream");
  }
});
