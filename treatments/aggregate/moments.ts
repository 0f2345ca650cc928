/** A window of a column, with what one pass over it tells. Nulls in it are skipped. */
export interface Span {
  readonly values: Float64Array;
  /** First row, and the row behind the last. */
  readonly start: number;
  readonly end: number;
  /** Values that are not null; at least 1. */
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The mean, held between least and greatest value: rounding may carry the quotient beyond them, and then a constant
 * series would not have its own value as mean.
 */
export function meanOf({ values, start, end, count, sum, min, max }: Span): number {
  let mean = sum / count;
  if (!Number.isFinite(sum) && Number.isFinite(min) && Number.isFinite(max)) {
    mean = 0;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value === value) mean += value / count;
    }
  }
  return (mean < min ? min : mean > max ? max : mean) + 0;
}

/**
 * The sample standard deviation by two passes (n - 1; `NaN` for n < 2), of values whose squared differences overflow or lose
 * digits by underflow.
 */
export function sampleStd(span: Span, mean: number): number {
  const { count, min, max } = span;
  if (count < 2) return NaN;
  // Infinity - Infinity is NaN, as it should be.
  if (min === max) return max - min;
  const scale = max / 2 - min / 2 || max - min;
  return Math.sqrt(squaresAbout(span, mean, scale) / (count - 1)) * scale;
}

/**
 * Sum of squared differences from `mean` in units of `scale`, with the correction for the mean's own rounding (Chan,
 * Golub and LeVeque, "Algorithms for computing the sample variance", 1983, formula 1.7).
 */
function squaresAbout({ values, start, end, count }: Span, mean: number, scale: number): number {
  let squares = 0;
  let rest = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    const difference = (value - mean) / scale;
    squares += difference * difference;
    rest += difference;
  }
  const corrected = squares - (rest * rest) / count;
  return corrected < 0 ? 0 : corrected;
}
