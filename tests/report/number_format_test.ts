import { assertEquals } from "@std/assert";
import {
  formatFixed,
  formatNumber,
  formatPercent,
  powerOfTen,
} from "../../src/report/number_format.ts";

Deno.test("formatNumber() rounds to significant digits and groups thousands", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [12, "12"],
    [1200, "1,200"],
    [1234567, "1,234,567"],
    [3.14159, "3.142"],
    [0.05, "0.05"],
    [0.000123456, "0.0001235"],
    [-2.5, "−2.5"],
    [123.456, "123.5"],
    [NaN, "–"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
  ];
  for (const [value, text] of cases) assertEquals(formatNumber(value), text);
});

Deno.test("formatNumber() turns to powers of ten where decimals would run long", () => {
  assertEquals(formatNumber(1.5e-7), "1.5\u2009·\u200910⁻⁷");
  assertEquals(formatNumber(-2e12), "−2\u2009·\u200910¹²");
});

Deno.test("formatPercent() and formatFixed() never say minus zero", () => {
  assertEquals(formatPercent(0.82931), "82.9\u2009%");
  assertEquals(formatPercent(-0.00001), "0.0\u2009%");
  assertEquals(formatPercent(NaN), "–");
  assertEquals(formatFixed(-0.004, 2), "0.00");
  assertEquals(formatFixed(-1.5, 1), "−1.5");
  assertEquals(formatFixed(NaN, 1), "–");
});

Deno.test("powerOfTen() writes the exponent above the line", () => {
  assertEquals([-12, 0, 1, 5].map(powerOfTen), ["10⁻¹²", "1", "10", "10⁵"]);
});
