import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { constantName, generate, readShaders } from "../../src/cli/wgsl.ts";
import * as constants from "../../src/kernels/wgsl.ts";

const SHADERS = fromFileUrl(new URL("../../shaders/", import.meta.url));

Deno.test("wgsl.ts holds every shader to the byte and nothing else", async () => {
  const wanted = Object.fromEntries(
    (await readShaders(SHADERS)).map(({ name, text }) => [constantName(name), text]),
  );
  assertEquals(Object.keys(constants).sort(), Object.keys(wanted).sort());
  for (const [name, text] of Object.entries(constants)) {
    assertEquals(text, wanted[name], `${name}: run \`deno task wgsl\``);
  }
});

Deno.test("wgsl.ts is what `deno task wgsl` writes", async () => {
  const path = fromFileUrl(new URL("../../src/kernels/wgsl.ts", import.meta.url));
  const present = await Deno.readTextFile(path);
  assertEquals(present === generate(await readShaders(SHADERS)), true, "run `deno task wgsl`");
});

Deno.test("generate() survives what template literals treat specially", async () => {
  const text = "// `tick` ${value} $ {} \\n C:\\\r\nfn f() {}\r \u2028 é\n";
  const source = generate([{ name: "odd_one.wgsl", text }]);
  const url = `data:text/typescript,${encodeURIComponent(source)}`;
  const module: { oddOne: string } = await import(url);
  assertEquals(module.oddOne, text);
});

Deno.test("generate() orders constants by file name", () => {
  const source = generate([{ name: "b.wgsl", text: "B" }, { name: "a_2.wgsl", text: "A" }]);
  assertStringIncludes(source, "export const a2: string = `A`;\n");
  assertEquals(source.indexOf("a_2.wgsl") < source.indexOf("b.wgsl`"), true);
});

Deno.test("constantName() makes camelCase of snake_case and refuses other names", () => {
  assertEquals(constantName("gemm_registers.wgsl"), "gemmRegisters");
  assertEquals(constantName("conv3x3_f16.wgsl"), "conv3x3F16");
  for (const bad of ["Gemm.wgsl", "gemm-a.wgsl", "gemm__a.wgsl", "1a.wgsl"]) {
    assertThrows(() => constantName(bad), SyntaxError, bad);
  }
});
