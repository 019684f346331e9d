import { assert, assertEquals } from "@std/assert";
import { link } from "../../src/gpu/kernel.ts";

Deno.test("link() puts constants in front of the texts and into the name", () => {
  const kernel = link("linked", "rw", ["fn a() {}", "fn b() {}"], { TILE: 8, FAST: true });
  assertEquals(kernel.name, "linked(TILE=8, FAST=true)");
  assertEquals(kernel.bindings, "rw");
  assertEquals(kernel.code, "const TILE = 8u;\nconst FAST = true;\nfn a() {}\nfn b() {}");
});

Deno.test("link() gives the same kernel for the same name and constants", () => {
  const of = (tile: number) => link("linked again", "r", ["fn a() {}"], { TILE: tile });
  assert(of(4) === of(4));
  assert(of(4) !== of(8));
  assertEquals(link("linked plainly", "r", ["fn a() {}"]).code, "fn a() {}");
});

Deno.test("link() declares vectors by their element type, and names those in f16", () => {
  const single = link("stored", "r", ["fn a() {}"], { TILE: 8, Stored: "f32" });
  assertEquals(single.name, "stored(TILE=8)");
  assertEquals(single.code, "const TILE = 8u;\nalias Stored = vec4<f32>;\nfn a() {}");
  const half = link("stored", "r", ["fn a() {}"], { TILE: 8, Stored: "f16" });
  assertEquals(half.name, "stored(TILE=8, Stored=f16)");
  assertEquals(half.code, "enable f16;\nconst TILE = 8u;\nalias Stored = vec4<f16>;\nfn a() {}");
  assertEquals([single.half, half.half], [false, true]);
});
