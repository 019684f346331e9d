import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ResumableFile } from "../../src/cli/resumable_file.ts";
import { withFiles } from "./command.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

Deno.test("ResumableFile passes over what is kept, whatever the pieces, and drops the rest", async () => {
  for (const kept of [0, 1, 3, 5]) {
    await withFiles({ part: bytes(1, 2, 3, 4, 5, 9, 9, 9) }, async (dir) => {
      const path = join(dir, "part");
      {
        using file = await ResumableFile.open(path, kept);
        for (const piece of [bytes(1, 2), bytes(), bytes(3, 4, 5, 6), bytes(7)]) {
          await file.write(piece);
        }
        await file.sync();
        assertEquals(file.position, 7);
      }
      assertEquals(await Deno.readFile(path), bytes(1, 2, 3, 4, 5, 6, 7));
    });
  }
});

Deno.test("ResumableFile keeps the bytes that stand, and writes none of them again", async () => {
  await withFiles({ part: bytes(7, 7, 7) }, async (dir) => {
    const path = join(dir, "part");
    {
      using file = await ResumableFile.open(path, 2);
      await file.write(bytes(1, 2, 3));
    }
    assertEquals(await Deno.readFile(path), bytes(7, 7, 3));
    await assertRejects(() => ResumableFile.open(path, 4), Error, "it is cut off");
    await assertRejects(() => ResumableFile.open(join(dir, "no/part")), Error, "make the folder");
  });
});
