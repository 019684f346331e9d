/** The stand-ins under vendor/std must behave as the packages of JSR that they stand in for. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "@std/cli";
import * as path from "@std/path";

const fails = (run: () => void): unknown => assertThrows(run, AssertionError);

Deno.test("assertEquals() compares structure", () => {
  const same: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }],
    [new Float32Array([1, NaN]), new Float32Array([1, NaN])],
    [new Map([["a", { b: 1 }]]), new Map([["a", { b: 1 }]])],
    [new Map([[{ k: 1 }, 2]]), new Map([[{ k: 1 }, 2]])],
    [new Set([1, { a: 2 }]), new Set([{ a: 2 }, 1])],
    [new Date(5), new Date(5)],
    [/a/g, /a/g],
    [Object.create(null), {}],
    [new Error("a"), new Error("a")],
  ];
  for (const [a, b] of same) assertEquals(a, b);
  const different: [unknown, unknown][] = [
    [1, 2],
    [1, "1"],
    [null, undefined],
    [null, {}],
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [1, 2, 3]],
    [new Float32Array([1]), new Float64Array([1])],
    [new Float32Array([1]), [1]],
    [new Float32Array([1]), new Float32Array([1, 0])],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Map([["a", undefined]]), new Map([["b", undefined]])],
    [new Set([1]), new Set([2])],
    [new Set([1]), new Map([[1, 1]])],
    [new Date(5), new Date(6)],
    [/a/g, /a/i],
    [new (class A {})(), new (class B {})()],
    [Symbol("a"), Symbol("a")],
  ];
  for (const [a, b] of different) {
    fails(() => assertEquals(a, b));
    assertNotEquals(a, b);
  }
  fails(() => assertNotEquals([1], [1]));
});

Deno.test("assertEquals() bears cycles and shows both values", () => {
  const cycle = (value: number) => {
    const made: Record<string, unknown> = { value };
    made.self = made;
    return made;
  };
  assertEquals(cycle(1), cycle(1));
  const error = assertThrows(() => assertEquals(cycle(1), cycle(2), "the note"), AssertionError);
  assertStringIncludes(error.message, "value: 1");
  assertStringIncludes(error.message, "value: 2");
  assertStringIncludes(error.message, "the note");
});

Deno.test("assertAlmostEquals() allows 1e-7 of the expected value, or the given difference", () => {
  assertAlmostEquals(1e6 + 0.09, 1e6);
  fails(() => assertAlmostEquals(1e6 + 0.11, 1e6));
  fails(() => assertAlmostEquals(1e-8, 0));
  assertAlmostEquals(0.11, 0.1, 0.011);
  fails(() => assertAlmostEquals(0.12, 0.1, 0.011));
  assertAlmostEquals(NaN, NaN);
  fails(() => assertAlmostEquals(NaN, 1, 10));
  assertAlmostEquals(Infinity, Infinity);
});

Deno.test("assertThrows() and assertRejects() check class and words, and return the error", async () => {
  const range = () => {
    throw new RangeError("too far");
  };
  assertEquals(assertThrows(range, RangeError, "far").message, "too far");
  assertThrows(range, Error);
  assertThrows(range);
  fails(() => assertThrows(range, TypeError));
  fails(() => assertThrows(range, RangeError, "near"));
  fails(() => assertThrows(() => 1));
  fails(() =>
    assertThrows(() => {
      throw "text";
    }, Error)
  );
  const later = () => Promise.reject(new RangeError("too far"));
  assertEquals((await assertRejects(later, RangeError, "far")).message, "too far");
  await assertRejects(() => assertRejects(later, TypeError), AssertionError);
  await assertRejects(() => assertRejects(later, RangeError, "near"), AssertionError);
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
  await assertRejects(() => assertRejects(range as () => Promise<never>), AssertionError);
});

Deno.test("assert(), assertStringIncludes() and assertMatch() fail when they should", () => {
  assert(1);
  fails(() => assert(0));
  fails(() => assertStringIncludes("abc", "d"));
  assertMatch("abc", /b/);
  fails(() => assertMatch("abc", /d/));
});

Deno.test("parseArgs() reads strings, booleans, numbers and the rest", () => {
  const args = ["--data", "12", "--json", "a", "7", "--lr=1e-3", "--size", "-x", "--", "--b"];
  assertEquals(
    parseArgs(args, { string: ["data", "size"], boolean: ["json", "resume"] }),
    { _: ["a", 7, "--b"], data: "12", json: true, resume: false, lr: 0.001, size: "", x: true },
  );
  assertEquals(parseArgs(["a", "--", "b"], { "--": true }), { _: ["a"], "--": ["b"] });
  assertEquals(parseArgs(["--a=1=2", "--b", "0x1F"]), { _: [], a: "1=2", b: 31 });
  assertEquals(parseArgs(["--n=5", "9"], { string: ["_", "n"] }), { _: ["9"], n: "5" });
});

Deno.test("parseArgs() gives booleans their words alone", () => {
  const options = { boolean: ["json"] };
  assertEquals(parseArgs(["--json", "file"], options), { _: ["file"], json: true });
  assertEquals(parseArgs(["--json", "false"], options), { _: [], json: false });
  assertEquals(parseArgs(["--json=false"], options), { _: [], json: false });
  assertEquals(parseArgs(["--a", "b"], { boolean: true }), { _: ["b"], a: true });
});

Deno.test("parseArgs() collects, negates, aliases and fills in defaults", () => {
  assertEquals(
    parseArgs(["--tag", "a", "--tag=b"], { string: ["tag", "none"], collect: ["tag", "none"] }),
    { _: [], tag: ["a", "b"], none: [] },
  );
  assertEquals(parseArgs(["--lr", "1", "--lr", "2"]), { _: [], lr: 2 });
  assertEquals(parseArgs(["--no-flip"], { boolean: ["flip"], negatable: ["flip"] }), {
    _: [],
    flip: false,
  });
  assertEquals(parseArgs(["--no-flip"]), { _: [], "no-flip": true });
  assertEquals(
    parseArgs(["-o", "runs"], { string: ["out"], alias: { out: "o" } }),
    { _: [], out: "runs", o: "runs" },
  );
  assertEquals(parseArgs(["--net", "4"], { string: ["net"], default: { net: "20", seed: 0 } }), {
    _: [],
    net: "4",
    seed: 0,
  });
  assertEquals(parseArgs([], { boolean: ["flip"], default: { flip: true } }), {
    _: [],
    flip: true,
  });
});

Deno.test("parseArgs() reads short options", () => {
  assertEquals(parseArgs(["-abc", "x"]), { _: [], a: true, b: true, c: "x" });
  assertEquals(parseArgs(["-n5", "-k=v"]), { _: [], n: 5, k: "v" });
  assertEquals(parseArgs(["-v", "x"], { boolean: ["v"] }), { _: ["x"], v: true });
  assertEquals(parseArgs(["-"]), { _: ["-"] });
});

Deno.test("parseArgs() hands what it does not know to `unknown`", () => {
  const seen: unknown[][] = [];
  const found = parseArgs(["--data", "x", "--dta", "y", "file"], {
    string: ["data"],
    unknown: (arg, key, value) => {
      seen.push([arg, key, value]);
      return false;
    },
  });
  assertEquals(found, { _: [], data: "x" });
  assertEquals(seen, [["--dta", "dta", "y"], ["file", undefined, undefined]]);
});

Deno.test("parseArgs() stops early where asked", () => {
  assertEquals(parseArgs(["--a", "1", "pairs", "--b"], { stopEarly: true }), {
    _: ["pairs", "--b"],
    a: 1,
  });
});

Deno.test("parseArgs() types what it returns", () => {
  const found = parseArgs(["--data", "x"], {
    string: ["data", "net", "tag"],
    boolean: ["json"],
    collect: ["tag"],
    default: { net: "20" },
  });
  const data: string | undefined = found.data;
  const net: string = found.net;
  const json: boolean = found.json;
  const tags: string[] = found.tag;
  assertEquals([data, net, json, tags], ["x", "20", false, []]);
});

Deno.test("path functions take paths and file URLs", () => {
  assertEquals(path.basename("a/b/c.tar.gz", ".gz"), "c.tar");
  assertEquals(path.extname("a.b/c"), "");
  assertEquals(path.extname("a/c.JPG"), ".JPG");
  assertEquals(path.dirname("a"), ".");
  assertThrows(() => path.toFileUrl("a"), TypeError);
  const here = path.fromFileUrl(import.meta.url);
  assertEquals(path.toFileUrl(here).href, import.meta.url);
  assertEquals(path.basename(here), "vendor_test.ts");
  assertEquals(path.dirname(new URL(import.meta.url)), path.dirname(here));
  assertEquals(path.join(here, "..", "x"), path.dirname(here) + path.SEPARATOR + "x");
  assertEquals(path.relative(path.dirname(here), here), "vendor_test.ts");
  assert(path.isAbsolute(path.resolve("a")));
  const odd = path.resolve("ä #%?.txt");
  assertEquals(path.fromFileUrl(path.toFileUrl(odd)), odd);
});
