/** One self-contained HTML page: no script, no link, no request; it reads in light, in dark and on paper. */

import { escapeText } from "./escape.ts";
import { fontStack, themeVariables } from "./theme.ts";

/** Charts beside each other, as many as fit. */
export interface FiguresBlock {
  /** Which block this is. */
  readonly kind: "figures";
  /** SVG elements as the chart functions of this package return them; they go in as they are. */
  readonly figures: readonly { readonly svg: string; readonly caption?: string }[];
}

/** A table; its first column is text, the others are numbers. */
export interface TableBlock {
  /** Which block this is. */
  readonly kind: "table";
  /** Headings of the columns. */
  readonly columns: readonly string[];
  /** Cells, row by row. */
  readonly rows: readonly (readonly string[])[];
  /** Index of a row to stress. */
  readonly strongRow?: number;
}

/** Names and values in two columns. */
export interface FactsBlock {
  /** Which block this is. */
  readonly kind: "facts";
  /** Values by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A few figures set large. */
export interface TilesBlock {
  /** Which block this is. */
  readonly kind: "tiles";
  /** Figures with what they are, and a remark below. */
  readonly tiles: readonly {
    readonly label: string;
    readonly value: string;
    readonly remark?: string;
  }[];
}

/** A row of small pictures. */
export interface ImagesBlock {
  /** Which block this is. */
  readonly kind: "images";
  /** Pictures as `data:` URIs of PNG, JPEG or WebP. */
  readonly images: readonly { readonly uri: string; readonly caption?: string }[];
}

/** Plain sentences, or a warning that stands out. */
export interface TextBlock {
  /** Which block this is. */
  readonly kind: "text" | "warning";
  /** The text. */
  readonly text: string;
}

/** A part of a section. */
export type Block =
  | FiguresBlock
  | TableBlock
  | FactsBlock
  | TilesBlock
  | ImagesBlock
  | TextBlock;

/** A section of a page. */
export interface Section {
  /** Heading; empty for none. */
  readonly title: string;
  /** What it shows, in order. */
  readonly blocks: readonly Block[];
}

/** A page. */
export interface Page {
  /** Heading, and title of the window. */
  readonly title: string;
  /** A line under the heading. */
  readonly subtitle?: string;
  /** Sections in order; those without blocks are left out. */
  readonly sections: readonly Section[];
  /** A line at the page's end. */
  readonly footer?: string;
}

/**
 * Makes an HTML document of sections. All text is escaped, and the page forbids scripts and requests.
 *
 * @throws {TypeError} for an image that is no `data:` URI, or a figure that is no SVG element.
 *
 * @example
 * ```ts
 * import { htmlPage } from "@spheregrad/spheregrad";
 *
 * const text = "Loss < 1 after an hour.";
 * const html = htmlPage({
 *   title: "My run",
 *   sections: [{ title: "Notes", blocks: [{ kind: "text", text }] }],
 * });
 * console.log(html.includes("Loss &lt; 1")); // true
 * ```
 */
export function htmlPage({ title, subtitle, sections, footer }: Page): string {
  const body = sections.filter(({ blocks }) => blocks.length > 0).map(({ title, blocks }) => {
    const heading = title === "" ? "" : `<h2>${escapeText(title)}</h2>\n`;
    return `<section>\n${heading}${blocks.map(renderBlock).join("\n")}\n</section>`;
  });
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta http-equiv="Content-Security-Policy" ' +
    `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    `<title>${escapeText(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<header>",
    `<h1>${escapeText(title)}</h1>`,
    subtitle ? `<p>${escapeText(subtitle)}</p>` : "",
    "</header>",
    "<main>",
    ...body,
    "</main>",
    footer ? `<footer>${escapeText(footer)}</footer>` : "",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case "figures":
      return renderFigures(block);
    case "table":
      return renderTable(block);
    case "facts":
      return renderFacts(block);
    case "tiles":
      return renderTiles(block);
    case "images":
      return renderImages(block);
    case "text":
      return `<p>${escapeText(block.text)}</p>`;
    case "warning":
      return `<p class="warning">${escapeText(block.text)}</p>`;
  }
}

function renderFigures({ figures }: FiguresBlock): string {
  const items = figures.map(({ svg, caption }) => {
    if (!/^<svg[\s>]/.test(svg)) throw new TypeError("A figure must be an <svg> element.");
    return `<figure>${svg}${
      caption ? `<figcaption>${escapeText(caption)}</figcaption>` : ""
    }</figure>`;
  });
  return `<div class="figures">\n${items.join("\n")}\n</div>`;
}

function renderTable({ columns, rows, strongRow }: TableBlock): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell, i) => {
      const heading = i === 0 && tag === "td" ? "th" : tag;
      const scope = heading === "th" ? ` scope="${tag === "th" ? "col" : "row"}"` : "";
      return `<${heading}${scope}>${escapeText(cell)}</${heading}>`;
    }).join("");
  const body = rows.map((row, i) =>
    `<tr${i === strongRow ? ' class="strong"' : ""}>${cells(row, "td")}</tr>`
  );
  return `<div class="scroll"><table><thead><tr>${cells(columns, "th")}</tr></thead><tbody>\n${
    body.join("\n")
  }\n</tbody></table></div>`;
}

function renderFacts({ facts }: FactsBlock): string {
  const items = Object.entries(facts).map(([name, value]) =>
    `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`
  );
  return `<dl>\n${items.join("\n")}\n</dl>`;
}

function renderTiles({ tiles }: TilesBlock): string {
  const items = tiles.map(({ label, value, remark }) =>
    `<div><span>${escapeText(label)}</span><strong>${escapeText(value)}</strong>` +
    `${remark ? `<small>${escapeText(remark)}</small>` : ""}</div>`
  );
  return `<div class="tiles">\n${items.join("\n")}\n</div>`;
}

function renderImages({ images }: ImagesBlock): string {
  const items = images.map(({ uri, caption = "" }) => {
    if (!/^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/=]*$/.test(uri)) {
      throw new TypeError(
        `An image must be a data: URI of PNG, JPEG or WebP in base64, not "${uri.slice(0, 40)}".`,
      );
    }
    const text = escapeText(caption);
    return `<figure><img src="${uri}" alt="${text}" loading="lazy"><figcaption>${text}</figcaption></figure>`;
  });
  return `<div class="images">\n${items.join("\n")}\n</div>`;
}

const STYLE = [
  themeVariables(":root"),
  "*{box-sizing:border-box}",
  `body{margin:0 auto;max-width:1200px;padding:40px 24px;background:var(--ground);color:var(--ink);` +
  `font:15px/1.5 ${fontStack()};font-variant-numeric:tabular-nums}`,
  "h1{font-size:28px;line-height:1.2;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}",
  "header p{margin:6px 0 0;color:var(--soft)}",
  "h2{font-size:17px;margin:0 0 14px}section{margin-top:36px}p{margin:0}section>p{max-width:75ch}",
  "section>*+*{margin-top:16px}section>h2+*{margin-top:0}",
  ".figures{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr))}",
  "figure{margin:0}.figures>figure,.tiles>div,.scroll,dl{background:var(--paper);border-radius:8px;" +
  "border:1px solid var(--line)}",
  ".figures svg.sg{display:block;width:100%;height:auto}",
  ".figures figcaption{padding:0 18px 14px;color:var(--soft);font-size:13px}",
  ".tiles{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(170px,1fr))}",
  ".tiles>div{padding:14px 18px;display:flex;flex-direction:column}",
  ".tiles span,.tiles small{color:var(--soft);font-size:13px}",
  ".tiles strong{font-size:26px;font-weight:600;line-height:1.3}",
  ".scroll{overflow-x:auto;width:fit-content;max-width:100%}" +
  "table{border-collapse:collapse;min-width:420px}",
  "th,td{padding:9px 18px;text-align:right;white-space:nowrap;font-weight:400}",
  "th:first-child{text-align:left}thead th{color:var(--soft);font-size:13px}",
  "tbody tr{border-top:1px solid var(--line)}tr.strong>*{font-weight:600}",
  ".images{display:flex;flex-wrap:wrap;gap:12px}.images figure{width:96px}",
  ".images img{width:100%;height:auto;display:block;border-radius:6px}",
  ".images figcaption{font-size:12px;color:var(--soft);margin-top:4px;text-align:center;" +
  "overflow-wrap:anywhere;line-height:1.3}",
  "dl{margin:0;padding:8px 18px;columns:2 380px;column-gap:48px}",
  "dl div{display:flex;justify-content:space-between;gap:24px;padding:5px 0;break-inside:avoid}",
  "dt{color:var(--soft);white-space:nowrap}dd{margin:0;text-align:right;overflow-wrap:anywhere}",
  ".warning{background:var(--warnground);color:var(--warn);border-radius:8px;padding:10px 16px;" +
  "max-width:none!important}",
  "footer{margin-top:40px;color:var(--soft);font-size:13px}",
  "@media print{body{background:none;padding:0}section{break-inside:avoid}}",
].join("\n");
