import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { KnownFace } from "../../../src/faces/align/choose_face.ts";
import {
  formatLandmarks,
  type LandmarkListOptions,
  parseLandmarks,
} from "../../../src/faces/align/landmark_lists.ts";

const FACE = [107, 107, 147, 111, 124, 143, 103, 157, 139, 161];
const COLUMNS = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9].map((i) => FACE[i]!);
const OTHER = [98, 110.5, 146, 116, 122, 138, 93, 158, 138, 163];

/** Ten numbers of a face as pairs. */
function numbers({ landmarks }: KnownFace): number[] {
  return landmarks.flatMap(({ x, y }) => [x, y]);
}

/** The faces of a text by name. */
function read(text: string, options?: LandmarkListOptions): Record<string, number[][]> {
  const list = parseLandmarks(text, "list.txt", { origin: 0, ...options });
  return Object.fromEntries([...list].map(([name, faces]) => [name, faces.map(numbers)]));
}

Deno.test("parseLandmarks() reads a path and ten numbers, by tabs, spaces or commas", () => {
  for (const separator of ["\t", " ", ",", ", ", "   "]) {
    const line = (name: string, face: number[]) => [name, ...face].join(separator);
    const text = `\ufeff# comment\n${line("a/1.jpg", FACE)}\r\n\n${line("./b/2.jpg", OTHER)} \n`;
    assertEquals(read(text), { "a/1.jpg": [FACE], "b/2.jpg": [OTHER] });
  }
});

Deno.test("parseLandmarks() passes over a label, and leaves names with spaces whole", () => {
  const cases = [
    ["0000045/001.jpg\t0\t", "0000045/001.jpg"],
    ["0000045/001.jpg 17 ", "0000045/001.jpg"],
    ["a b/c 2.png,17,", "a b/c 2.png"],
    ["photo 12 ", "photo 12"],
    ["photo 12.jpg ", "photo 12.jpg"],
    ["my photo\t3\t", "my photo"],
    ["dir\\x.jpeg\t", "dir/x.jpeg"],
    ["1\t", "1"],
  ];
  for (const [start, name] of cases) {
    assertEquals(read(`${start}${FACE.join("\t")}\n`), { [name!]: [FACE] }, start);
  }
});

Deno.test("parseLandmarks() finds out the order of the numbers, or is told", () => {
  assertEquals(read(`a.jpg ${COLUMNS.join(" ")}`), { "a.jpg": [FACE] });
  assertEquals(read(`a.jpg ${FACE.join(" ")}`, { order: "pairs" }), { "a.jpg": [FACE] });
  assertEquals(read(`a.jpg ${COLUMNS.join(" ")}`, { order: "columns" }), { "a.jpg": [FACE] });
  const asPairs = read(`a.jpg ${COLUMNS.join(" ")}`, { order: "pairs" });
  assertEquals(asPairs, { "a.jpg": [COLUMNS] });
  const mixed = `a.jpg ${FACE.join(" ")}\nb.jpg ${COLUMNS.join(" ")}\n`;
  assertThrows(() => read(mixed), SyntaxError, "1 of 2 lines");
});

Deno.test("parseLandmarks() counts from 1 as MATLAB, or from 0; keeps several faces of a photo, and takes an empty file", () => {
  const text = `a.jpg ${FACE.join(" ")}\na.jpg ${OTHER.join(" ")}\n`;
  assertEquals(read(text), { "a.jpg": [FACE, OTHER] });
  const fromOne = [FACE, OTHER].map((face) => face.map((it) => it - 1));
  assertEquals(read(text, { origin: 1 }), { "a.jpg": fromOne });
  assertEquals(read(text, { origin: undefined }), { "a.jpg": fromOne });
  assertEquals(read("\n# nothing\n"), {});
});

Deno.test("parseLandmarks() names all bad lines by file and number", () => {
  const good = `a.jpg ${FACE.join(" ")}`;
  const bad = `${good}\na.jpg 1 2 3\n\n${good.replace("143", "l43")}\n1 2 3 4 5 6 7 8 9 10\n`;
  const error = assertThrows(() => read(bad), SyntaxError);
  assertEquals(error.message.split("\n"), [
    "list.txt:2: is not a path and ten numbers.",
    'list.txt:4: has "l43" where a coordinate belongs.',
    "list.txt:5: is not a path and ten numbers.",
  ]);
  const many = assertThrows(() => read("x\n".repeat(40)), SyntaxError);
  assertMatch(many.message, /list\.txt:5: .*\nand 35 more$/);
  assertThrows(() => read(`a.jpg ${FACE.join(" ")} NaN`), SyntaxError, '"NaN"');
});

Deno.test("parseLandmarks() reads the JSON that detect prints, and formatLandmarks() writes it", () => {
  const face = {
    box: { x: 277, y: 90, width: 48, height: 63 },
    confidence: 0.9985,
    landmarks: {
      left_eye: [291, 117],
      right_eye: [314, 114],
      nose: [303, 131],
      mouth_left: [296, 143.25],
      mouth_right: [313, 141],
    },
  };
  const bare = { landmarks: face.landmarks };
  const json = { "ivan.jpg": [face], "none.jpg": [], "./two/a.jpg": [bare, face] };
  const list = parseLandmarks(JSON.stringify(json), "faces.json");
  assertEquals([...list.keys()], ["ivan.jpg", "none.jpg", "two/a.jpg"]);
  const expected = [291, 117, 314, 114, 303, 131, 296, 143.25, 313, 141];
  const [ivan] = list.get("ivan.jpg")!;
  assertEquals(numbers(ivan!), expected);
  assertEquals([ivan!.box, ivan!.confidence], [face.box, 0.9985]);
  assertEquals(list.get("none.jpg"), []);
  assertEquals(Object.keys(list.get("two/a.jpg")![0]!), ["landmarks"]);
  assertEquals(parseLandmarks(formatLandmarks(list), "again"), list);
  assertEquals(parseLandmarks(formatLandmarks(new Map()), "empty"), new Map());
});

Deno.test("parseLandmarks() names what is wrong in JSON", () => {
  const read = (value: unknown) => () =>
    parseLandmarks(typeof value === "string" ? value : JSON.stringify(value), "f.json");
  const landmarks = Object.fromEntries(
    ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"].map((name) => [name, [1, 2]]),
  );
  assertThrows(read("{ no"), SyntaxError, "f.json is not JSON");
  assertThrows(read({ a: 3 }), SyntaxError, 'f.json: "a" has no list of faces.');
  assertThrows(read({ a: [null] }), SyntaxError, 'face 1 of "a" has no place [x, y] of "left_eye"');
  const noNose = { landmarks: { ...landmarks, nose: [1] } };
  assertThrows(read({ a: [{ landmarks }, noNose] }), SyntaxError, 'face 2 of "a" has no place');
  assertThrows(read({ a: [{ landmarks, box: { x: 1 } }] }), SyntaxError, "has a box that is not");
  assertThrows(read({ a: [{ landmarks, confidence: "1" }] }), SyntaxError, "confidence");
});
