import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describeModel, openModel } from "../../src/cli/model_file.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { withFiles } from "./command.ts";
import { SIZE, tinyModel } from "./tiny_model.ts";

const MODEL = tinyModel();

async function refusal(path: string): Promise<string> {
  return (await assertRejects(() => openModel(path), Error)).message;
}

/** The model with other metadata. */
function relabelled(metadata: Record<string, string>): Uint8Array {
  const file = decodeSafetensors(MODEL, "tiny");
  return encodeSafetensors(file.tensors, { ...file.metadata, ...metadata });
}

Deno.test("openModel() takes a file, and the folder of a run", async () => {
  await withFiles({ "run/model.safetensors": MODEL }, async (dir) => {
    const file = join(dir, "run", "model.safetensors");
    for (const path of [file, join(dir, "run")]) {
      const opened = await openModel(path);
      assertEquals(opened.path, file);
      assertEquals(opened.model.net, "4");
      assertEquals(opened.model.size, SIZE);
      assertEquals(describeModel(opened), `SphereNet-4 at 32x32 (${file})`);
    }
  });
});

Deno.test("openModel() says what is missing", async () => {
  await withFiles({
    "empty/notes.txt": "",
    "running/checkpoint.safetensors": "",
  }, async (dir) => {
    const nothing = join(dir, "nothing");
    assertEquals(await refusal(nothing), `There is no model ${nothing}.`);
    assertStringIncludes(await refusal(join(dir, "empty")), "holds no model.safetensors; give");
    assertStringIncludes(await refusal(join(dir, "running")), "its training has not ended; deno");
  });
});

Deno.test("openModel() refuses files that are no whole model, each by its name", async () => {
  const weight = { dtype: "F32", shape: [1], data: new Float32Array(1) } as const;
  const cases: readonly (readonly [string, Uint8Array | string, string])[] = [
    ["empty", "", "is not a whole safetensors file: it has 0 bytes"],
    ["text", "this is no model at all", "is not a whole safetensors file"],
    ["truncated", MODEL.subarray(0, MODEL.length - 1000), "is not a whole safetensors file"],
    ["cut", MODEL.subarray(0, 100), "is not a whole safetensors file"],
    ["foreign", encodeSafetensors({ weight }), "is not a model of this library"],
    [
      "checkpoint",
      encodeSafetensors({ weight }, { format: "spheregrad checkpoint 1" }),
      "is a checkpoint, which training goes on from, not a model",
    ],
    ["resized", relabelled({ size: "48x48" }), "at 48x48 needs"],
    [
      "sizeless",
      relabelled({ size: "wide" }),
      'is damaged or was edited, its metadata cannot be used: The size "wide"',
    ],
    [
      "netless",
      relabelled({ net: "99" }),
      'is damaged or was edited, its metadata cannot be used: There is no net "99"',
    ],
    ["unlisted", relabelled({ identities: "[" }), "is damaged or was edited"],
  ];
  const files = Object.fromEntries(cases.map(([name, bytes]) => [name, bytes]));
  await withFiles(files, async (dir) => {
    for (const [name, , words] of cases) {
      const message = await refusal(join(dir, name));
      assertEquals(message.startsWith(join(dir, name)), true, message);
      assertStringIncludes(message, words);
    }
  });
});
