import { assertEquals, assertThrows } from "@std/assert";
import { indexPairs, parsePairs } from "../../src/evaluate/pairs_list.ts";
import { readPairs } from "../../src/evaluate/path_pairs.ts";

Deno.test("readPairs() reads LFW's list as parsePairs() does", () => {
  for (
    const text of ["1\nAnn 1 2\nAnn 1 Bo 3\n", "2\t1\nA\t1\t2\nA\t1\tB\t1\nB\t1\t2\nA\t1\tB\t2\n"]
  ) {
    assertEquals(readPairs(text, "pairs.txt"), indexPairs(parsePairs(text, "pairs.txt")));
  }
  assertThrows(() => readPairs("Ann 1 2\nAnn 1 Bo 3\n", "pairs.txt"), SyntaxError, "first line");
  assertThrows(() => readPairs("", "pairs.txt"), SyntaxError, "empty");
});

Deno.test("readPairs() reads CALFW's and CPLFW's lists, two lines for a pair", () => {
  const calfw =
    "A_0001.jpg 10\nA_0003.jpg 10\nB_0001.jpg 1\r\nB_0002.jpg 1\nA_0001.jpg 0\nB_0001.jpg 0\n";
  const { images, left, right, same, fold } = readPairs(calfw, "pairs_CALFW.txt");
  const named = (indices: Uint32Array) => Array.from(indices, (i) => images[i]);
  assertEquals(named(left), ["A_0001", "B_0001", "A_0001"]);
  assertEquals(named(right), ["A_0003", "B_0002", "B_0001"]);
  assertEquals(images.length, 4);
  assertEquals([...same], [1, 1, 0]);
  assertEquals([...fold], [0, 0, 0]);
});

Deno.test("readPairs() reads lists with two paths and a flag on a line", () => {
  const forms = [
    "a/1.jpg a/2.jpg 1\na/1.jpg b/1.png 0\n",
    "1 a/1.jpg a/2.jpg\n0 a/1.jpg b/1.png\n",
    "a/1.jpg,a/2.jpg,1\na/1.jpg,b/1.png,-1\n",
    "./a/1\t./a/2\t1\na/1\tb/1\t0\n",
  ];
  for (const text of forms) {
    const { images, same } = readPairs(text, "agedb.txt");
    assertEquals(images.toSorted(), ["a/1", "a/2", "b/1"]);
    assertEquals([...same], [1, 0]);
  }
});

Deno.test("readPairs() cuts lists of files into ten even folds", () => {
  const kinds = [...Array(20).fill(1), ...Array(30).fill(0)];
  const text = kinds.map((flag, i) => `a/${i}.jpg b/${i}.jpg ${flag}\n`).join("");
  const { fold, same } = readPairs(text, "p.txt");
  for (let f = 0; f < 10; f++) {
    const inFold = [...same].filter((_, i) => fold[i] === f);
    assertEquals([inFold.length, inFold.filter((kind) => kind === 1).length], [5, 2]);
  }
});

Deno.test("readPairs() refuses what is out of place or leads out of the folder", () => {
  const cases: [string, string][] = [
    ["a.jpg 1\nb.jpg 1\nc.jpg 0\n", "two make a pair"],
    ["a.jpg 1\nb.jpg 0\n", "different flags on the lines 1 and 2"],
    ["a.jpg 1\nb.jpg\n", "line 2"],
    ["a.jpg b.jpg 1\na.jpg 1\n", "line 2"],
    ["../a.jpg b.jpg 1\n", '"../a.jpg"'],
    ["/a.jpg b.jpg 1\n", '"/a.jpg"'],
    ["a\\b.jpg b.jpg 1\n", "leads out"],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => readPairs(text, "p.txt"), SyntaxError, message);
    assertEquals(error.message.startsWith("p.txt "), true);
  }
});
