import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import { encodeSafetensorsHeader } from "../../src/formats/safetensors_header.ts";

const DATA = new Float32Array([1, 2, 3, 4, 5, 6]);
const INFO = { name: "rows", dtype: "F32", shape: [3, 2], byteLength: 24 } as const;

Deno.test("encodeSafetensorsHeader() gives what stands before the arrays of a whole file", () => {
  const tensors = { rows: { dtype: "F32", shape: [3, 2], data: DATA } } as const;
  const both: Record<string, string>[] = [{ made: "by hand" }, {}];
  for (const metadata of both) {
    const header = encodeSafetensorsHeader([INFO], metadata);
    assertEquals(header, encodeSafetensors(tensors, metadata).slice(0, -24));
  }
});

Deno.test("encodeSafetensorsHeader() leaves room for a longer header", () => {
  const longer = encodeSafetensorsHeader([INFO], { names: "a b c d e f g h i j" }).length;
  const header = encodeSafetensorsHeader([INFO], { names: "a" }, longer);
  assertEquals(header.length, longer);
  const file = new Uint8Array([...header, ...new Uint8Array(DATA.buffer)]);
  const { tensors, metadata } = decodeSafetensors(file, "file");
  assertEquals(metadata, { names: "a" });
  assertEquals(tensors["rows"]?.data, DATA);
});

Deno.test("encodeSafetensorsHeader() refuses a header that readers would refuse", () => {
  const encode = () => encodeSafetensorsHeader([INFO], {}, 100_000_016);
  assertThrows(encode, RangeError, "100000000 bytes, not 100000008");
});
