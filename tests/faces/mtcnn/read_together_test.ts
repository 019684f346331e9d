import { assertEquals } from "@std/assert";
import { Tensor } from "../../../src/autograd/tensor.ts";
import { readTogether } from "../../../src/faces/mtcnn/read_together.ts";
import { gpu } from "../../support/gpu.ts";

Deno.test("readTogether() reads tensors of all sizes with one wait, freed or not", async () => {
  const lists = [1, 3, 10, 64].map((size) => Array.from({ length: size }, (_, i) => size + i));
  const tensors = lists.map((values) => Tensor.from(gpu, values, [values.length]));
  const before = gpu.counts.reads;
  const reading = readTogether(gpu, tensors);
  for (const tensor of tensors) tensor[Symbol.dispose]();
  assertEquals((await reading).map((values) => [...values]), lists);
  assertEquals(gpu.counts.reads, before + 1);
});
