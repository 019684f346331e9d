import { assertEquals } from "@std/assert";
import { chooseFaces, type KnownFace } from "../../../src/faces/align/choose_face.ts";
import type { Landmarks } from "../../../src/faces/face.ts";
import { faceTemplate } from "../../../src/faces/align/template.ts";

const { points } = faceTemplate();
const PHOTO = { width: 400, height: 300 };

function face(x: number, y: number, width: number, height: number): KnownFace {
  return { landmarks: points, box: { x, y, width, height } };
}

/** A face without a box. */
function bare(x: number, y: number, scale: number): KnownFace {
  const landmarks = points.map((it) => ({ x: x + scale * it.x, y: y + scale * it.y }));
  return { landmarks: landmarks as unknown as Landmarks };
}

Deno.test("chooseFaces() takes the box nearest to the centre, the largest, or all", () => {
  // The nearest corner, the nearest centre and the largest area are three different faces.
  const faces = [face(150, 150, 300, 40), face(170, 120, 50, 50), face(0, 0, 150, 120)];
  assertEquals(chooseFaces(faces, PHOTO), [faces[1]]);
  assertEquals(chooseFaces(faces, PHOTO, "centre"), [faces[1]]);
  assertEquals(chooseFaces(faces, PHOTO, "largest"), [faces[2]]);
  assertEquals(chooseFaces(faces, PHOTO, "all"), faces);
  for (const choice of ["centre", "largest", "all"] as const) {
    assertEquals(chooseFaces([], PHOTO, choice), []);
  }
});

Deno.test("chooseFaces() goes by the landmarks where there is no box, and takes the first of equals", () => {
  const faces = [bare(0, 0, 3), bare(150, 80, 1)];
  assertEquals(chooseFaces(faces, PHOTO), [faces[1]]);
  assertEquals(chooseFaces(faces, PHOTO, "largest"), [faces[0]]);
  const twins = [face(100, 100, 50, 50), face(250, 150, 50, 50)];
  assertEquals(chooseFaces(twins, PHOTO, "largest"), [twins[0]]);
  assertEquals(chooseFaces(twins, PHOTO, "centre"), [twins[0]]);
});
