import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { openFileSource } from "../../../src/data/sets/file_source_files.ts";
import { withFiles } from "../../cli/command.ts";

Deno.test("openFileSource() reads at any place, several reads at once", async () => {
  const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  await withFiles({ "a.rec": content }, async (dir) => {
    const path = join(dir, "a.rec");
    using source = await openFileSource(path);
    assertEquals([source.name, source.size], [path, 1000]);
    const places = [[990, 10], [0, 3], [500, 0], [0, 1000], [7, 300]] as const;
    const read = await Promise.all(places.map(([at, length]) => source.read(at, length)));
    places.forEach(([at, length], i) => assertEquals(read[i], content.slice(at, at + length)));
    await assertRejects(() => source.read(995, 6), RangeError, "reach over its end");
    await assertRejects(() => openFileSource(join(dir, "none")), Error, "There is no file");
    await Deno.truncate(path, 10);
    await assertRejects(() => source.read(5, 10), RangeError, "has become shorter");
  });
});
