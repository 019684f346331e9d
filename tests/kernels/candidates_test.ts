import { assertEquals } from "@std/assert";
import { CANDIDATE_BYTES, collectCandidates } from "../../src/kernels/candidates.ts";
import { goldenUniform } from "../golden/values.ts";
import { gpu } from "../support/gpu.ts";
import { Memory } from "../support/memory.ts";

Deno.test("collectCandidates() lists places above a threshold, and counts those that find no room", async () => {
  for (const [places, room] of [[1, 1], [63, 64], [1000, 1000], [1000, 100]] as const) {
    using memory = new Memory(gpu);
    const values = [...goldenUniform("probability", places)].map(Math.abs);
    const moves = [...goldenUniform("moves", places * 4)];
    const maps = {
      probability: memory.upload(values),
      regression: memory.upload(moves),
      count: memory.uploadWords([5]),
      list: memory.blank(room * CANDIDATE_BYTES / 4),
    };
    collectCandidates(gpu, maps, places, 7, 0.25);
    const expected = values.flatMap((value, i) => value > 0.25 ? [i] : []);
    const count = new Uint32Array(await gpu.read(maps.count))[0]!;
    assertEquals(count, 5 + expected.length);
    const bytes = await gpu.read(maps.list);
    const [words, floats] = [new Uint32Array(bytes), new Float32Array(bytes)];
    const listed = Math.min(room, count);
    const found: number[] = [];
    for (let i = 5; i < listed; i++) { // those counted before took the first places
      const place = words[8 * i]!;
      found.push(place);
      assertEquals(words[8 * i + 1], 7);
      assertEquals(floats[8 * i + 2], Math.fround(values[place]!));
      assertEquals(
        [...floats.subarray(8 * i + 4, 8 * i + 8)],
        moves.slice(4 * place, 4 * place + 4),
      );
    }
    if (listed === count) assertEquals(found.sort((a, b) => a - b), expected);
    else assertEquals(new Set(found).size, Math.max(0, room - 5));
  }
});
