import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openTrainingData } from "../../src/cli/train_data.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import { tinyConfiguration } from "../sphereface/tiny_run.ts";
import { run, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";

/** Folders take no GPU. */
const NO_GPU = undefined as unknown as Gpu;

function faces(identities: number, images: number): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: identities * images }, (_, i) => {
      const [person, image] = [Math.floor(i / images), i % images];
      return [`p${person}/${image}.png`, pngFace(person, image)];
    }),
  );
}

Deno.test("openTrainingData() holds identities out, the same ones for the same seed", async () => {
  await withFiles(faces(5, 2), async (dir) => {
    const configuration = tinyConfiguration({ data: dir, holdout: 2, seed: 4 });
    using data = await openTrainingData(NO_GPU, configuration);
    using again = await openTrainingData(NO_GPU, configuration);
    assertEquals([data.train.identities.length, data.holdout.identities.length], [3, 2]);
    assertEquals(again.holdout.identities, data.holdout.identities);
    const all = [...data.train.identities, ...data.holdout.identities].sort();
    assertEquals(all, ["p0", "p1", "p2", "p3", "p4"]);
    assertEquals(Array.from(data.train.labels), [0, 0, 1, 1, 2, 2]);
    assertEquals(data.remarks, []);
    const pixels = await data.train.read([5], configuration.size);
    assertEquals(pixels.length, 32 * 32 * 3);
  });
});

Deno.test("openTrainingData() counts skipped images, and names the first ten", async () => {
  const bad: Record<string, Uint8Array | string> = {
    "p0/cut.jpg": truncated(await jpegFace(0, 9)),
    "p1/text.jpg": "no image",
  };
  await withFiles({ ...faces(2, 2), ...bad }, async (dir) => {
    using data = await openTrainingData(NO_GPU, tinyConfiguration({ data: dir }));
    const [remark, ...more] = data.remarks;
    assertEquals(more, []);
    const [count, first, second, ...rest] = remark!.split("\n");
    assertEquals(count, "2 of 6 images were skipped:");
    assert(first!.startsWith("  p0/cut.jpg is ") && second!.startsWith("  p1/text.jpg is "));
    assertEquals(rest, []);
    assertEquals(data.train.labels.length, 4);
  });
  for (let i = 0; i < 11; i++) bad[`p1/text${i}.png`] = "no image";
  await withFiles({ ...faces(2, 2), ...bad }, async (dir) => {
    using data = await openTrainingData(NO_GPU, tinyConfiguration({ data: dir }));
    const lines = data.remarks[0]!.split("\n");
    assertEquals(lines.length, 12);
    assertEquals([lines[0], lines.at(-1)], ["13 of 17 images were skipped:", "  and 3 more"]);
  });
});

Deno.test("openTrainingData() refuses folders that leave too few identities", async () => {
  await withFiles(faces(3, 2), async (dir) => {
    const open = (fields: Parameters<typeof tinyConfiguration>[0]) => async () => {
      using _ = await openTrainingData(NO_GPU, tinyConfiguration({ data: dir, ...fields }));
    };
    const tooMany = await assertRejects(open({ holdout: 2 }), RangeError);
    assertStringIncludes(tooMany.message, `${dir} has 3 identities; holding 2 out leaves 1`);
    await assertRejects(open({ holdout: 1 }), RangeError, "0 or at least 2, not 1.");
    await assertRejects(open({ minImages: 3 }), Error, "0 identities with at least 3 images");
    await assertRejects(
      open({ data: `${dir}/none` }),
      Error,
      `There is no folder or file ${dir}/none.`,
    );
  });
});

Deno.test("openTrainingData() leaves out what lists name, and warns of a list that matches nothing", async () => {
  await withFiles({ ...faces(4, 2), "mine.txt": "p1\np9\n" }, async (dir) => {
    const configuration = tinyConfiguration({ data: dir, exclude: [`${dir}/mine.txt`, "lfw"] });
    using data = await openTrainingData(NO_GPU, configuration);
    assertEquals(data.train.identities, ["p0", "p2", "p3"]);
    assertEquals([...data.train.labels], [0, 0, 1, 1, 2, 2]);
    assertEquals(data.remarks, [
      `1 of the 2 identities of the list ${dir}/mine.txt is left out, with 2 images: p1.`,
    ]);
    assertStringIncludes(data.warnings[0]!, "None of the 17 names of the list lfw");
    const open = async (exclude: string[]) => {
      using _ = await openTrainingData(NO_GPU, tinyConfiguration({ data: dir, exclude }));
    };
    await assertRejects(
      () => open(["lwf"]),
      Error,
      "there is no file lwf, and the lists that come",
    );
    await Deno.writeTextFile(`${dir}/most.txt`, "p0\np1\np2\n");
    await assertRejects(() => open([`${dir}/most.txt`]), Error, "holds only one identity, p3");
  });
});

Deno.test("openTrainingData() reads any format, with jitter and a cache, and the same pixels", async () => {
  await withFiles(faces(4, 3), async (dir) => {
    const out = await Deno.makeTempDir();
    try {
      for (const [to, format] of [["r", "rec"], ["a.zip", "zip"], ["a.tar", "tar"]] as const) {
        assertEquals((await run("pack", dir, `${out}/${to}`, "--format", format)).code, 0);
      }
      await Deno.writeTextFile(
        `${out}/list.txt`,
        "p0/0.png 0\np0/1.png 0\np3/0.png 1\np3/2.png 1\n",
      );
      const settings = { holdout: 2, seed: 4, jitter: 3 };
      const cache = { dir: `${out}/cache` };
      const pixelsOf = async (data: string, cached: typeof cache | null) => {
        using set = await openTrainingData(
          NO_GPU,
          tinyConfiguration({ ...settings, data }),
          cached,
        );
        const { train, holdout } = set;
        const places = [0, 1, 2, 3, 4, 5];
        return [
          train.identities,
          holdout.identities,
          await train.read(places, { height: 35, width: 35 }),
          await holdout.read(places, { height: 32, width: 32 }),
        ];
      };
      const expected = await pixelsOf(dir, null);
      assertEquals((expected[3] as Uint8Array).length, 6 * 32 * 32 * 3);
      for (const data of [`${out}/r`, `${out}/a.zip`, `${out}/a.tar`]) {
        assertEquals(await pixelsOf(data, null), expected);
        // The second time nothing is decoded.
        for (let i = 0; i < 2; i++) assertEquals(await pixelsOf(data, cache), expected);
      }
      const listed = tinyConfiguration({ data: `${out}/list.txt`, root: dir, minImages: 2 });
      using list = await openTrainingData(NO_GPU, listed);
      assertEquals(list.train.identities, ["p0", "p3"]);
      const few = { ...listed, minImages: 3 };
      await assertRejects(
        async () => {
          using _ = await openTrainingData(NO_GPU, few);
        },
        Error,
        "0 identities with at least 3 images",
      );
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  });
});
