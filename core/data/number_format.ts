/** Writes a number as text. */
export type NumberFormat = (value: number) => string;

/** The shortest text that reads back as the same double. -0 is written as 0. */
export function formatShortest(value: number): string {
  return String(value);
}

/** A whole number, rounded half to even: 0.5 is 0, 1.5 and 2.5 are 2. */
export function formatInt(value: number): string {
  // From 2^52 on every double is whole, and from 1e21 on String would write an exponent.
  if (!(Math.abs(value) < 2 ** 52)) return Number.isFinite(value) ? String(BigInt(value)) : String(value);
  const floor = Math.floor(value);
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return String(up ? floor + 1 : floor);
}

/**
 * Rounds to `decimals` digits (0 to 20), half to even. What is rounded is the double itself, as in Python and NumPy's
 * formatting: 2.675 is stored a little below and gives 2.67.
 *
 * `toFixed` is exact, but takes ties away from zero. |x| lies halfway between two results only where |x| 2^(decimals + 1)
 * is an odd number: (2k + 1) / (2 10^d) has no other doubles. Then the last digit, if odd, is one too large.
 */
export function formatDecimals(decimals: number): NumberFormat {
  const shift = 2 ** (decimals + 1);
  const zeros = decimals ? `.${"0".repeat(decimals)}` : "";
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    if (Math.abs(value) >= 1e21) return String(BigInt(value)) + zeros;
    let text = value.toFixed(decimals);
    if (Math.abs(value) * shift % 2 === 1) {
      const last = Number(text.at(-1));
      if (last % 2) text = text.slice(0, -1) + (last - 1);
    }
    return /^-[0.]+$/.test(text) ? text.slice(1) : text;
  };
}
