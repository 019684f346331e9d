import { assert, assertEquals, assertThrows } from "@std/assert";
import { cutIntoFolds, findPairs, pairsText } from "../../../src/cli/pack/pairs.ts";
import { parsePairs } from "../../../src/evaluate/pairs_list.ts";
import { encodedSet } from "../../data/decoding/encoded_set.ts";

const NOTHING = new Uint8Array();

Deno.test("cutIntoFolds() cuts pairs into neighbouring parts of the same length", () => {
  assertEquals([...cutIntoFolds(6, 3)], [0, 0, 1, 1, 2, 2]);
  assertEquals([...cutIntoFolds(5, 2)], [0, 0, 0, 1, 1]);
  assertEquals([...cutIntoFolds(3, 1)], [0, 0, 0]);
});

Deno.test("findPairs() finds samples by their names without endings", () => {
  const set = encodedSet({ "a/a_0002.JPG": NOTHING, "b/b_0001.png": NOTHING, "a/a_0001": NOTHING });
  const pairs = findPairs(set, "1\na 1 2\na 1 b 1\n", "pairs.txt");
  assertEquals(pairs, {
    left: Uint32Array.of(2, 2),
    right: Uint32Array.of(0, 1),
    same: Uint8Array.of(1, 0),
  });
  const error = assertThrows(() => findPairs(set, "1\na 1 3\na 1 c 1\n", "pairs.txt"), Error);
  assert(error.message.includes("lacks 2 of the 3 images"), error.message);
  assert(error.message.includes("a/a_0003") && error.message.includes("c/c_0001"));
});

/** Pairs of one person and of two in turn, in blocks of so many. */
function made(blocks: number, length: number) {
  const same = Uint8Array.from(
    { length: 2 * blocks * length },
    (_, i) => Math.floor(i / length) % 2 === 0 ? 1 : 0,
  );
  const paths = Array.from(
    same,
    (isSame, i) =>
      isSame
        ? [`p${i}/p${i}_0001.jpg`, `p${i}/p${i}_0002.jpg`]
        : [`p${i}a/p${i}a_0001.jpg`, `p${i}b/p${i}b_0001.jpg`],
  ).flat();
  const left = Uint32Array.from(same, (_, i) => 2 * i);
  return { paths, pairs: { left, right: left.map((sample) => sample + 1), same } };
}

Deno.test("pairsText() writes ten folds, or one, or none where kinds are uneven", () => {
  const ten = made(10, 3);
  const text = pairsText(ten.pairs, ten.paths).text!;
  const list = parsePairs(text, "pairs.txt");
  assertEquals([list.folds, list.pairsPerClass, list.pairs.length], [10, 3, 60]);
  const one = made(1, 4);
  assertEquals(parsePairs(pairsText(one.pairs, one.paths).text!, "pairs.txt").folds, 1);
  const uneven = pairsText(one.pairs, one.paths.with(3, ""));
  assertEquals(uneven.text, null);
  assert(uneven.remark.includes("of the 7 pairs"), uneven.remark);
});
