/**
 * Values from text: the exact and obvious way, for whatever the byte reader leaves aside.
 */

const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;
/** Digits few enough to be exact; adding 0 makes -0 plain 0. */
const PLAIN = /^[+-]?\d{1,15}$/;

/** A whole number in any decimal notation; `NaN` where it is empty (null), or the reason why it is none. */
export function readInt(text: string): number | string {
  if (text === "") return NaN;
  if (PLAIN.test(text)) return Number(text) + 0;
  const match = DECIMAL.exec(text);
  if (!match) return `not a whole number${hint(text)}`;
  const fraction = match[3] ?? match[4] ?? "";
  const padded = ((match[2] ?? "") + fraction).replace(/^0+/, "");
  let length = padded.length;
  while (length > 0 && padded[length - 1] === "0") length--;
  if (length === 0) return 0;
  const power = Number(match[5] ?? "0") - fraction.length + (padded.length - length);
  if (power < 0) return "not a whole number";
  if (length + power > 16) return "above 2^53";
  const size = BigInt(padded.slice(0, length) + "0".repeat(power));
  if (size > 2n ** 53n) return "above 2^53";
  return match[1] === "-" ? -Number(size) : Number(size);
}

function hint(text: string): string {
  return /^[+-]?\d*,\d+$/.test(text) ? ": decimal comma, expected a point" : "";
}

/** A number, correctly rounded; `NaN` where it is empty or `NaN` (null), or the reason why it is none. */
export function readFloat(text: string): number | string {
  if (text === "" || /^nan$/i.test(text)) return NaN;
  if (!DECIMAL.test(text)) return /^[+-]?inf(?:inity)?$/i.test(text) ? "infinite" : `not a number${hint(text)}`;
  const value = Number(text);
  return Number.isFinite(value) ? value : "overflow";
}
