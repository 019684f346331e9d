/** Numbers as a reader wants them in tables and on axes. */

const MINUS = "\u2212";
const MISSING = "\u2013";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A fraction as a percentage, such as 0.8293 → `82.9 %`; a dash for what isn't finite. */
export function formatPercent(fraction: number, decimals = 1): string {
  if (!Number.isFinite(fraction)) return MISSING;
  return `${formatFixed(100 * fraction, decimals)}\u2009%`;
}

/** A number to some significant digits without an exponent where it reads well, such as 12,345 or 0.0125. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? MISSING : value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e9)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const short = String(Number(mantissa)).replace("-", MINUS);
    return `${short}\u2009·\u200910${superscript(Number(exponent))}`;
  }
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 0;
  const places = size >= 1
    ? Math.max(0, digits - whole)
    : digits - 1 - (value === 0 ? 0 : Math.floor(Math.log10(size)));
  const [integer, fraction = ""] = size.toFixed(Math.min(20, places)).split(".");
  const grouped = integer!.replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fraction.replace(/0+$/, "");
  const sign = value < 0 && Number(`${integer}.${fraction}`) !== 0 ? MINUS : "";
  return sign + grouped + (rest === "" ? "" : `.${rest}`);
}

/** A number with a fixed count of decimals and a real minus sign. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

/** A power of ten as `10⁻³`, and 1 and 10 as themselves. */
export function powerOfTen(exponent: number): string {
  return exponent === 0 ? "1" : exponent === 1 ? "10" : `10${superscript(exponent)}`;
}

function superscript(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return (exponent < 0 ? "⁻" : "") + digits.join("");
}
