/** Mean and sample standard deviation in whole-number arithmetic: exact but for the last rounding. */
export function exactMoments(values: readonly number[]): { mean: number; std: number } {
  const parts = values.map(split);
  const least = Math.min(...parts.map(({ exponent }) => exponent));
  const whole = parts.map(({ mantissa, exponent }) => mantissa << BigInt(exponent - least));
  const n = BigInt(values.length);
  const sum = whole.reduce((a, b) => a + b, 0n);
  const squares = whole.reduce((a, b) => a + b * b, 0n);
  return {
    mean: divide(sum, n) * 2 ** least,
    std: Math.sqrt(divide(n * squares - sum * sum, n * (n - 1n))) * 2 ** least,
  };
}

/** How far `found` is from `expected`, in units of `expected`. */
export function relativeError(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.abs(expected);
}

/** A double as mantissa times a power of two. */
function split(value: number): { mantissa: bigint; exponent: number } {
  let exponent = 0;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent--;
  }
  return { mantissa: BigInt(value), exponent };
}

function divide(a: bigint, b: bigint): number {
  return Number((a << 200n) / b) / 2 ** 200;
}
