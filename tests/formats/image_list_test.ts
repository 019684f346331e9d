import { assertEquals, assertThrows } from "@std/assert";
import { formatImageList, parseImageList } from "../../src/formats/image_list.ts";

Deno.test("parseImageList() reads paths and labels, by spaces, tabs and commas", () => {
  const text = "\ufeff# comment\n./a/1.jpg 0\r\n\nb c/2 3.jpg\t12\nd,e.png, 4294967295\n";
  const { paths, labels, hasLandmarks } = parseImageList(text, "l.txt");
  assertEquals(paths, ["a/1.jpg", "b c/2 3.jpg", "d,e.png"]);
  assertEquals([...labels], [0, 12, 4294967295]);
  assertEquals(hasLandmarks, false);
});

Deno.test("parseImageList() tells landmarks from numbers in a name", () => {
  const numbers = "1 2.5 3 4 -5 6 7e1 8 9 10";
  const list = parseImageList(`a 1.jpg 7 ${numbers}\nb.jpg\t8\t${numbers}\n`, "l.txt");
  assertEquals(list.paths, ["a 1.jpg", "b.jpg"]);
  assertEquals([...list.labels], [7, 8]);
  assertEquals(list.hasLandmarks, true);
  assertEquals(parseImageList("photo 1 2 3 4 5 6.jpg 9", "l.txt").paths, ["photo 1 2 3 4 5 6.jpg"]);
  const mixed = `a.jpg 1 ${numbers}\nb.jpg 1\n`;
  assertThrows(() => parseImageList(mixed, "l.txt"), SyntaxError, "not for b.jpg");
});

Deno.test("parseImageList() reads both forms of .lst files", () => {
  const insight = parseImageList("1\ta/1.jpg\t5\n1\tb/1.jpg\t6\n", "t.lst");
  assertEquals(insight.paths, ["a/1.jpg", "b/1.jpg"]);
  assertEquals([...insight.labels], [5, 6]);
  const mxnet = parseImageList("7\t5.000000\ta/1.jpg\n", "t.lst");
  assertEquals([mxnet.paths, [...mxnet.labels]], [["a/1.jpg"], [5]]);
});

Deno.test("parseImageList() names lines without a label", () => {
  const error = assertThrows(
    () => parseImageList("a.jpg 1\nb.jpg\nc.jpg -1\nd.jpg 4294967296\ne.jpg 1.5\n", "l.txt"),
    SyntaxError,
  );
  assertEquals(error.message.match(/line \d/g), ["line 2", "line 3", "line 4", "line 5"]);
  assertThrows(() => parseImageList(" \n#\n", "l.txt"), SyntaxError, "l.txt is empty");
});

Deno.test("parseImageList() stays fast on long lines", () => {
  const line = `${"1 ".repeat(20_000)}x`;
  assertThrows(() => parseImageList(line, "l.txt"), SyntaxError, "line 1");
});

Deno.test("formatImageList() writes what parseImageList() reads", () => {
  const list = { paths: ["a/1.jpg", "b c/2.jpg"], labels: Uint32Array.of(3, 0) };
  const read = parseImageList(formatImageList(list), "l.txt");
  assertEquals({ paths: read.paths, labels: read.labels }, list);
  const bad = { paths: ["a\nb"], labels: Uint32Array.of(0) };
  assertThrows(() => formatImageList(bad), RangeError, "rename");
});
