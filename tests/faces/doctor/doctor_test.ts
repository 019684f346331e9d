import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type AlignmentKind,
  diagnoseAlignment,
  type ExaminedImage,
  examineImage,
} from "../../../src/faces/doctor/doctor.ts";
import type { Landmarks, Point } from "../../../src/faces/face.ts";
import { applyMatrix, type Matrix2x3 } from "../../../src/faces/align/matrix.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";
import { Random } from "../../../src/random.ts";

/** Landmarks of a crop of 112×96 as MTCNN finds them: less high than the template's, and wider. */
function found(random: Random): Point[] {
  return faceTemplate("112x96").points.map(({ x, y }) => ({
    x: 47 + 1.03 * (x - 47) + random.gaussian(),
    y: 70.9 + 0.93 * (y - 70.9) + random.gaussian(),
  }));
}

interface Made {
  readonly size: readonly [height: number, width: number];
  /** From a crop of 112×96 to the image; the same for all if it is no function. */
  readonly matrix?: Matrix2x3 | ((random: Random) => Matrix2x3);
  readonly fields?: Partial<ExaminedImage>;
  readonly without?: number;
}

function made({ size, matrix = [1, 0, 0, 0, 1, 0], fields, without = 0 }: Made): ExaminedImage[] {
  const random = new Random(5);
  return Array.from({ length: 20 }, (_, i) => {
    const own = typeof matrix === "function" ? matrix(random) : matrix;
    const landmarks = found(random).map((point) => applyMatrix(own, point));
    return {
      height: size[0],
      width: size[1],
      landmarks: i < without ? null : landmarks as unknown as Landmarks,
      boxAspect: 1.3 * widthOf(own) ** -1,
      grey: false,
      blackBorder: 0,
      ...fields,
      skin: i < without ? null : fields?.skin ?? [180, 130, 110],
    };
  });
}

/** How much wider than high a map makes things. */
function widthOf([a, b, , c, d]: Matrix2x3): number {
  return Math.hypot(a, c) / Math.hypot(b, d);
}

const scatter = (random: Random): Matrix2x3 => {
  const [angle, scale] = [0.15 * random.gaussian(), Math.exp(0.2 * random.gaussian())];
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [cos, -sin, 8 * random.gaussian(), sin, cos, 8 * random.gaussian()];
};

const table: readonly [name: string, made: Made, kind: AlignmentKind, words: string[]][] = [
  ["the paper's crops", { size: [112, 96] }, "aligned", ["112×96, the paper's crop", "20 faces"]],
  ["crops of 112×112", { size: [112, 112], matrix: [1, 0, 8, 0, 1, 0] }, "aligned", [
    "112×112, whose middle 96 columns",
  ]],
  ["crops twice as large", { size: [224, 192], matrix: [2, 0, 0.5, 0, 2, 0.5] }, "aligned", [
    "224×192, which are scaled",
  ]],
  ["crops with room for jitter", { size: [116, 100], matrix: [1, 0, 2, 0, 1, 2] }, "aligned", []],
  ["a margin", { size: [112, 96], matrix: [0.75, 0, 12, 0, 0.75, 14] }, "margin", [
    "0.7",
    "times as large as the template",
    "deno task align",
  ]],
  ["close cuts", { size: [112, 96], matrix: [1.25, 0, -12, 0, 1.25, -14] }, "tight", ["1.2"]],
  ["another place", { size: [112, 96], matrix: [1, 0, 6, 0, 1, -4] }, "shifted", [
    "px across",
    "px down",
  ]],
  ["a turn", { size: [112, 96], matrix: [0.985, -0.174, 8, 0.174, 0.985, -8] }, "turned", [
    "turned by 10",
    "°",
  ]],
  ["pressed crops", { size: [112, 96], matrix: [96 / 112, 0, 6.86, 0, 1, 0] }, "stretched", [
    "pressed together",
  ]],
  ["crops drawn apart", { size: [112, 112], matrix: [112 / 96, 0, 0, 0, 1, 0] }, "stretched", [
    "drawn apart",
  ]],
  ["CelebA's pictures", { size: [218, 178], matrix: [1.085, 0, 36, 0, 1.085, 55] }, "celeba", [
    "218×178",
    "deno task align",
  ]],
  [
    "photos",
    {
      size: [480, 640],
      matrix: (random) => {
        const [a, b, tx, c, d, ty] = scatter(random);
        return [a, b, tx + 250, c, d, ty + 150];
      },
    },
    "photos",
    ["Not aligned", "deno task align FROM TO"],
  ],
  ["crops at random", { size: [112, 96], matrix: scatter }, "scattered", [
    "Crops that are not aligned",
  ]],
  [
    "second alignments",
    { size: [112, 112], matrix: scatter, fields: { blackBorder: 0.4 }, without: 14 },
    "aligned-twice",
    ["40 % of an image is black", "6 of 20"],
  ],
  [
    "second alignments without a face",
    { size: [112, 112], fields: { blackBorder: 0.8 }, without: 20 },
    "aligned-twice",
    ["0 of 20"],
  ],
  [
    "second alignments of faces that lay alike",
    {
      size: [112, 112],
      matrix: [0.9, 0, -30, 0, 0.9, -35],
      fields: { blackBorder: 0.5 },
    },
    "aligned-twice",
    ["px off their place"],
  ],
  ["aligned crops on black", { size: [112, 96], fields: { blackBorder: 0.4 } }, "aligned", []],
  ["no faces", { size: [300, 300], without: 18 }, "no-faces", ["2 of 20 images of 300×300"]],
];

for (const [name, setting, kind, words] of table) {
  Deno.test(`diagnoseAlignment() knows ${name}`, () => {
    const { findings, images, layout } = diagnoseAlignment(made(setting));
    assertEquals(findings.map((one) => one.kind), [kind], findings[0]!.text);
    assertEquals(findings[0]!.warning, kind !== "aligned");
    for (const word of words) assertStringIncludes(findings[0]!.text, word);
    assertEquals(images, 20);
    assertEquals(layout?.faces ?? 0, 20 - (setting.without ?? 0));
  });
}

Deno.test("diagnoseAlignment() gives scale, turn, shift and spread in numbers", () => {
  const exact = made({ size: [112, 96], matrix: [0.8, 0, 9.6, 0, 0.8, 11.2] });
  const { layout } = diagnoseAlignment(exact);
  assertAlmostEquals(layout!.placement.scale, 0.78, 0.02);
  assertAlmostEquals(layout!.placement.angle, 0, 1.5);
  assertAlmostEquals(layout!.placement.dx, 0.8 * 48.03 + 9.6 - 48.03, 1);
  assertAlmostEquals(layout!.placement.dy, 0.8 * 71.9 + 11.2 - 71.9, 1);
  assert(layout!.scaleSpread < 0.05 && layout!.angleSpread < 3 && layout!.placeSpread < 2);
  assert(layout!.residual > 5 && layout!.residual < 9);
});

Deno.test("diagnoseAlignment() tells swapped and grey sets, whatever the skin", () => {
  const kinds = (fields: Partial<ExaminedImage>) =>
    diagnoseAlignment(made({ size: [112, 96], fields })).findings.map(({ kind }) => kind);
  assertEquals(kinds({ skin: [110, 130, 180] }), ["aligned", "swapped"]);
  assertEquals(kinds({ skin: [40, 52, 60] }), ["aligned", "swapped"]);
  assertEquals(kinds({ skin: [60, 52, 40] }), ["aligned"]);
  assertEquals(kinds({ skin: [90, 91, 92] }), ["aligned"]);
  assertEquals(kinds({ skin: [90, 91, 99], grey: true }), ["aligned", "grey"]);
  const few = made({ size: [112, 96], fields: { skin: [110, 130, 180] }, without: 16 });
  assertEquals(diagnoseAlignment(few).findings.map(({ kind }) => kind), ["no-faces"]);
});

Deno.test("diagnoseAlignment() bears faces that are none, and sets without images", () => {
  const point = { x: 4, y: 4 };
  const landmarks: Landmarks = [point, point, point, point, point];
  const crops = made({ size: [112, 96] });
  const odd = crops.map((one, i) => i < 3 ? { ...one, landmarks } : one);
  assertEquals(diagnoseAlignment(odd).findings[0]!.kind, "aligned");
  const all = crops.map((one) => ({ ...one, landmarks }));
  const { findings } = diagnoseAlignment(all);
  assertEquals(/NaN|Infinity/.test(findings[0]!.text), false, findings[0]!.text);
  assertEquals(diagnoseAlignment([]).findings[0]!.kind, "no-faces");
});

Deno.test("examineImage() measures skin, black borders and grey", () => {
  const data = new Uint8Array(112 * 96 * 3).fill(200);
  for (let i = 0; i < data.length; i += 3) data[i + 2] = 150;
  data.fill(0, 0, 28 * 96 * 3); // the upper quarter, and a hole that is no border
  data.fill(0, 3 * (60 * 96 + 40), 3 * (60 * 96 + 60));
  const image = { height: 112, width: 96, data };
  const box = { x: 10, y: 20, width: 60, height: 90 };
  const seen = examineImage(image, { landmarks: faceTemplate("112x96").points, box });
  assertAlmostEquals(seen.blackBorder, 0.25, 1e-9);
  assertEquals(seen.skin!.map(Math.round), [200, 200, 150]);
  assertEquals([seen.grey, seen.boxAspect], [false, 1.5]);
  const { skin, grey } = examineImage({
    ...image,
    data: data.map((_, i) => Math.floor(i / 3) % 97),
  }, null);
  assertEquals([skin, grey], [null, true]);
  // Landmarks beside the image, as detectors give them, and an image of more rows than are looked at.
  const far = faceTemplate("112x96").points.map(({ x, y }) => ({ x: x - 500, y }));
  const outside = { landmarks: far as unknown as Landmarks, box };
  assertEquals(examineImage(image, outside).skin, null);
  const large = { height: 700, width: 3, data: new Uint8Array(700 * 3 * 3) };
  assertEquals(examineImage(large, null).blackBorder, 1);
});
