import { assert, assertEquals } from "@std/assert";
import { decodeCaffemodel } from "../../src/formats/caffemodel.ts";
import { Random } from "../../src/random.ts";
import { encodeCaffemodel, type WrittenForm } from "../support/caffemodel_writer.ts";
import { mutate } from "../support/mutate.ts";

const FILES = 10_000;

const FORMS: readonly WrittenForm[] = [{}, { unpacked: true }, { v1: true, oldShapes: true }, {
  doubles: true,
}];

function wholeFile(form: WrittenForm): Uint8Array<ArrayBuffer> {
  const values = (count: number) => Array.from({ length: count }, (_, i) => i / 7 - 3);
  const type = (name: string, number: number) => form.v1 ? number : name;
  return encodeCaffemodel([
    { name: "data", type: type("Data", 5) },
    {
      name: "conv1",
      type: type("Convolution", 4),
      blobs: [{ shape: [4, 3, 2, 2], data: values(48) }, { shape: [4], data: values(4) }],
    },
    { name: "fc", type: type("InnerProduct", 14), blobs: [{ shape: [5, 4], data: values(20) }] },
  ], form);
}

Deno.test(`decodeCaffemodel() reads ${FILES} damaged files or refuses them in words`, () => {
  const random = new Random(20170721);
  const whole = FORMS.map(wholeFile);
  let refused = 0;
  for (let i = 0; i < FILES; i++) {
    const bytes = mutate(whole[i % whole.length]!, random);
    try {
      const layers = decodeCaffemodel(bytes, "damaged.caffemodel");
      const elements = layers.flatMap(({ blobs }) => blobs).reduce(
        (n, { data }) => n + data.length,
        0,
      );
      assert(elements * 4 <= bytes.length, `${elements} elements from ${bytes.length} bytes`);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      assert(error.message.startsWith("damaged.caffemodel is not a whole caffemodel: "));
      refused++;
    }
  }
  // Most damage is found; damaged floats are floats as well.
  assert(refused > FILES / 2 && refused < FILES, `${refused} refused`);
});

Deno.test("the files that the fuzzer starts from are whole", () => {
  for (const form of FORMS) {
    const layers = decodeCaffemodel(wholeFile(form), "whole.caffemodel");
    assertEquals(layers.map(({ name, type }) => [name, type]), [
      ["data", "Data"],
      ["conv1", "Convolution"],
      ["fc", "InnerProduct"],
    ]);
  }
});
