import { readFloat, readInt } from "./number_text.ts";

/** Where the last byte reader stopped; -1 where it leaves the line to the text reader. A field, as readers return values. */
export const cursor = { at: 0 };

const LF = 10, CR = 13, PLUS = 43, MINUS = 45, DOT = 46;
/** Digits and 2^53: a mantissa below it divided by a power of ten up to 10^22 is correctly rounded (Clinger 1990). */
const EXACT = 2 ** 53;
const POWERS = Float64Array.from({ length: 17 }, (_, i) => 10 ** i);
const LONGEST = 64;

/**
 * Reads the number at `at`, straight from the bytes where that is exact, and leaves its end in `cursor`. By way of text
 * a whole line costs some fifteen times as much: `deno run -A tests/bench/parse_bench.ts`.
 */
export function readNumber(bytes: Uint8Array, at: number, whole: boolean, delimiter: number): number {
  const begin = at;
  let c = bytes[at]!;
  const negative = c === MINUS;
  if (negative || c === PLUS) c = bytes[++at]!;
  let mantissa = 0;
  const first = at;
  while (c >= 48 && c <= 57) {
    mantissa = mantissa * 10 + (c - 48);
    c = bytes[++at]!;
  }
  let digits = at - first;
  let scale = 0;
  if (c === DOT) {
    const behind = at + 1;
    c = bytes[++at]!;
    while (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48);
      c = bytes[++at]!;
    }
    scale = at - behind;
    digits += scale;
  }
  if (digits === 0 || digits > 16 || mantissa >= EXACT || (c | 32) === 101) {
    return readRare(bytes, begin, whole, delimiter);
  }
  if (whole && scale > 0 && mantissa % POWERS[scale]! !== 0) {
    cursor.at = -1;
    return NaN;
  }
  cursor.at = at;
  const value = scale === 0 ? mantissa : mantissa / POWERS[scale]!;
  if (!negative) return value;
  return whole ? 0 - value : -value;
}

/** Exponents, long mantissas, `NaN`: by way of the text reader, which also knows what is wrong with the rest. */
function readRare(bytes: Uint8Array, at: number, whole: boolean, delimiter: number): number {
  let end = at;
  for (let c = bytes[end]!; c !== delimiter && c !== LF && c !== CR; c = bytes[++end]!) {
    if (c < 33 || c > 126 || end - at > LONGEST) break;
  }
  const text = String.fromCharCode(...bytes.subarray(at, end));
  const value = whole ? readInt(text) : readFloat(text);
  cursor.at = typeof value === "string" || text === "" ? -1 : end;
  return typeof value === "string" ? NaN : value;
}
