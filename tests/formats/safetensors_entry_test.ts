import { assert, assertEquals, assertThrows } from "@std/assert";
import { type SafetensorsEntry, safetensorsFloats } from "../../src/formats/safetensors_entry.ts";

const ENTRIES: Record<string, SafetensorsEntry> = {
  flags: { dtype: "BOOL", shape: [3], data: new Uint8Array([1, 0, 1]) },
  e4m3: { dtype: "F8_E4M3", shape: [1], data: new Uint8Array([0x38]) },
  half: { dtype: "F16", shape: [2], data: new Uint16Array([0x3c00, 0xc000]) },
  brain: { dtype: "BF16", shape: [2], data: new Uint16Array([0x3f80, 0xc000]) },
  i32: { dtype: "I32", shape: [1], data: new Int32Array([-7]) },
  single: { dtype: "F32", shape: [2], data: new Float32Array([1, -2.5]) },
  i64: { dtype: "I64", shape: [1], data: new BigInt64Array([5n]) },
  double: { dtype: "F64", shape: [], data: new Float64Array([Math.PI]) },
};

Deno.test("safetensorsFloats() gives each type's values", () => {
  const floats = (name: string) => [...safetensorsFloats(ENTRIES[name]!)];
  assertEquals(floats("half"), [1, -2]);
  assertEquals(floats("brain"), [1, -2]);
  assertEquals(floats("double"), [Math.fround(Math.PI)]);
  assertEquals(floats("i32"), [-7]);
  assertEquals(floats("flags"), [1, 0, 1]);
  assert(safetensorsFloats(ENTRIES["single"]!) === ENTRIES["single"]!.data);
  assertThrows(() => safetensorsFloats(ENTRIES["i64"]!), TypeError, "I64");
  assertThrows(() => safetensorsFloats(ENTRIES["e4m3"]!), TypeError, "F8_E4M3");
});

Deno.test("safetensorsFloats() decodes subnormal, largest and non-finite halves", () => {
  const data = new Uint16Array([0x0001, 0x83ff, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000]);
  const values = safetensorsFloats({ dtype: "F16", shape: [7], data });
  const expected = [2 ** -24, -1023 * 2 ** -24, 65504, Infinity, -Infinity, NaN, -0];
  expected.forEach((value, i) => assert(Object.is(values[i], value), `${values[i]} ${value}`));
});
