import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { packedVarints, protobufFields, requireWire } from "../../src/formats/protobuf.ts";

const fields = (...bytes: number[]) => [...protobufFields(Uint8Array.from(bytes))];

Deno.test("protobufFields() reads every wire type, and unknown numbers", () => {
  const read = fields(8, 0x96, 1, 17, 1, 2, 3, 4, 5, 6, 7, 8, 26, 2, 9, 9, 0xa5, 6, 1, 2, 3, 4);
  assertEquals(
    read.map(({ number, wire, varint, bytes }) => [number, wire, Number(varint), bytes.length]),
    [[1, 0, 150, 0], [2, 1, 0, 8], [3, 2, 0, 2], [100, 5, 0, 4]],
  );
  assertEquals(fields(), []);
});

Deno.test("protobufFields() reads varints of up to 64 bits", () => {
  const ones = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
  assertEquals(fields(8, ...ones)[0]?.varint, 2n ** 64n - 1n);
  assertEquals(fields(8, 0x80, 0x80, 0x80, 0x80, 0x10)[0]?.varint, 2n ** 32n);
  assertEquals([...packedVarints(Uint8Array.of(1, 0xac, 2, 0))], [1n, 300n, 0n]);
});

Deno.test("protobufFields() refuses what the format does not allow", () => {
  const cases: [number[], string][] = [
    [[8], "varint at byte 1"],
    [[8, 0x80], "varint at byte 1"],
    [[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2], "exceeds 64 bits"],
    [[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 129, 0], "exceeds 64 bits"],
    [[0, 1], "number 0"],
    [[0x80, 0x80, 0x80, 0x80, 0x10, 0], "has the number 536870912"],
    [[11], "wire type 3"],
    [[14], "wire type 6"],
    [[26, 3, 1, 2], "claims 3 bytes, where 2 are left"],
    [[26, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "are left"],
    [[17, 1, 2, 3], "claims 8 bytes, where 3 are left"],
  ];
  for (const [bytes, words] of cases) {
    const { message } = assertThrows(() => fields(...bytes), SyntaxError);
    assertStringIncludes(message, words);
  }
});

Deno.test("requireWire() names what is written otherwise", () => {
  const [field] = fields(8, 1);
  requireWire(field!, "it", 2, 0);
  const { message } = assertThrows(() => requireWire(field!, "the name", 2), SyntaxError);
  assertEquals(message, "the name is written as a varint, not as bytes behind their length");
});
