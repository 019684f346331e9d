import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { run, withFiles } from "./command.ts";
import { pngFace } from "./faces.ts";
import { tinyModel } from "./tiny_model.ts";

/** Two sets: person 1 is in both under other names, person 2 twice in the first. */
function files(): Record<string, Uint8Array | string> {
  const people: Readonly<Record<string, number>> = {
    "a/ann": 1,
    "a/bob": 2,
    'a/bo"b, jr': 2,
    "a/cyd": 3,
    "b/anna": 1,
    "b/dee": 4,
  };
  const all: Record<string, Uint8Array | string> = { "model.safetensors": tinyModel() };
  for (const [folder, person] of Object.entries(people)) {
    const images = folder === 'a/bo"b, jr' ? 4 : 5;
    for (let i = 0; i < images; i++) all[`${folder}/${i}.png`] = pngFace(person, 20 * person + i);
  }
  all["b/dee/broken.png"] = "no image";
  return all;
}

Deno.test("overlap lists who is in two sets, and names images that cannot be used", async () => {
  await withFiles(files(), async (dir) => {
    const [a, b, csv] = [join(dir, "a"), join(dir, "b"), join(dir, "matches.csv")];
    for (const by of ["mean", "best"]) {
      const options = ["--model", dir, "--by", by, "--threshold", "-1", "--csv", csv, "--json"];
      const { code, out, err } = await run("overlap", a, b, ...options);
      assertEquals(code, 0, err);
      assertStringIncludes(err, `${b}: 10 images of 2 identities`);
      assertStringIncludes(err, "1 images are left out:\n  dee/broken.png");
      const { matches, top, threshold } = JSON.parse(out);
      assertEquals([matches, threshold, top.length], [8, -1, 8]);
      assertEquals([top[0].a, top[0].b, top[0].leaveOut], ["ann", "anna", "ann"]);
      assertEquals([top[0].imagesA, top[0].imagesB], [5, 5]);
      assert(top[0].score > top[1].score && top[0].score <= 1);
    }
  });
});

Deno.test("overlap finds who is in one set twice, and its table leaves them out", async () => {
  await withFiles(files(), async (dir) => {
    const [a, csv] = [join(dir, "a"), join(dir, "matches.csv")];
    const { code, out, err } = await run("overlap", a, "--model", dir, "--top", "1", "--csv", csv);
    assertEquals(code, 0, err);
    assertStringIncludes(err, "Halves of one person's images have a cosine of");
    assertEquals(out.split("\n")[0], " cosine  identities, with their numbers of images");
    assertStringIncludes(out.split("\n")[1]!, '  bo"b, jr (4)  bob (5)');
    const lines = (await Deno.readTextFile(csv)).split("\n");
    assertEquals(lines[0], "a,b,cosine,images_a,images_b,leave_out");
    assert(/^"bo""b, jr",bob,0\.\d{6},4,5,"bo""b, jr"$/.test(lines[1]!), lines[1]);
    await Deno.writeTextFile(csv, lines.slice(0, 2).join("\n"));
    // deno-fmt-ignore
    const train = await run("train", "--data", a, "--exclude", csv, "--iterations", "0", "--no-tune",
      "--size", "32x32", "--batch", "4", "--out", join(dir, "run"));
    assertEquals(train.code, 0, train.err);
    assertStringIncludes(train.err, 'with 4 images: bo"b, jr.');
    assertStringIncludes(train.err, "15 images of 3 identities");
  });
});

Deno.test("overlap takes files of embeddings, and warns where two models made them", async () => {
  const file = (folder: string, model: string, rows: readonly (readonly number[])[]) =>
    encodeSafetensors(
      {
        features: {
          dtype: "F32",
          shape: [rows.length, 3],
          data: Float32Array.from(rows.flat()),
        },
      },
      { model, names: rows.map((_, i) => `${folder}/p${i >> 1}/${i}.jpg`).join("\n") },
    );
  const one = [[1, 0, 0], [2, 0.2, 0], [0, 1, 0], [0, 1, 0]];
  const two = [[0, 0, 1], [0, 0, 1], [0, 3, 0.1], [0, 3, -0.1]];
  await withFiles({
    "one.safetensors": file("x", "m1", one),
    "two.safetensors": file("y", "m2", two),
    "broken.safetensors": file("y", "m2", two).subarray(0, -4),
    "text.safetensors": "no embeddings at all",
  }, async (dir) => {
    const paths = ["one.safetensors", "two.safetensors"].map((name) => join(dir, name));
    for (const [by, score] of [["mean", 1], ["best", 1 / Math.hypot(1, 0.1 / 3)]] as const) {
      const { code, out, err } = await run("overlap", ...paths, "--by", by, "--json");
      assertEquals(code, 0, err);
      assertStringIncludes(err, "was embedded by m1 and");
      assertStringIncludes(err, "the threshold is 0.5");
      const { top } = JSON.parse(out);
      assertEquals(top.map(({ a, b }: { a: string; b: string }) => [a, b]), [["p1", "p1"]]);
      assertAlmostEquals(top[0].score, score, 1e-6);
    }
    for (const name of ["broken", "text"]) {
      const { code, err } = await run("overlap", join(dir, `${name}.safetensors`));
      assertEquals(code, 1);
      assertStringIncludes(err, "is no file of embeddings");
    }
  });
});

Deno.test("overlap refuses what it cannot do", async () => {
  await withFiles(files(), async (dir) => {
    const table: readonly [args: string[], message: string][] = [
      [[], "overlap takes one set or two, not 0"],
      [[join(dir, "a")], "--model is missing: it embeds the images of"],
      [[join(dir, "none.safetensors")], "There is no file"],
      [[join(dir, "a"), "--threshold", "2"], "--threshold is a cosine, from -1 to 1, not 2."],
      [[join(dir, "a"), "--by", "x"], "--by must be one of mean, best"],
    ];
    for (const [args, message] of table) {
      const { code, err } = await run("overlap", ...args);
      assertEquals(code, 1);
      assertStringIncludes(err, message);
    }
  });
});
