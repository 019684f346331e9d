import { assertEquals } from "@std/assert";
import { escapeText } from "../../src/report/escape.ts";

Deno.test("escapeText() leaves nothing that could be markup", () => {
  assertEquals(
    escapeText(`<a b="c" d='e'>&amp;</a>`),
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;&lt;/a&gt;",
  );
});

Deno.test("escapeText() keeps text and replaces control characters", () => {
  assertEquals(escapeText("λ = 5,\tJosé\n"), "λ = 5,\tJosé\n");
  assertEquals(escapeText("a\u0000b\u001fc"), "a\ufffdb\ufffdc");
});
