import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Block, htmlPage } from "../../src/report/page.ts";

const PNG = "data:image/png;base64,iVBORw0KGgo=";
const page = (...blocks: Block[]) => htmlPage({ title: "t", sections: [{ title: "s", blocks }] });

Deno.test("htmlPage() escapes the text of every block", () => {
  const evil = `<img src=x onerror="a">&`;
  const html = htmlPage({
    title: evil,
    subtitle: evil,
    footer: evil,
    sections: [{
      title: evil,
      blocks: [
        { kind: "text", text: evil },
        { kind: "warning", text: evil },
        { kind: "facts", facts: { [evil]: evil } },
        { kind: "tiles", tiles: [{ label: evil, value: evil, remark: evil }] },
        { kind: "table", columns: [evil, "n"], rows: [[evil, evil]] },
        { kind: "images", images: [{ uri: PNG, caption: evil }] },
        { kind: "figures", figures: [{ svg: "<svg></svg>", caption: evil }] },
      ],
    }],
  });
  assertEquals(html.includes("<img src=x"), false);
  assertEquals(html.split("&lt;img src=x onerror=&quot;a&quot;&gt;&amp;").length - 1, 18);
});

Deno.test("htmlPage() asks for nothing from outside and forbids it", () => {
  const html = page({ kind: "images", images: [{ uri: PNG }] });
  assertStringIncludes(
    html,
    `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`,
  );
  assertEquals(/<script|<link|https?:|@import|url\(/.test(html), false);
  assertStringIncludes(html, "prefers-color-scheme:dark");
});

Deno.test("htmlPage() refuses images that aren't inside and figures that aren't SVG", () => {
  for (
    const uri of [
      "face.png",
      "https://x/y.png",
      'data:image/png;base64,AA"',
      "data:text/html;base64,AA",
    ]
  ) {
    assertThrows(() => page({ kind: "images", images: [{ uri }] }), TypeError, "data: URI");
  }
  assertThrows(() => page({ kind: "figures", figures: [{ svg: "<p>" }] }), TypeError, "<svg>");
});

Deno.test("htmlPage() leaves out sections without blocks and stresses a table's row", () => {
  assertEquals(page().includes("<h2>"), false);
  const html = page({
    kind: "table",
    columns: ["a", "b"],
    rows: [["x", "1"], ["y", "2"]],
    strongRow: 1,
  });
  assertStringIncludes(html, '<tr class="strong"><th scope="row">y</th><td>2</td></tr>');
  assert(html.endsWith("</html>\n"));
});
