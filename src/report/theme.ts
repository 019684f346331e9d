/** Colours of charts and pages in light and dark, told apart by readers with any colour vision. */

/** Colours of series, by name. */
export type SeriesColor = "blue" | "orange" | "green" | "purple" | "red" | "grey";

/** The order in which series without a colour of their own get theirs. */
export const SERIES_COLORS: readonly SeriesColor[] = ["blue", "orange", "green", "purple", "red"];

const LIGHT = {
  paper: "#ffffff",
  ground: "#f5f6f8",
  ink: "#1d2530",
  soft: "#5a6675",
  line: "#e6e9ed",
  axis: "#a9b2bd",
  warn: "#8a5a00",
  warnground: "#fff6e0",
  blue: "#2563ab",
  orange: "#cf6a12",
  green: "#2c7d4f",
  purple: "#7a4fa8",
  red: "#b93a46",
  grey: "#7d8793",
};

const DARK: typeof LIGHT = {
  paper: "#191e26",
  ground: "#11151b",
  ink: "#e4e9f0",
  soft: "#9ba7b6",
  line: "#2b323d",
  axis: "#5b6674",
  warn: "#f2c867",
  warnground: "#2b2414",
  blue: "#79b0f2",
  orange: "#f2a45c",
  green: "#6fc795",
  purple: "#c09fea",
  red: "#f0858e",
  grey: "#8a95a3",
};

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** CSS variables for the elements that a selector names, in both colour schemes. */
export function themeVariables(selector: string): string {
  const rule = (colors: typeof LIGHT) =>
    `${selector}{${Object.entries(colors).map(([name, value]) => `--${name}:${value}`).join(";")}}`;
  return `${rule(LIGHT)}@media (prefers-color-scheme:dark){${rule(DARK)}}`;
}

/** The style sheet that each chart carries, so that it also reads well alone. */
export function chartStyle(): string {
  const colors = [...SERIES_COLORS, "grey"].map((name) => `.sg .${name}{--c:var(--${name})}`);
  return [
    themeVariables(".sg"),
    `.sg{font:12px ${FONT};font-variant-numeric:tabular-nums}`,
    ".sg .paper{fill:var(--paper)}.sg text{fill:var(--soft)}",
    ".sg .title{fill:var(--ink);font-size:14px;font-weight:600}.sg .legend{fill:var(--ink)}",
    ".sg .grid{stroke:var(--line);fill:none}.sg .axis{stroke:var(--axis);fill:none}",
    ...colors,
    ".sg .curve{stroke:var(--c);stroke-width:2;fill:none;stroke-linejoin:round;stroke-linecap:round}",
    ".sg .faint{stroke-width:1;opacity:.35}.sg .dashed{stroke-width:1.5;stroke-dasharray:4 4}",
    ".sg .area{fill:var(--c);opacity:.22}.sg .dot{fill:var(--c)}",
  ].join("");
}

/** The font of pages, for their style sheet. */
export function fontStack(): string {
  return FONT;
}
