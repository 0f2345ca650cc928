/**
 * The mean of the rows `from` to `to` (excluded) without the nulls, `NaN` for none.
 *
 * Summed with Neumaier's compensation, so that a day of small steps on a large value loses nothing, and never outside
 * the values' own range, so that the mean of equal values is that value.
 */
export function mean(values: Float64Array, from: number, to: number): number {
  let count = 0;
  let sum = 0;
  let lost = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
    count++;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (count === 0) return NaN;
  let result = (sum + lost) / count;
  if (!Number.isFinite(result)) {
    // The sum left the range of a double, or a value is infinite: infinities of both signs make NaN, a null.
    result = 0;
    for (let i = from; i < to; i++) if (values[i]! === values[i]!) result += values[i]! / count;
  }
  return Math.min(greatest, Math.max(least, result));
}

/** The mean of whole numbers, exact and rounded half to even: `[2, 3]` and `[1, 2]` both give 2. */
export function meanOfWhole(values: Float64Array, from: number, to: number): number {
  let count = 0;
  let sum = 0;
  let exact = true;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    count++;
    sum += value;
    if (Math.abs(sum) > EXACT) exact = false;
  }
  if (count === 0) return NaN;
  return exact ? divideHalfEven(sum, count) : divideLarge(values, from, to, count);
}

/**
 * Half of the largest whole number a double holds exactly: a sum and its nearest multiples are exact, too, and a quotient that
 * is no whole number is rounded by less than it lies from one.
 */
const EXACT = 2 ** 52;

function divideHalfEven(sum: number, count: number): number {
  const quotient = Math.floor(sum / count);
  const rest = sum - quotient * count;
  const up = 2 * rest > count || (2 * rest === count && quotient % 2 !== 0);
  return up ? quotient + 1 : quotient;
}

function divideLarge(values: Float64Array, from: number, to: number, count: number): number {
  let sum = 0n;
  for (let i = from; i < to; i++) if (values[i]! === values[i]!) sum += BigInt(values[i]!);
  const divisor = BigInt(count);
  let quotient = sum / divisor;
  let rest = sum % divisor;
  if (rest < 0n) {
    quotient--;
    rest += divisor;
  }
  const up = 2n * rest > divisor || (2n * rest === divisor && quotient % 2n !== 0n);
  return Number(up ? quotient + 1n : quotient);
}
