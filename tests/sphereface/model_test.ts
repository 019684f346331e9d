import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import type { NamedValues } from "../../src/nn/parameters.ts";
import { decodeModel, encodeModel, modelSpecs } from "../../src/sphereface/model.ts";
import { SphereNet } from "../../src/sphereface/spherenet.ts";
import { goldenUniform } from "../golden/values.ts";
import { sizeOf } from "../reference/array64.ts";
import { IDENTITIES, tinyConfiguration } from "./tiny_run.ts";

const SIZE = { height: 16, width: 16 };
const CONFIGURATION = tinyConfiguration({ size: SIZE });

/** Small weights that tell each parameter from the others. */
function weights(specs = modelSpecs(CONFIGURATION, IDENTITIES.length)): NamedValues {
  return new Map(specs.map(({ name, shape }) => {
    const values = new Float32Array(sizeOf(shape));
    values.set(goldenUniform(name, Math.min(values.length, 100)));
    return [name, values];
  }));
}

const TRAINED = encodeModel({
  net: "4",
  size: SIZE,
  weights: weights(),
  identities: IDENTITIES,
  configuration: CONFIGURATION,
});

/** The trained model with some of it replaced. */
function edited(
  change: (file: {
    tensors: Record<string, Parameters<typeof encodeSafetensors>[0][string]>;
    metadata: Record<string, string>;
  }) => void,
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(TRAINED, "model");
  const file = { tensors: { ...tensors }, metadata: { ...metadata } };
  change(file);
  return encodeSafetensors(file.tensors, file.metadata);
}

Deno.test("decodeModel() gives what encodeModel() was given, the head's weights too", () => {
  const model = decodeModel(TRAINED, "model.safetensors");
  assertEquals([model.net, model.size], ["4", SIZE]);
  assertEquals(model.identities, IDENTITIES);
  assertEquals(model.configuration, CONFIGURATION);
  assertEquals(new Set(model.weights.keys()), new Set(weights().keys()));
  for (const [name, values] of weights()) assertEquals(model.weights.get(name), values, name);
});

Deno.test("encodeModel() writes a net without a head and without its history", () => {
  const { specs } = new SphereNet("10", SIZE);
  const bytes = encodeModel({ net: "10", size: SIZE, weights: weights(specs) });
  const model = decodeModel(bytes, "model.safetensors");
  assertEquals([model.net, model.identities, model.configuration], ["10", [], undefined]);
  assertEquals(model.weights, weights(specs));
});

Deno.test("encodeModel() leaves all that is needed in the metadata and the paper's shapes", () => {
  const { tensors, metadata } = decodeSafetensors(TRAINED, "model");
  const { net, size, head, classes, embedding } = metadata;
  assertEquals({ net, size, head, classes, embedding }, {
    net: "4",
    size: "16x16",
    head: "asoftmax",
    classes: "5",
    embedding: "512",
  });
  assertStringIncludes(metadata["preprocessing"]!, "(v - 127.5) / 128");
  assertStringIncludes(metadata["preprocessing"]!, "RGB");
  assertStringIncludes(metadata["licence"]!, "training images");
  assertEquals(JSON.parse(metadata["configuration"]!), CONFIGURATION);
  assertEquals(tensors["conv1_1.weight"]!.shape, [3, 3, 3, 64]);
  assertEquals(tensors["head.weight"]!.shape, [5, 512]);
});

Deno.test("encodeModel() refuses weights that lack some of the net's", () => {
  const some = new Map(weights());
  some.delete("conv3_1.slope");
  assertThrows(
    () => encodeModel({ net: "4", size: SIZE, weights: some }),
    Error,
    "The weights of conv3_1.slope are missing.",
  );
});

Deno.test("decodeModel() refuses safetensors of others, naming file and format", () => {
  const tensors = { w: { dtype: "F32", shape: [1], data: new Float32Array(1) } } as const;
  for (
    const [metadata, format] of [
      [{}, "null"],
      [{ format: "pt" }, '"pt"'],
      [{ format: "spheregrad checkpoint 1" }, '"spheregrad checkpoint 1"'],
    ] as const
  ) {
    assertThrows(
      () => decodeModel(encodeSafetensors(tensors, metadata), "dir/other.safetensors"),
      SyntaxError,
      `dir/other.safetensors is not a model of this library (its format is ${format}, not`,
    );
  }
});

Deno.test("decodeModel() refuses a file that was cut short or is something else", () => {
  const text = new TextEncoder().encode("this is a text and no model at all");
  for (const bytes of [TRAINED.slice(0, -4), TRAINED.slice(0, 500), text, new Uint8Array()]) {
    assertThrows(
      () => decodeModel(bytes, "m.safetensors"),
      SyntaxError,
      "m.safetensors is not a whole safetensors file",
    );
  }
});

Deno.test("decodeModel() refuses weights that are not those of the net and size that it names", () => {
  const files: [Uint8Array, string][] = [
    // A model of another size: 48×32 needs 3·2·512 inputs of FC1.
    [edited(({ metadata }) => metadata["size"] = "48x32"), "fc1.weight are F32 [512,512]"],
    [edited(({ metadata }) => metadata["net"] = "20"), "conv1_2.weight are missing"],
    [edited(({ tensors }) => delete tensors["fc1.bias"]), "fc1.bias are missing"],
    [
      edited(({ tensors }) => {
        const data = new Uint16Array(64);
        tensors["conv1_1.bias"] = { dtype: "F16", shape: [64], data };
      }),
      "conv1_1.bias are F16 [64], but SphereNet-4 at 16x16 needs F32 [64]",
    ],
  ];
  for (const [bytes, reason] of files) {
    assertThrows(
      () => decodeModel(bytes, "m.safetensors"),
      SyntaxError,
      `m.safetensors: the weights of ${reason}`,
    );
  }
});

Deno.test("decodeModel() names the file whose metadata cannot be used", () => {
  for (
    const [key, value, reason] of [
      ["net", "5", 'There is no net "5"'],
      ["size", "large", 'The size "large"'],
      ["identities", "[", "JSON"],
      ["configuration", "{]", "JSON"],
    ] as const
  ) {
    const error = assertThrows(
      () => decodeModel(edited(({ metadata }) => metadata[key] = value), "m.safetensors"),
      SyntaxError,
      "m.safetensors is damaged or was edited, its metadata cannot be used: ",
    );
    assertStringIncludes(error.message, reason);
  }
});
