import { assert, assertEquals } from "@std/assert";
import { type Lifetime, planMemory } from "../../src/gpu/memory_plan.ts";
import { Random } from "../../src/random.ts";

function life(size: number, first: number, last: number): Lifetime {
  return { size, first, last };
}

Deno.test("planMemory() lets a life begin where another has ended, not earlier", () => {
  const { sizes, places } = planMemory([life(512, 0, 3), life(512, 4, 5), life(512, 3, 4)]);
  assertEquals(sizes, [512, 512]);
  assertEquals(places[0], places[1]);
  assert(places[2] !== places[0]);
});

Deno.test("planMemory() puts small ranges where the fewest bytes lie idle", () => {
  const { sizes, places } = planMemory([
    life(1000, 0, 1),
    life(400, 0, 1),
    life(300, 2, 3),
    life(900, 2, 3),
  ]);
  assertEquals(sizes, [1000, 400]);
  assertEquals(places, [0, 1, 1, 0]);
});

Deno.test("planMemory() keeps the place of what is held for good", () => {
  const { places } = planMemory([life(256, 2, Infinity), life(256, 3, 4), life(256, 0, 1)]);
  assert(places[1] !== places[0]);
  assertEquals(places[2], places[0]); // ended before
  assertEquals(planMemory([]), { sizes: [], places: [] });
});

Deno.test("planMemory() never gives one place to two at once, nor a place that is too small", () => {
  const random = new Random(5);
  for (let round = 0; round < 20; round++) {
    const lives = Array.from({ length: 60 }, () => {
      const first = random.below(40);
      return life(256 * (1 + random.below(50)), first, first + random.below(12));
    });
    const { sizes, places } = planMemory(lives);
    lives.forEach((a, i) => {
      assert(sizes[places[i]!]! >= a.size);
      lives.forEach((b, j) => {
        if (i === j || places[i] !== places[j]) return;
        assert(a.last < b.first || b.last < a.first, `${i} and ${j} share a place`);
      });
    });
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert(bytes < lives.reduce((sum, { size }) => sum + size, 0) / 2);
  }
});
