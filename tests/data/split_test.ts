import { assert, assertEquals, assertThrows } from "@std/assert";
import { requireIdentities } from "../../src/data/dataset.ts";
import { splitIdentities, subset } from "../../src/data/split.ts";
import { memorySet } from "./memory_set.ts";

const ONE_PIXEL = { height: 1, width: 1 };

Deno.test("subset() keeps some identities and labels them anew", async () => {
  const part = subset(memorySet(5, 2), (name, label) => name === "id1" || label === 4);
  assertEquals(part.identities, ["id1", "id4"]);
  assertEquals(part.labels, Uint32Array.of(0, 0, 1, 1));
  assertEquals(part.sampleNames, ["sample2", "sample3", "sample8", "sample9"]);
  assertEquals([...(await part.read([3, 0], ONE_PIXEL))], [9, 9, 9, 2, 2, 2]);
  assertThrows(() => part.read([4], ONE_PIXEL), RangeError, "no sample 4");
});

Deno.test("splitIdentities() parts the identities, the same way for the same seed", () => {
  const whole = memorySet(20, 3);
  const { train, holdout } = splitIdentities(whole, 6, 1);
  assertEquals([train.identities.length, holdout.identities.length], [14, 6]);
  assertEquals([train.labels.length, holdout.labels.length], [42, 18]);
  assertEquals(
    [...train.identities, ...holdout.identities].sort(),
    [...whole.identities].sort(),
  );
  assertEquals(splitIdentities(whole, 6, 1).holdout.identities, holdout.identities);
  const others = [2, 3, 4].map((seed) => splitIdentities(whole, 6, seed).holdout.identities.join());
  assert(others.some((names) => names !== holdout.identities.join()));
  assertEquals(splitIdentities(whole, 0, 1).train.identities, whole.identities);
});

Deno.test("splitIdentities() refuses to leave too few on either side", () => {
  const whole = memorySet(5, 1);
  assertThrows(() => splitIdentities(whole, 4, 0), RangeError, "leaves 1 to train on");
  assertThrows(() => splitIdentities(whole, 9, 0), RangeError, "memory has 5 identities");
  for (const bad of [1, -2, 2.5]) assertThrows(() => splitIdentities(whole, bad, 0), RangeError);
});

Deno.test("requireIdentities() says how many there are and what it takes", () => {
  requireIdentities(memorySet(2, 1), 2);
  assertThrows(
    () => requireIdentities(memorySet(1, 4), 2),
    Error,
    "memory holds only one identity, id0; at least 2 are needed.",
  );
  assertThrows(
    () => requireIdentities(memorySet(0, 4), 2, 5),
    Error,
    "memory holds 0 identities with at least 5 images; at least 2 are needed.",
  );
});
