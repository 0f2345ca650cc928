// Numbers as text, whatever their length, up to what a double can hold exactly.

import { POWERS } from "./digits";

const PLUS: u32 = 43, MINUS: u32 = 45, DOT: u32 = 46;
/** A mantissa below it, divided by a power of ten up to 10^22, is correctly rounded. */
const EXACT: u64 = 1 << 53;

/** Where the last number ended; 0 where it is odd. */
export let numberEnd: usize = 0;

/** Reads the number at `at`; a whole one has no fraction and no sign of zero. */
export function readNumber(at: usize, whole: bool): f64 {
  numberEnd = 0;
  let c: u32 = load<u8>(at);
  const negative = c == MINUS;
  if (negative || c == PLUS) c = load<u8>(++at);
  let mantissa: u64 = 0;
  const first = at;
  for (; c - 48 <= 9; c = load<u8>(++at)) mantissa = mantissa * 10 + <u64> (c - 48);
  let digits = at - first;
  let scale: usize = 0;
  if (c == DOT) {
    const behind = ++at;
    for (c = load<u8>(at); c - 48 <= 9; c = load<u8>(++at)) mantissa = mantissa * 10 + <u64> (c - 48);
    scale = at - behind;
    digits += scale;
  }
  // Exponents, many digits, names: what has other letters behind its digits is found out by whoever reads on.
  if (digits == 0 || digits > 16 || mantissa >= EXACT || (c | 32) == 101) return NaN;
  const power = load<u64>(POWERS + (scale << 3));
  if (whole && scale && mantissa % power) return NaN;
  numberEnd = at;
  const value = scale ? <f64> mantissa / <f64> power : <f64> mantissa;
  return !negative ? value : whole ? 0 - value : -value;
}
