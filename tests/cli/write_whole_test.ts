import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type FileWriter, requireWritable, writeWhole } from "../../src/cli/write_whole.ts";
import { withFiles } from "./command.ts";

/** A disk that runs full after half of what is written. */
const FULL: FileWriter = {
  async write(path, bytes) {
    await Deno.writeFile(path, bytes.subarray(0, bytes.length / 2));
    throw new Error("No space left on device (os error 28)");
  },
  rename: Deno.rename,
  remove: Deno.remove,
};

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

Deno.test("writeWhole() puts text and bytes in the place of what stood there", async () => {
  await withFiles({ a: "a long old text", b: "" }, async (dir) => {
    await writeWhole(join(dir, "a"), "new");
    await writeWhole(join(dir, "b"), new Uint8Array([1, 2]));
    assertEquals(await Deno.readTextFile(join(dir, "a")), "new");
    assertEquals(await Deno.readFile(join(dir, "b")), new Uint8Array([1, 2]));
    assertEquals(await names(dir), ["a", "b"]);
  });
});

Deno.test("writeWhole() leaves the old file whole on a full disk, and says how much to free", async () => {
  await withFiles({ "checkpoint.safetensors": "old" }, async (dir) => {
    const path = join(dir, "checkpoint.safetensors");
    const write = () => writeWhole(path, new Uint8Array(3 * 2 ** 20 + 1), FULL);
    const { message } = await assertRejects(write, Error);
    assertStringIncludes(message, `${path} could not be written (No space left on device`);
    assertStringIncludes(message, "untouched; free 4 MiB or choose another place, then try again.");
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(await names(dir), ["checkpoint.safetensors"]);
  });
});

Deno.test("writeWhole() names the folder that is missing", async () => {
  await withFiles({}, async (dir) => {
    const { message } = await assertRejects(() => writeWhole(join(dir, "no", "a"), "x"), Error);
    assertStringIncludes(message, `make the folder ${join(dir, "no")} first`);
  });
});

Deno.test("requireWritable() leaves no trace where a file can be written", async () => {
  await withFiles({ a: "old" }, async (dir) => {
    await requireWritable(join(dir, "a"));
    await requireWritable(join(dir, "b"));
    assertEquals(await names(dir), ["a"]);
    assertEquals(await Deno.readTextFile(join(dir, "a")), "old");
  });
});

Deno.test("requireWritable() refuses folders, missing folders and full disks", async () => {
  await withFiles({ "folder/file": "" }, async (dir) => {
    const refused = async (path: string, writer?: FileWriter) =>
      (await assertRejects(() => requireWritable(path, writer), Error)).message;
    const folder = join(dir, "folder");
    assertStringIncludes(await refused(folder), "it is a folder; give the path of a file");
    assertStringIncludes(await refused(join(dir, "no", "a")), `make the folder ${join(dir, "no")}`);
    assertStringIncludes(await refused(join(folder, "file", "a")), "choose another place");
    assertStringIncludes(await refused(join(dir, "a"), FULL), "free some room");
    assertEquals(await names(dir), ["folder"]);
  });
});
