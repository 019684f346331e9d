import { assertEquals, assertThrows } from "@std/assert";
import {
  formatSize,
  HEADS,
  makeHead,
  parseConfiguration,
  parseNet,
  parseSize,
  stepImages,
} from "../../src/sphereface/configuration.ts";
import { tinyConfiguration } from "./tiny_run.ts";

Deno.test("parseSize() reads height and width, and formatSize() writes them", () => {
  for (const text of ["112x96", "112×96"]) {
    assertEquals(parseSize(text), { height: 112, width: 96 });
  }
  assertEquals(formatSize(parseSize("56x48")), "56x48");
  assertEquals(parseSize("16x1024"), { height: 16, width: 1024 });
});

Deno.test("parseSize() refuses what is no size of images, with the text", () => {
  for (
    const text of ["", "112", "112x", "x96", "15x96", "96x1025", "-56x48", "5.6x48", "a112x96"]
  ) {
    assertThrows(() => parseSize(text), RangeError, `The size "${text}" must be HEIGHTxWIDTH`);
  }
});

Deno.test("parseNet() knows the nets, and lists them otherwise", () => {
  for (const name of ["4", "10", "20", "36", "64", "64-caffe"]) assertEquals(parseNet(name), name);
  for (const name of ["", "5", "toString", "20 "]) {
    assertThrows(
      () => parseNet(name),
      RangeError,
      `There is no net "${name}"; choose one of 4, 10, 20, 36, 64, 64-caffe.`,
    );
  }
});

Deno.test("parseConfiguration() reads what was written, and files from before some settings", () => {
  const configuration = tinyConfiguration({ accumulate: 3, recompute: true, precision: "f16" });
  assertEquals(parseConfiguration(JSON.stringify(configuration)), configuration);
  const { accumulate: _, recompute: __, precision: ___, ...earlier } = configuration;
  assertEquals(parseConfiguration(JSON.stringify(earlier)), tinyConfiguration());
});

Deno.test("stepImages() counts the images of all batches of a step", () => {
  assertEquals(stepImages({ batch: 8, accumulate: 3 }), 24);
});

Deno.test("makeHead() makes each head over so many classes", () => {
  const extents = { classes: 7, features: 512 };
  const shapes = { asoftmax: 1, modified: 1, softmax: 2 };
  for (const head of HEADS) {
    const made = makeHead({ head, margin: 4, gradient: "caffe" }, extents);
    assertEquals(made.name, head);
    assertEquals(made.annealed, head === "asoftmax");
    assertEquals(made.specs.length, shapes[head]);
    assertEquals(made.specs[0]!.shape, [7, 512]);
  }
  assertEquals(
    makeHead({ head: "asoftmax", margin: 1, gradient: "exact" }, extents).annealed,
    false,
  );
});
