import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from "../../src/sphereface/checkpoint.ts";
import { encodeModel, modelSpecs } from "../../src/sphereface/model.ts";
import { goldenUniform } from "../golden/values.ts";
import { sizeOf } from "../reference/array64.ts";
import { IDENTITIES, tinyConfiguration } from "./tiny_run.ts";

function checkpoint(): Checkpoint {
  const configuration = tinyConfiguration({ size: { height: 16, width: 16 }, head: "softmax" });
  const values = (prefix: string) =>
    new Map(
      modelSpecs(configuration, IDENTITIES.length).map(({ name, shape }) => {
        const values = new Float32Array(sizeOf(shape));
        values.set(goldenUniform(prefix + name, Math.min(values.length, 50)));
        return [name, values] as const;
      }),
    );
  return {
    iteration: 1234,
    configuration,
    identities: IDENTITIES,
    weights: values("w"),
    velocities: values("v"),
    choices: { adapter: "some adapter", variants: { "matmul nn 1x2x4": "plain" } },
  };
}

const BYTES = encodeCheckpoint(checkpoint());

Deno.test("decodeCheckpoint() gives what encodeCheckpoint() was given", () => {
  const { weights, velocities, ...rest } = decodeCheckpoint(BYTES, "checkpoint.safetensors");
  const expected = checkpoint();
  assertEquals(rest, {
    iteration: expected.iteration,
    configuration: expected.configuration,
    identities: expected.identities,
    choices: expected.choices,
  });
  for (const name of expected.weights.keys()) {
    assertEquals(weights.get(name), expected.weights.get(name), name);
    assertEquals(velocities.get(name), expected.velocities.get(name), name);
  }
  assertEquals([weights.size, velocities.size], [expected.weights.size, expected.weights.size]);
});

Deno.test("decodeCheckpoint() reads checkpoints that were written without choices", () => {
  const { choices: _, ...rest } = checkpoint();
  const decoded = decodeCheckpoint(encodeCheckpoint(rest), "checkpoint.safetensors");
  assertEquals("choices" in decoded, false);
  assertEquals(decoded.iteration, rest.iteration);
});

Deno.test("encodeCheckpoint() refuses a checkpoint that lacks weights or velocities", () => {
  for (const kind of ["weights", "velocities"] as const) {
    const whole = checkpoint();
    const some = new Map(whole[kind]);
    some.delete("head.bias");
    assertThrows(
      () => encodeCheckpoint({ ...whole, [kind]: some }),
      Error,
      "The weights of head.bias are missing.",
    );
  }
});

Deno.test("decodeCheckpoint() refuses a model, files of others and files cut short", () => {
  const { configuration, weights } = checkpoint();
  const model = encodeModel({ net: "4", size: configuration.size, weights });
  for (const bytes of [model, encodeSafetensors({}, { format: "pt", iteration: "3" })]) {
    assertThrows(
      () => decodeCheckpoint(bytes, "c.safetensors"),
      SyntaxError,
      "c.safetensors is not a checkpoint of this library; give the checkpoint.safetensors",
    );
  }
  for (const bytes of [BYTES.slice(0, -1), BYTES.slice(0, 300), new Uint8Array(3)]) {
    assertThrows(
      () => decodeCheckpoint(bytes, "c.safetensors"),
      SyntaxError,
      "c.safetensors is not a whole safetensors file",
    );
  }
});

Deno.test("decodeCheckpoint() refuses metadata that it cannot go on from", () => {
  const { tensors, metadata } = decodeSafetensors(BYTES, "c");
  const without = (key: string, value?: string) => {
    const { [key]: _, ...rest } = metadata;
    return encodeSafetensors(tensors, value === undefined ? rest : { ...rest, [key]: value });
  };
  for (const iteration of [undefined, "soon", "1.5"]) {
    assertThrows(
      () => decodeCheckpoint(without("iteration", iteration), "c.safetensors"),
      SyntaxError,
      "c.safetensors is not a checkpoint of this library",
    );
  }
  for (const key of ["configuration", "identities"]) {
    for (const value of [undefined, "{["]) {
      assertThrows(
        () => decodeCheckpoint(without(key, value), "c.safetensors"),
        SyntaxError,
        "c.safetensors is damaged or was edited, its metadata cannot be used: ",
      );
    }
  }
});

Deno.test("a checkpoint keeps where the scaling of the loss stands", () => {
  const lossScale = { scale: 4096, goodSteps: 17 };
  const bytes = encodeCheckpoint({ ...checkpoint(), lossScale });
  assertEquals(decodeCheckpoint(bytes, "c").lossScale, lossScale);
});
