import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatPairs, imageStem, indexPairs, parsePairs } from "../../src/evaluate/pairs_list.ts";

const TWO_FOLDS = "2\t1\nAnn\t1\t2\nAnn\t1\tBo\t12\nBo\t3\t4\nCy\t1\tAnn\t2\n";

Deno.test("parsePairs() reads folds, persons and numbers", () => {
  const { folds, pairsPerClass, pairs } = parsePairs(TWO_FOLDS, "pairs.txt");
  assertEquals([folds, pairsPerClass, pairs.length], [2, 1, 4]);
  assertEquals(pairs[1], {
    left: { identity: "Ann", image: 1 },
    right: { identity: "Bo", image: 12 },
    same: false,
    fold: 0,
  });
  assertEquals(pairs.map(({ same }) => same), [true, false, true, false]);
  assertEquals(pairs.map(({ fold }) => fold), [0, 0, 1, 1]);
});

Deno.test("parsePairs() takes spaces, Windows line ends, empty lines and a byte order mark", () => {
  const text = "\ufeff2  1 \r\n\r\nAnn 1  2\r\nAnn 1 Bo\t12\r\nBo 3 4\r\n Cy 1 Ann 2\r\n\r\n";
  assertEquals(parsePairs(text, "pairs.txt"), parsePairs(TWO_FOLDS, "pairs.txt"));
});

Deno.test("parsePairs() takes one number as a single fold", () => {
  const { folds, pairs } = parsePairs("2\nA 1 2\nA 2 3\nA 1 B 1\nB 2 A 3\n", "pairsDevTest.txt");
  assertEquals(folds, 1);
  assertEquals(pairs.map(({ fold }) => fold), [0, 0, 0, 0]);
});

Deno.test("parsePairs() takes names with spaces between tabs, and names that are numbers", () => {
  const { pairs } = parsePairs("1\nAnn van Lee\t1\t2\n7\t1\tAnn van Lee\t2\n", "pairs.txt");
  assertEquals(pairs[0]!.left.identity, "Ann van Lee");
  assertEquals(pairs[1]!.left.identity, "7");
  assertEquals(pairs[1]!.right.identity, "Ann van Lee");
});

Deno.test("parsePairs() names all malformed lines at once", () => {
  const lines = ["ten 300", "Ann 1", "Ann 1 x", "Ann 1 2", "Ann 1 Ann 2", "../etc 1 2", "Ann -1 2"];
  const error = assertThrows(
    () => parsePairs(lines.join("\n"), "my.txt"),
    SyntaxError,
    "my.txt has 6 malformed lines",
  );
  for (const [number, line] of lines.entries()) {
    if (line !== "Ann 1 2") assertStringIncludes(error.message, `line ${number + 1}: "${line}"`);
  }
  assertEquals(error.message.includes("line 4:"), false);
});

Deno.test("parsePairs() refuses a list that departs from its header", () => {
  assertThrows(() => parsePairs("\n \n", "e.txt"), SyntaxError, "e.txt is empty");
  assertThrows(() => parsePairs("10 300\nA 1 2\n", "e.txt"), SyntaxError, "promises 6000 pairs");
  assertThrows(() => parsePairs("10 300\nA 1 2\n", "e.txt"), SyntaxError, "lists 1");
  const uneven = "2 1\nA 1 2\nA 2 3\nA 1 B 1\nB 2 A 3\n";
  assertThrows(
    () => parsePairs(uneven, "e.txt"),
    SyntaxError,
    "2 pairs of one person and 0 of two",
  );
  for (const header of ["0", "1 0", "1 2 3", "70000 1"]) {
    assertThrows(() => parsePairs(header, "e.txt"), SyntaxError, `line 1: "${header}"`);
  }
});

Deno.test("formatPairs() writes what parsePairs() reads", () => {
  const list = parsePairs(TWO_FOLDS, "pairs.txt");
  assertEquals(formatPairs(list), TWO_FOLDS);
  assertEquals(parsePairs(formatPairs(list), "again"), list);
});

Deno.test("formatPairs() refuses pairs that the header can't describe", () => {
  const list = parsePairs(TWO_FOLDS, "pairs.txt");
  assertThrows(() => formatPairs({ ...list, pairs: list.pairs.slice(1) }), RangeError, "lists 3");
  const swapped = list.pairs.map((pair) => ({ ...pair, fold: 1 - pair.fold }));
  assertThrows(() => formatPairs({ ...list, pairs: swapped }), RangeError, "Pair 0 is of fold 1");
});

Deno.test("imageStem() pads the number to four digits, longer ones not", () => {
  assertEquals(imageStem({ identity: "Bo_Li", image: 7 }), "Bo_Li/Bo_Li_0007");
  assertEquals(imageStem({ identity: "Bo_Li", image: 12345 }), "Bo_Li/Bo_Li_12345");
});

Deno.test("indexPairs() lists each image once", () => {
  const { images, left, right, same, fold } = indexPairs(parsePairs(TWO_FOLDS, "pairs.txt"));
  assertEquals(images.length, 6);
  assertEquals(Array.from(left, (i) => images[i]!.slice(-4)), ["0001", "0001", "0003", "0001"]);
  assertEquals(images[right[3]!], "Ann/Ann_0002");
  assertEquals([...same], [1, 0, 1, 0]);
  assertEquals([...fold], [0, 0, 1, 1]);
});

Deno.test("parsePairs() reads the lists of the shared data", async () => {
  for (const [set, pairs] of [["lfw", 3000], ["faces/test", 3000]] as const) {
    const file = new URL(`../../../shared/data/${set}/pairs.txt`, import.meta.url);
    let text: string;
    try {
      text = await Deno.readTextFile(file);
    } catch {
      console.log(`skipped: the shared data set ${set} is not here`);
      continue;
    }
    assertEquals(parsePairs(text, set).pairs.length, pairs);
  }
});
