import { assertEquals, assertRejects } from "@std/assert";
import { blobSource, bytesSource } from "../../src/formats/byte_source.ts";

const bytes = Uint8Array.of(1, 2, 3, 4, 5);

for (
  const [kind, source] of [
    ["blobSource()", blobSource(new Blob([bytes]), "five.bin")],
    ["bytesSource()", bytesSource(bytes, "five.bin")],
  ] as const
) {
  Deno.test(`${kind} reads pieces`, async () => {
    assertEquals(source.size, 5);
    assertEquals([...await source.read(1, 3)], [2, 3, 4]);
    assertEquals((await source.read(5, 0)).length, 0);
  });

  Deno.test(`${kind} refuses what reaches over the end`, async () => {
    for (const [offset, length] of [[3, 3], [-1, 2], [0, -1], [0.5, 1], [6, 0]]) {
      await assertRejects(() => source.read(offset!, length!), RangeError, "five.bin has 5 bytes");
    }
  });
}
