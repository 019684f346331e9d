import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type FaceParameters,
  faceParameters,
  landmarks,
} from "../../../src/faces/synthetic/parameters.ts";
import { templateAt } from "../../../src/faces/synthetic/camera.ts";
import { renderFaces } from "../../../src/faces/synthetic/renderer.ts";
import { Gpu } from "../../../src/gpu/gpu.ts";

const SIZE = { height: 56, width: 48 };
const PIXELS = SIZE.height * SIZE.width * 3;

function facesOf(identities: number, samples: number, seed = 1): FaceParameters[] {
  return Array.from({ length: identities * samples }, (_, i) =>
    faceParameters({
      seed,
      identity: Math.floor(i / samples),
      sample: i % samples,
    }));
}

/** Root of the mean squared difference of two images' bytes. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
}

Deno.test("faceParameters() is a pure function of seed, identity and sample", () => {
  const key = { seed: 3, identity: 12, sample: 5 };
  assertEquals(faceParameters(key), faceParameters(key));
  const face = faceParameters(key);
  const sibling = faceParameters({ ...key, sample: 6 });
  assertEquals(sibling.identity, face.identity);
  assertNotEquals(sibling.nuisance, face.nuisance);
  for (const other of [{ ...key, identity: 13 }, { ...key, identity: -12 }, { ...key, seed: 4 }]) {
    assertNotEquals(faceParameters(other).identity, face.identity);
    assertNotEquals(faceParameters(other).nuisance, face.nuisance);
  }
});

Deno.test("faceParameters() without a sample is frontal and neutral", () => {
  const { identity, nuisance } = faceParameters({ seed: 3, identity: 12 });
  assertEquals(identity, faceParameters({ seed: 3, identity: 12, sample: 0 }).identity);
  assertEquals([nuisance.pose, nuisance.camera.noise], [{ yaw: 0, pitch: 0, roll: 0 }, 0]);
});

Deno.test("faceParameters() refuses numbers that are no safe integers", () => {
  assertThrows(() => faceParameters({ seed: 1, identity: 0.5 }), RangeError);
  assertThrows(() => faceParameters({ seed: NaN, identity: 0 }), RangeError);
  assertThrows(() => faceParameters({ seed: 1, identity: 0, sample: 2 ** 60 }), RangeError);
});

Deno.test("landmarks() of frontal faces fall at the template's places", () => {
  for (const size of [{ height: 112, width: 96 }, SIZE, { height: 112, width: 112 }]) {
    const template = templateAt(size);
    const scale = size.height / 112;
    const sums = template.map(() => [0, 0]);
    const count = 200;
    for (let identity = 0; identity < count; identity++) {
      landmarks(faceParameters({ seed: 1, identity }), size).forEach(([x, y], i) => {
        const dx = (x - template[i]![0]) / scale;
        const dy = (y - template[i]![1]) / scale;
        // Faces differ, so that a similarity can't bring all points of each one in place.
        assert(Math.hypot(dx, dy) < 6.5, `landmark ${i} of identity ${identity} is off`);
        sums[i]![0]! += dx / count;
        sums[i]![1]! += dy / count;
      });
    }
    sums.forEach(([dx, dy], i) => assert(Math.hypot(dx!, dy!) < 1.5, `landmark ${i}: ${dx} ${dy}`));
  }
});

Deno.test("landmarks() scale with the image and follow the alignment's jitter", () => {
  const face = faceParameters({ seed: 1, identity: 3 });
  const large = landmarks(face, { height: 112, width: 96 });
  const small = landmarks(face, SIZE);
  large.forEach(([x, y], i) => {
    assert(Math.abs((x + 0.5) / 2 - 0.5 - small[i]![0]) < 1e-9);
    assert(Math.abs((y + 0.5) / 2 - 0.5 - small[i]![1]) < 1e-9);
  });
  const jitter = { x: 2, y: -1, angle: 0, scale: 1 };
  const moved = landmarks({ ...face, nuisance: { ...face.nuisance, jitter } }, {
    height: 112,
    width: 96,
  });
  large.forEach(([x, y], i) => {
    assert(Math.abs(x - 2 - moved[i]![0]) < 1e-9);
    assert(Math.abs(y + 1 - moved[i]![1]) < 1e-9);
  });
});

Deno.test("renderFaces() draws the same bytes each time, whatever is drawn beside", async () => {
  using gpu = await Gpu.request();
  const faces = facesOf(5, 8);
  const together = await renderFaces(gpu, faces, SIZE);
  const again = await renderFaces(gpu, faces, SIZE);
  assertEquals(together.length, faces.length * PIXELS);
  assertEquals(again, together);
  const alone = await renderFaces(gpu, [faces[37]!], SIZE);
  assertEquals(alone, together.slice(37 * PIXELS, 38 * PIXELS));
  assertEquals((await renderFaces(gpu, [], SIZE)).length, 0);
});

Deno.test("renderFaces() draws pictures, in the middle of the grey range and of many values", async () => {
  using gpu = await Gpu.request();
  const faces = facesOf(16, 4, 7);
  const pixels = await renderFaces(gpu, faces, SIZE);
  for (let i = 0; i < faces.length; i++) {
    const image = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
    const mean = image.reduce((sum, value) => sum + value, 0) / PIXELS;
    assert(mean > 15 && mean < 245, `image ${i} has mean ${mean}`);
    assert(new Set(image).size > 40, `image ${i} has ${new Set(image).size} values`);
  }
});

Deno.test("renderFaces() shows different people differently under the same circumstances", async () => {
  using gpu = await Gpu.request();
  const people = Array.from({ length: 8 }, (_, identity) => faceParameters({ seed: 2, identity }));
  const pixels = await renderFaces(gpu, people, SIZE);
  for (let i = 1; i < people.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
      const b = pixels.subarray(j * PIXELS, (j + 1) * PIXELS);
      assert(difference(a, b) > 8, `identities ${i} and ${j} look alike`);
    }
  }
});

Deno.test("renderFaces() puts the eyes where landmarks() says", async () => {
  using gpu = await Gpu.request();
  const size = { height: 112, width: 96 };
  const bright = faceParameters({ seed: 1, identity: 12 });
  const { nuisance } = bright;
  const pose = { yaw: 0.35, pitch: -0.15, roll: 0.1 };
  for (const face of [bright, { ...bright, nuisance: { ...nuisance, pose } }]) {
    // Two pictures that differ in the colour of the irises alone: what changes is where they are.
    const iris = (color: number): FaceParameters => ({
      ...face,
      identity: { ...face.identity, eye: { ...face.identity.eye, iris: [color, color, color] } },
    });
    const pixels = await renderFaces(gpu, [iris(0.02), iris(0.5)], size);
    const marks = landmarks(face, size);
    for (const [eyeX, eyeY] of [marks[0]!, marks[1]!]) {
      let weight = 0, x = 0, y = 0;
      for (let row = 0; row < size.height; row++) {
        for (let column = 0; column < size.width; column++) {
          if (Math.hypot(column - eyeX, row - eyeY) > 10) continue;
          const at = 3 * (row * size.width + column);
          const change = pixels[3 * size.height * size.width + at]! - pixels[at]!;
          weight += change;
          x += change * column;
          y += change * row;
        }
      }
      assert(weight > 100);
      assert(Math.hypot(x / weight - eyeX, y / weight - eyeY) < 1.5, `${x / weight} ${y / weight}`);
    }
  }
});

Deno.test("renderFaces() refuses sizes that are none", async () => {
  using gpu = await Gpu.request();
  for (const height of [0, -1, 1.5, NaN]) {
    await assertRejects(() => renderFaces(gpu, facesOf(1, 1), { height, width: 48 }), RangeError);
  }
});
