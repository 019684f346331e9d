import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { NUMPY_GLOBALS } from "../../../src/formats/pickle/numpy.ts";
import type { NpyArray } from "../../../src/formats/npy.ts";
import { unpickle } from "../../../src/formats/pickle/pickle.ts";
import { fromBase64, pythonFiles } from "../python_files.ts";

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const read = (text: string, options = {}) => unpickle(ascii(text), "p.pkl", options);

Deno.test("unpickle() reads plain data of all protocols", () => {
  const all = pythonFiles.pickles;
  assertEquals(all.length, 6);
  for (const file of all) {
    const value = unpickle(fromBase64(file), "p.pkl") as Map<unknown, unknown>;
    assertEquals(value.get("none"), null);
    assertEquals(value.get("flags"), [true, false]);
    const integers = [0, 255, 256, 65536, -1, -(2 ** 31), 2 ** 31, 2n ** 53n, 2n ** 53n + 2n];
    assertEquals(value.get("small"), [...integers, -(2n ** 80n)]);
    assertEquals(value.get("floats"), [0.5, -1e300, Infinity]);
    const text = "naïve 漢字 \u{1f600} \\u0041 back\\slash\nline'\"";
    assertEquals(value.get("text"), ["", "a", text, "x".repeat(300)]);
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    const bytes = [new Uint8Array(), ascii("A"), every, ascii("y".repeat(300))];
    assertEquals(value.get("bytes"), bytes);
    assertEquals(value.get("nested"), [[[]], [new Map()], []]);
    assertEquals(value.get(7), "seven");
  }
  assertEquals(unpickle(fromBase64(pythonFiles.set), "s"), new Set([1, "b"]));
});

Deno.test("unpickle() reads NumPy arrays of all protocols", () => {
  for (let protocol = 0; protocol < 6; protocol++) {
    const array = (name: keyof typeof pythonFiles.arrays) =>
      unpickle(fromBase64(pythonFiles.arrays[name][protocol]!), name, {
        globals: NUMPY_GLOBALS,
      }) as NpyArray;
    assertEquals(array("f4").shape, [2, 3]);
    assertEquals(array("f4").data, Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25));
    assertEquals(array("f4_fortran").data, array("f4").data);
    assertEquals(array("f8_big").data, Float64Array.from([0, 1, 2, 3, 4, 5], (i) => i / 3));
    assertEquals(array("i2_big").data, Int16Array.of(-2, 300));
    assertEquals(array("bool").data, Uint8Array.of(1, 0));
    assertEquals(array("scalar").shape, []);
    assertEquals(array("scalar").data, Int32Array.of(3));
    assertEquals(array("empty").shape, [0, 4]);
    assertEquals(array("cube_fortran").data, Int32Array.from({ length: 24 }, (_, i) => i));
  }
});

Deno.test("unpickle() reads NumPy scalars", () => {
  const [images, flags] = unpickle(fromBase64(pythonFiles.numpy_flags), "f", {
    globals: NUMPY_GLOBALS,
  }) as [unknown[], unknown[]];
  assertEquals(images.length, 4);
  assertEquals(flags, [true, 0]);
});

Deno.test("unpickle() reads strings of Python 2 as bytes or as Latin-1", () => {
  const texts = "(lp0\nS'a\\xe9\\'\\n'\np1\naU\x02\x80\xffa.";
  assertEquals(read(texts), [ascii("a\xe9'\n"), ascii("\x80\xff")]);
  assertEquals(read(texts, { python2Strings: "latin1" }), ["a\xe9'\n", "\x80\xff"]);
  assertThrows(() => read("S'abc\n."), SyntaxError, "p.pkl");
});

Deno.test("unpickle() keeps what is used twice one object, and lists that hold themselves", () => {
  const [a, b] = read("\x80\x02]q\x00]q\x01h\x01\x86.".replace("]q\x00", "")) as unknown[];
  assertStrictEquals(a, b);
  const own = read("]q\x00h\x00a.") as unknown[];
  assertStrictEquals(own[0], own);
});

Deno.test("unpickle() refuses every name that is not allowed, and says which", () => {
  for (const file of pythonFiles.shell) {
    const error = assertThrows(
      () => unpickle(fromBase64(file), "evil.bin", { globals: NUMPY_GLOBALS }),
      Error,
      "evil.bin",
    );
    assertEquals(/"(posix|nt)\.system"/.test(error.message), true, error.message);
  }
  const ordered = fromBase64(pythonFiles.ordered);
  assertThrows(() => unpickle(ordered, "o"), Error, '"collections.OrderedDict"');
  const names = [
    "cos\nsystem\n(S'x'\ntR.",
    "(ios\nsystem\n.",
    "\x8c\x02os\x8c\x06system\x93.",
    "(cos\nx\no.",
  ];
  for (const text of names) assertThrows(() => read(text), Error, '"os.');
  assertThrows(() => read("cnumpy\ndtype\n."), Error, '"numpy.dtype"');
  assertThrows(() => read("c__builtin__\neval\n."), Error, '"__builtin__.eval"');
});

Deno.test("unpickle() refuses opcodes that reach out of the file", () => {
  for (const text of ["Pid\n.", "NQ.", "\x82\x01.", "\x83\x01\x01.", "\x97.", "N\x98.", "\xf0."]) {
    assertThrows(() => read(text), SyntaxError, "opcode 0x");
  }
});

Deno.test("unpickle() calls nothing but what it named, and builds no plain data", () => {
  assertThrows(() => read("N)R."), SyntaxError, "cannot be called");
  assertThrows(() => read("]N)R."), SyntaxError, "cannot be called");
  assertThrows(() => read("}}b."), SyntaxError, "plain data");
  assertThrows(() => read("c_codecs\nencode\n(Vé\nVutf-8\ntR."), SyntaxError, "p.pkl");
  assertThrows(() => read("c__builtin__\nbytes\nK\x05\x85R."), SyntaxError, "p.pkl");
  const call = "cnumpy\nndarray\nK\x05\x85R.";
  assertThrows(() => read(call, { globals: NUMPY_GLOBALS }), SyntaxError, "ndarray itself");
});

Deno.test("unpickle() refuses what is cut off, wherever", () => {
  for (const file of pythonFiles.pickles) {
    const bytes = fromBase64(file);
    for (let length = 0; length < bytes.length; length += 7) {
      const error = assertThrows(() => unpickle(bytes.subarray(0, length), "cut.pkl"), SyntaxError);
      assertEquals(error.message.startsWith("cut.pkl"), true);
    }
  }
});

Deno.test("unpickle() trusts no length before it has the bytes", () => {
  const cases = [
    "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", // BINBYTES8
    "\x8d\x00\x00\x00\x00\x01\x00\x00\x00.", // BINUNICODE8
    "\x95\x10\x00\x00\x00\x00\x00\x00\x00.", // FRAME
    "T\xff\xff\xff\xff.", // BINSTRING of -1
    "B\xff\xff\xff\xff.",
    "\x8b\xff\xff\xff\x7f.", // LONG4
    `L${"9".repeat(2000)}L\n.`,
    "h\x05.",
    "Ng7\n.",
    "Np-1\n.",
    "N",
    "NN.",
    "(N.",
    ".",
    "e.",
    "}Ns.",
    "\x80\x06N.",
    "F1_0\n.",
    "I1e5\n.",
  ];
  for (const text of cases) assertThrows(() => read(text), SyntaxError, "p.pkl");
});

Deno.test("unpickle() bounds nesting and the memory that small values take", () => {
  assertThrows(() => read("(".repeat(5000)), SyntaxError, "deeply");
  assertThrows(() => read("}".repeat(500_000)), SyntaxError, "more values");
  assertThrows(() => read("}}}", { limit: 50 }), SyntaxError, "more values");
  // The same kilobyte of text, made into bytes again and again.
  const again = "h\x00h\x01h\x02\x86R0".repeat(1000);
  const bomb = `c_codecs\nencode\nq\x00X\xe8\x03\x00\x00${
    "y".repeat(1000)
  }q\x01X\x06\x00\x00\x00latin1q\x02${again}.`;
  assertThrows(() => read(bomb), SyntaxError, "far larger");
});
