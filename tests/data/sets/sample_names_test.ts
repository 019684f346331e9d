import { assert, assertEquals } from "@std/assert";
import {
  isImageName,
  lastTwo,
  safePart,
  UniqueNames,
  withImageEnding,
} from "../../../src/data/sets/sample_names.ts";

Deno.test("lastTwo() gives the folder and the file that end a path", () => {
  assertEquals(lastTwo("/raid/set/Ann Lee/1.jpg"), { folder: "Ann Lee", file: "1.jpg" });
  assertEquals(lastTwo("C:\\set\\Ann\\1.jpg"), { folder: "Ann", file: "1.jpg" });
  assertEquals(lastTwo("1.jpg"), { folder: "", file: "1.jpg" });
  assertEquals(lastTwo("a//b/"), { folder: "a", file: "b" });
});

Deno.test("safePart() keeps plain names and makes one part of a path of all others", () => {
  for (const plain of ["p12_0003.jpg", "Ann Lee", "0000045", "Jürgen ß", "a..b", "名前.png"]) {
    assertEquals(safePart(plain), plain);
  }
  const cases = [
    "",
    ".",
    "..",
    "...",
    "../../..",
    "a/b",
    "a\\b",
    "C:",
    "a\0b",
    ".hidden",
    "nul",
    "COM1.txt",
    "x. ",
    "a\nb",
  ];
  for (const text of cases) {
    const safe = safePart(text);
    assert(/^[^.\\/:\0\n][^\\/:\0\n]*$/.test(safe) && !/[. ]$/.test(safe), `${text}: ${safe}`);
    assert(!/^(nul|com1)(\.|$)/i.test(safe));
    assertEquals(safePart(safe), safe);
  }
  const long = safePart(`${"ü".repeat(300)}.jpeg`);
  assert(new TextEncoder().encode(long).length <= 200 && long.endsWith("ü.jpeg"));
});

Deno.test("withImageEnding() goes by the bytes where the name says nothing", () => {
  const [png, jpeg] = [Uint8Array.of(0x89, 0x50), Uint8Array.of(0xff, 0xd8)];
  assertEquals(withImageEnding("a", png), "a.png");
  assertEquals(withImageEnding("a.b", jpeg), "a.b.jpg");
  assertEquals(withImageEnding("a.JPEG", png), "a.JPEG");
  assertEquals([isImageName("x.jpg"), isImageName("x.jpg.txt")], [true, false]);
});

Deno.test("UniqueNames numbers names that come again, whatever their case", () => {
  const names = new UniqueNames();
  const taken = ["a.jpg", "A.jpg", "a.jpg", "a_2.jpg", "b", "b"].map((name) => names.take(name));
  assertEquals(taken, ["a.jpg", "A_2.jpg", "a_3.jpg", "a_2_2.jpg", "b", "b_2"]);
});
