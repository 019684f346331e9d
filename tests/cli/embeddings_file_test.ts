import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  type EmbeddingsContents,
  EmbeddingsFile,
  requireNoPart,
} from "../../src/cli/embeddings_file.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { withFiles } from "./command.ts";

const DIM = 1024;

function contents(images: number, weight = 1): EmbeddingsContents {
  return {
    paths: Array.from({ length: images }, (_, index) => `in/${index}.jpg`),
    dim: DIM,
    metadata: { format: "test" },
    weights: [new Float32Array(8).fill(weight)],
  };
}

const row = (index: number) => new Float32Array(DIM).fill(index + 0.5);

const broken = (index: number) => ({ index, file: `in/${index}.jpg`, reason: "It is broken." });

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

/** Checks that a file holds the rows of these images alone. */
async function holds(path: string, images: readonly number[]): Promise<void> {
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(path), path);
  const { shape, data } = tensors["features"]!;
  assertEquals(shape, [images.length, DIM]);
  assertEquals(metadata, {
    format: "test",
    names: images.map((index) => `in/${index}.jpg`).join("\n"),
  });
  images.forEach((image, index) => {
    assertEquals((data as Float32Array).slice(index * DIM, (index + 1) * DIM), row(image));
  });
}

Deno.test("EmbeddingsFile writes rows as they come, and is in its place when it is whole", async () => {
  await withFiles({ out: "old" }, async (dir) => {
    const path = join(dir, "out");
    const images = 700; // more than are written at a time
    using file = await EmbeddingsFile.open(path, contents(images), false);
    const good: number[] = [];
    for (let index = 0; index < images; index++) {
      if (index % 5 === 4) file.skip(broken(index));
      else {
        await file.append(row(index), index);
        good.push(index);
      }
    }
    assertEquals([file.rows, file.skipped.length], [560, 140]);
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(await names(dir), ["out", "out.part"]);
    await file.finish();
    assertEquals(await names(dir), ["out"]);
    await holds(path, good);
  });
});

Deno.test("EmbeddingsFile goes on with what was saved, whatever was written after it", async () => {
  await withFiles({}, async (dir) => {
    const path = join(dir, "out");
    {
      using file = await EmbeddingsFile.open(path, contents(8), false);
      file.skip(broken(0));
      for (const index of [1, 2]) await file.append(row(index), index);
      file.skip(broken(3)); // read ahead of the rows: it is met again
      await file.save();
      for (const index of [4, 5]) await file.append(row(99), index);
    }
    await Deno.writeFile(`${path}.part`, new Uint8Array(5000), { append: true }); // of a killed process
    assertEquals(await names(dir), ["out.part", "out.part.json"]);
    const { message } = await assertRejects(() => requireNoPart(path), Error);
    assertStringIncludes(message, "--resume goes on with it");

    using file = await EmbeddingsFile.open(path, contents(8), true);
    assertEquals([file.done, file.rows, file.skipped], [3, 2, [broken(0)]]);
    file.skip(broken(3));
    for (const index of [4, 5, 6]) await file.append(row(index), index);
    file.skip(broken(7));
    await file.finish();
    assertEquals(await names(dir), ["out"]);
    await holds(path, [1, 2, 4, 5, 6]);
    await requireNoPart(path);
  });
});

Deno.test("EmbeddingsFile goes on with no other images, model or place", async () => {
  await withFiles({}, async (dir) => {
    const path = join(dir, "out");
    const resume = async (to: string, what: EmbeddingsContents) => {
      const { message } = await assertRejects(() => EmbeddingsFile.open(to, what, true), Error);
      return message;
    };
    assertStringIncludes(await resume(path, contents(3)), "There is no interrupted run");
    {
      using file = await EmbeddingsFile.open(path, contents(3), false);
      await file.append(row(0), 0);
      await file.save();
    }
    for (const other of [contents(4), contents(3, 2), { ...contents(3), metadata: { a: "b" } }]) {
      assertStringIncludes(await resume(path, other), "other images or another model");
    }
    await Deno.truncate(`${path}.part`, 4000);
    assertStringIncludes(await resume(path, contents(3)), "it is cut off");
    await Deno.remove(`${path}.part`);
    assertStringIncludes(await resume(path, contents(3)), "out.part cannot be written");
  });
});

Deno.test("EmbeddingsFile.discard() leaves no trace", async () => {
  await withFiles({}, async (dir) => {
    using file = await EmbeddingsFile.open(join(dir, "out"), contents(3), false);
    await file.append(row(0), 0);
    await file.save();
    await file.discard();
    assertEquals(await names(dir), []);
  });
});
