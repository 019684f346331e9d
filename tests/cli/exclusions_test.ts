import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parseExclude, readExclusions } from "../../src/cli/exclusions.ts";
import { run, withFiles } from "./command.ts";
import { pngFace } from "./faces.ts";

Deno.test("parseExclude() takes words with commas, each once", () => {
  assertEquals(parseExclude(undefined), []);
  assertEquals(parseExclude("lfw, a b.txt,lfw"), ["lfw", "a b.txt"]);
  assertThrows(() => parseExclude("lfw,,x"), TypeError, "--exclude takes lists with commas");
});

Deno.test("readExclusions() knows our lists and reads the user's", async () => {
  await withFiles({ "mine.txt": "p1\np2\n", "none.txt": "# nobody\n" }, async (dir) => {
    const file = join(dir, "mine.txt");
    const lists = await readExclusions(["lfw-official", file]);
    assertEquals(lists.map(({ identities }) => identities.length), [3, 2]);
    await assertRejects(
      () => readExclusions(["facescrub"]),
      Error,
      "--exclude facescrub: there is no file facescrub, and the lists that come with spheregrad are lfw and",
    );
    await assertRejects(
      () => readExclusions([join(dir, "none.txt")]),
      SyntaxError,
      "names no identity",
    );
  });
});

Deno.test("pack --exclude leaves identities out", async () => {
  const files = Object.fromEntries(
    ["0166921", "p1", "p2"].flatMap((name, i) =>
      [0, 1].map((image) => [`set/${name}/${image}.png`, pngFace(i, image)] as const)
    ),
  );
  await withFiles({ ...files, "mine.txt": "p2\n", "other.txt": "q\n" }, async (dir) => {
    const [set, out] = [join(dir, "set"), join(dir, "out")];
    const lists = ["lfw", join(dir, "mine.txt"), join(dir, "other.txt")].join(",");
    const { code, err } = await run("pack", set, out, "--exclude", lists);
    assertEquals(code, 0, err);
    assertStringIncludes(
      err,
      "1 of the 17 identities of the list lfw is left out, with 2 images: 0166921.",
    );
    assertStringIncludes(err, "with 2 images: p2.");
    assertStringIncludes(
      err,
      `Warning. None of the 1 names of the list ${join(dir, "other.txt")} (such as q)`,
    );
    const left = await Array.fromAsync(Deno.readDir(out), ({ name }) => name);
    assertEquals(left, ["p1"]);
  });
});
