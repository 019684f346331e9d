import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../src/random.ts";
import { blankCanvas, makeCanvas, pasteCrop, pastedPoint } from "./canvases.ts";

/** A crop that is black but for a white pixel. */
function dot(x: number, y: number) {
  const data = new Uint8Array(112 * 112 * 3);
  data.fill(255, (y * 112 + x) * 3, (y * 112 + x) * 3 + 3);
  return { height: 112, width: 112, data };
}

Deno.test("makeCanvas() draws a crop where its landmarks say", () => {
  for (const seed of [1, 2, 3, 4]) {
    const crop = dot(38, 52);
    const options = { seed, background: "black" } as const;
    const { image, paste } = makeCanvas(crop, options);
    const expected = pastedPoint({ x: 38, y: 52 }, crop, paste);
    let [sum, x, y] = [0, 0, 0];
    image.data.forEach((value, i) => {
      sum += value;
      x += value * (Math.floor(i / 3) % image.width);
      y += value * Math.floor(i / 3 / image.width);
    });
    assert(sum > 0, "the pixel is lost");
    assertAlmostEquals(x / sum, expected.x, 0.3);
    assertAlmostEquals(y / sum, expected.y, 0.3);
    assertEquals(makeCanvas(crop, options).image, image);
  }
});

Deno.test("pasteCrop() copies a crop that is neither turned nor scaled", () => {
  const random = new Random(3);
  const crop = blankCanvas(112, 112, "gradient", random);
  const canvas = blankCanvas(112, 112, "grey", random);
  pasteCrop(canvas, crop, { angle: 0, scale: 1, centre: { x: 55.5, y: 55.5 } });
  const worst = Math.max(...canvas.data.map((value, i) => Math.abs(value - crop.data[i]!)));
  assert(worst <= 1, `${worst}`);
});
