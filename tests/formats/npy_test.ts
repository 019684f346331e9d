import { assertEquals, assertThrows } from "@std/assert";
import { decodeNpy, encodeNpy, type NpyArray } from "../../src/formats/npy.ts";
import { fromBase64, pythonFiles } from "./python_files.ts";

const npy = (name: keyof typeof pythonFiles.npy) =>
  decodeNpy(fromBase64(pythonFiles.npy[name]), name);

Deno.test("decodeNpy() reads NumPy's element types, byte orders and element orders", () => {
  const f4 = { dtype: "f4", shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) };
  assertEquals<unknown>(npy("f4"), f4);
  assertEquals<unknown>(npy("f4_fortran"), f4);
  assertEquals(npy("f8_big").data, Float64Array.from([0, 1, 2, 3, 4, 5], (i) => i / 3));
  assertEquals(npy("f2").data, Float32Array.of(1, -2.5, 65504, 2 ** -24, Infinity));
  assertEquals(npy("i8").data, BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n));
  assertEquals(npy("u1").data, Uint8Array.from({ length: 256 }, (_, i) => i));
  assertEquals(npy("i2_big").data, Int16Array.of(-2, 300));
  assertEquals(npy("bool"), { dtype: "b1", shape: [2, 1], data: Uint8Array.of(1, 0) });
  assertEquals(npy("scalar"), { dtype: "i4", shape: [], data: Int32Array.of(3) });
  assertEquals(npy("empty").shape, [0, 4]);
  assertEquals(npy("cube_fortran").data, Int32Array.from({ length: 24 }, (_, i) => i));
});

Deno.test("decodeNpy() reads objects through the restricted unpickler", () => {
  const { shape, data } = decodeNpy(fromBase64(pythonFiles.object_npy), "layers.npy");
  assertEquals(shape, []);
  const layers = data[0] as Map<string, Map<string, NpyArray>>;
  assertEquals(layers.get("conv1")?.get("weights")?.data, npy("f4").data);
  assertEquals(layers.get("conv1")?.get("biases")?.shape, [5]);
  assertEquals<unknown>(layers.get("n"), 0.5);
  const mixed = decodeNpy(fromBase64(pythonFiles.objects_npy), "mixed.npy");
  assertEquals(mixed.shape, [2, 2]);
  assertEquals<unknown>(mixed.data, [1, "a", null, Uint8Array.of(0x62)]);
});

Deno.test("decodeNpy() refuses types that it doesn't read, by name", () => {
  const record = fromBase64(pythonFiles.record_npy);
  assertThrows(() => decodeNpy(record, "r.npy"), SyntaxError, "r.npy");
  const text = withHeader("{'descr': '<U5', 'fortran_order': False, 'shape': (1,), }");
  assertThrows(() => decodeNpy(text, "u.npy"), SyntaxError, '"<U5"');
});

Deno.test("decodeNpy() reads versions 1 to 3 and Python 2's long integers", () => {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }";
  for (const version of [1, 2, 3]) {
    const file = withHeader(header, version, new Uint8Array(8));
    assertEquals(decodeNpy(file, "v.npy").shape, [2, 1]);
  }
  assertThrows(() => decodeNpy(withHeader(header, 4), "v.npy"), SyntaxError, "version 4");
});

Deno.test("decodeNpy() refuses sizes that the file does not bear out", () => {
  const f4 = fromBase64(pythonFiles.npy.f4);
  for (let length = 0; length < f4.length; length++) {
    assertThrows(() => decodeNpy(f4.subarray(0, length), "cut.npy"), SyntaxError, "cut.npy");
  }
  const shapes = [
    "(1000000000000,)",
    "(9999999999999999,9999999999999999)",
    "(-1,)",
    "(1",
    "(0x5,)",
  ];
  for (const shape of shapes) {
    const file = withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`);
    assertThrows(() => decodeNpy(file, "big.npy"), SyntaxError, "big.npy");
  }
  const file = withHeader(
    "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (), }",
  );
  assertThrows(() => decodeNpy(file, "twice.npy"), SyntaxError, "twice.npy");
});

Deno.test("encodeNpy() writes what NumPy writes, and what decodeNpy() reads", () => {
  assertEquals(encodeNpy(npy("f4").data as Float32Array, [2, 3]), fromBase64(pythonFiles.npy.f4));
  assertEquals(encodeNpy(npy("u1").data as Uint8Array, [16, 16]), fromBase64(pythonFiles.npy.u1));
  assertEquals(encodeNpy(Int32Array.of(3), []), fromBase64(pythonFiles.npy.scalar));
  assertEquals(encodeNpy(npy("f2").data as Float32Array, [5]).length, 128 + 20);
  assertThrows(() => encodeNpy(new Uint8Array(5), [2, 3]), RangeError, "[2,3]");
});

const weights = new URL("../../../shared/weights/mtcnn/", import.meta.url);
const present = await Deno.stat(weights).then(() => true, () => false);
if (!present) console.log("skipped: the shared MTCNN weights are not here");

Deno.test({
  name: "decodeNpy() reads MTCNN's dictionaries of weights",
  ignore: !present,
  async fn() {
    const counts: number[] = [];
    for (const net of ["det1", "det2", "det3"]) {
      const bytes = await Deno.readFile(new URL(`${net}.npy`, weights));
      const layers = decodeNpy(bytes, net).data[0] as Map<string, Map<string, NpyArray>>;
      counts.push(layers.size);
      assertEquals(layers.get("conv1")?.get("weights")?.shape.slice(0, 3), [3, 3, 3]);
      assertEquals((layers.get("PReLU1") ?? layers.get("prelu1"))?.get("alpha")?.dtype, "f4");
    }
    assertEquals(counts[0], 8);
  },
});

function withHeader(text: string, version = 1, data = new Uint8Array()): Uint8Array {
  const header = new TextEncoder().encode(`${text}\n`);
  const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...header,
    ...data,
  );
}
