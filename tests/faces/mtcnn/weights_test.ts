import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeMtcnnWeights, encodeMtcnnWeights } from "../../../src/faces/mtcnn/weights.ts";
import { encodeSafetensors } from "../../../src/formats/safetensors.ts";
import {
  caffeFiles,
  hasSharedWeights,
  randomMtcnnWeights,
  SHARED_WEIGHTS,
} from "../../support/mtcnn.ts";

const weights = randomMtcnnWeights();

Deno.test("decodeMtcnnWeights() turns the authors' transposed layers upright", () => {
  assertEquals(decodeMtcnnWeights(caffeFiles(weights)), weights);
});

Deno.test("decodeMtcnnWeights() reads what encodeMtcnnWeights() wrote, bit for bit", () => {
  const bytes = encodeMtcnnWeights(weights);
  assertEquals(decodeMtcnnWeights([{ name: "mtcnn.safetensors", bytes }]), weights);
});

Deno.test({
  name: "decodeMtcnnWeights() reads the same from the authors' files and the port's dictionaries",
  ignore: !hasSharedWeights,
  async fn() {
    const read = async (extension: string) =>
      decodeMtcnnWeights(
        await Promise.all([1, 2, 3].map(async (net) => {
          const name = `det${net}.${extension}`;
          return { name, bytes: await Deno.readFile(new URL(name, SHARED_WEIGHTS)) };
        })),
      );
    assertEquals(await read("npy"), await read("caffemodel"));
  },
});

Deno.test("decodeMtcnnWeights() names the file that does not fit, and what it lacks", () => {
  const [p, r, o] = caffeFiles(weights) as [MtcnnFile, MtcnnFile, MtcnnFile];
  const cases: [MtcnnFile[], string][] = [
    [[r, r, o], "det2.caffemodel has 756 of the 270 weights of the layer conv1"],
    [[p, p, o], "det1.caffemodel has 270 of the 756 weights of the layer conv1"],
    [[p, r], "in three files, or one safetensors file, not 2"],
    [
      [p, r, { ...o, bytes: o.bytes.subarray(0, 1000) }],
      "det3.caffemodel is not a whole caffemodel",
    ],
    [[p], "det1.caffemodel is not a whole safetensors file"],
    [[{ name: "x", bytes: encodeSafetensors({}) }], "x holds no weights of MTCNN"],
    [[{
      name: "x",
      bytes: encodeSafetensors({}, { format: "spheregrad mtcnn 1" }),
    }], "x has no pnet.conv1.weight [3,3,3,10]"],
  ];
  for (const [files, words] of cases) {
    const { message } = assertThrows(() => decodeMtcnnWeights(files), Error);
    assertStringIncludes(message, words);
  }
});

interface MtcnnFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
