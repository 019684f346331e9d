import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsEntry,
} from "../../src/formats/safetensors.ts";

const EVERY_DTYPE: Record<string, SafetensorsEntry> = {
  flags: { dtype: "BOOL", shape: [3], data: new Uint8Array([1, 0, 1]) },
  bytes: { dtype: "U8", shape: [2, 1], data: new Uint8Array([7, 255]) },
  signed: { dtype: "I8", shape: [1], data: new Int8Array([-5]) },
  e5m2: { dtype: "F8_E5M2", shape: [1], data: new Uint8Array([0x3c]) },
  e4m3: { dtype: "F8_E4M3", shape: [1], data: new Uint8Array([0x38]) },
  u16: { dtype: "U16", shape: [1], data: new Uint16Array([65535]) },
  i16: { dtype: "I16", shape: [1], data: new Int16Array([-3]) },
  half: { dtype: "F16", shape: [2], data: new Uint16Array([0x3c00, 0xc000]) },
  brain: { dtype: "BF16", shape: [2], data: new Uint16Array([0x3f80, 0xc000]) },
  u32: { dtype: "U32", shape: [1], data: new Uint32Array([4294967295]) },
  i32: { dtype: "I32", shape: [1], data: new Int32Array([-7]) },
  single: { dtype: "F32", shape: [2, 2], data: new Float32Array([1, -2.5, 0, 1e-30]) },
  u64: { dtype: "U64", shape: [1], data: new BigUint64Array([2n ** 63n]) },
  i64: { dtype: "I64", shape: [1], data: new BigInt64Array([-(2n ** 60n)]) },
  double: { dtype: "F64", shape: [], data: new Float64Array([Math.PI]) },
  empty: { dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
  // A plain assignment of this name would set the prototype.
  ["__proto__"]: { dtype: "F32", shape: [1], data: new Float32Array([9]) },
};

/** A file made by hand: any header text, any data. */
function file(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function assertMalformed(bytes: Uint8Array, problem: string): void {
  const error = assertThrows(() => decodeSafetensors(bytes, "m.safetensors"), SyntaxError, problem);
  assert(error.message.startsWith("m.safetensors"), error.message);
  assert(error.message.endsWith("Fetch or write the file again."), error.message);
}

Deno.test("encodeSafetensors() writes what decodeSafetensors() reads, for every dtype", () => {
  const metadata = { net: "sphere4", note: 'quotes " and ünïcode' };
  const decoded = decodeSafetensors(encodeSafetensors(EVERY_DTYPE, metadata), "all.safetensors");
  assertEquals(decoded.metadata, metadata);
  const names = Object.keys(EVERY_DTYPE);
  assertEquals(Object.keys(decoded.tensors).sort(), names.sort());
  for (const name of names) {
    const [was, is] = [EVERY_DTYPE[name]!, decoded.tensors[name]!];
    assertEquals(is.dtype, was.dtype);
    assertEquals(is.shape, was.shape);
    assertEquals(is.data, was.data);
  }
});

Deno.test("encodeSafetensors() aligns every array, so that decoding copies none", () => {
  const bytes = encodeSafetensors(EVERY_DTYPE, { odd: "x" });
  for (const [name, { data }] of Object.entries(decodeSafetensors(bytes, "all").tensors)) {
    assert(data.buffer === bytes.buffer, name);
  }
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(headerLength % 8, 0);
});

Deno.test("encodeSafetensors() writes a view's part alone", () => {
  const data = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
  const bytes = encodeSafetensors({ part: { dtype: "F32", shape: [2], data } });
  const part = decodeSafetensors(bytes, "part").tensors["part"]!;
  assertEquals(part.data, new Float32Array([2, 3]));
});

Deno.test("encodeSafetensors() refuses what the format can't hold", () => {
  const data = new Float32Array(6);
  const wrongShape: SafetensorsEntry = { dtype: "F32", shape: [2, 2], data };
  assertThrows(() => encodeSafetensors({ w: wrongShape }), RangeError, '"w" has the shape [2,2]');
  const wrongClass: SafetensorsEntry = { dtype: "F64", shape: [6], data };
  assertThrows(() => encodeSafetensors({ w: wrongClass }), TypeError, "in a Float64Array");
  const wrongType = { dtype: "F4", shape: [6], data } as unknown as SafetensorsEntry;
  assertThrows(() => encodeSafetensors({ w: wrongType }), TypeError, "unknown dtype F4");
  const fine: SafetensorsEntry = { dtype: "F32", shape: [6], data };
  assertThrows(() => encodeSafetensors({ __metadata__: fine }), TypeError, "reserves");
  const metadata = { size: 3 } as unknown as Record<string, string>;
  assertThrows(() => encodeSafetensors({ w: fine }, metadata), TypeError, '"size"');
});

Deno.test("decodeSafetensors() reads at any byte offset of a larger buffer", () => {
  const bytes = encodeSafetensors(EVERY_DTYPE);
  for (const shift of [0, 1, 4]) {
    const larger = new Uint8Array(bytes.length + shift);
    larger.set(bytes, shift);
    const { tensors } = decodeSafetensors(larger.subarray(shift), "shifted");
    assertEquals(tensors["single"]!.data, EVERY_DTYPE["single"]!.data);
    assertEquals(tensors["double"]!.data, EVERY_DTYPE["double"]!.data);
  }
});

Deno.test("decodeSafetensors() refuses a file cut at any byte, and one with bytes too many", () => {
  const bytes = encodeSafetensors({ w: EVERY_DTYPE["single"]!, f: EVERY_DTYPE["flags"]! });
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeSafetensors(bytes.subarray(0, length), "cut"), SyntaxError, "cut is");
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assertMalformed(longer, "1 bytes after the last tensor");
});

Deno.test("decodeSafetensors() refuses bad headers and says why", () => {
  const long = file("{}");
  new DataView(long.buffer).setBigUint64(0, 2n ** 63n, true);
  assertMalformed(long, "over the limit");
  new DataView(long.buffer).setBigUint64(0, 50_000n, true);
  assertMalformed(long, "claims 50000 bytes, but the file ends after 2");
  assertMalformed(file('{"w": '), "not JSON");
  assertMalformed(file("[]"), "not a JSON object");
  assertMalformed(file("\ufeff{}"), "not JSON");
  const notText = file('{"a": 1}');
  notText[10] = 0xff;
  assertMalformed(notText, "not JSON");
  assertMalformed(file('{"__metadata__": {"a": 1}}'), 'metadata "a"');
  assertMalformed(file('{"__metadata__": []}'), "__metadata__ is not");
});

Deno.test("decodeSafetensors() refuses bad tensors and names them", () => {
  const w = (info: string, bytes = 4) => file(`{"w": ${info}}`, bytes);
  assertMalformed(w("3"), 'tensor "w" has no description');
  assertMalformed(w('{"dtype": "F4", "shape": [1], "data_offsets": [0, 4]}'), 'dtype "F4"');
  assertMalformed(w('{"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}'), "shape [-1]");
  assertMalformed(w('{"dtype": "F32", "shape": 1, "data_offsets": [0, 4]}'), "shape 1");
  assertMalformed(w('{"dtype": "F32", "shape": [1], "data_offsets": [0]}'), "data_offsets [0]");
  assertMalformed(w('{"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}'), "span -4");
  assertMalformed(w('{"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}'), "needs 8 bytes");
  assertMalformed(
    w('{"dtype": "F32", "shape": [9007199254740991, 9007199254740991], "data_offsets": [0, 4]}'),
    "needs 3.2",
  );
  assertMalformed(w('{"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}'), "only 4 bytes");
  assertMalformed(w('{"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}'), "gap before");
});

Deno.test("decodeSafetensors() refuses overlaps and names given twice", () => {
  const info = (begin: number) =>
    `{"dtype": "U8", "shape": [4], "data_offsets": [${begin}, ${begin + 4}]}`;
  assertMalformed(file(`{"a": ${info(0)}, "b": ${info(2)}}`, 6), 'tensor "b" overlaps');
  assertMalformed(file(`{"a": ${info(0)}, "a": ${info(4)}}`, 8), 'the key "a" twice');
});
