/**
 * Mean and sample standard deviation of the rows `start` to `end - 1` that are not null. `count` is at least 1; `sum`,
 * `min` and `max` are theirs.
 */

/**
 * The mean, held between least and greatest value: rounding may carry the quotient beyond them, and then a constant
 * series would not have its own value as mean.
 */
export function meanOf(
  values: Float64Array,
  start: number,
  end: number,
  count: number,
  sum: number,
  min: number,
  max: number,
): number {
  let mean = sum / count;
  if (!Number.isFinite(sum) && Number.isFinite(max - min + min)) {
    mean = 0;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value === value) mean += value / count;
    }
  }
  return (mean < min ? min : mean > max ? max : mean) + 0;
}

/**
 * The sample standard deviation by two passes (n - 1; `NaN` for n < 2), with the correction for the rounding of the mean
 * (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983, formula 1.7).
 */
export function sampleStd(
  values: Float64Array,
  start: number,
  end: number,
  count: number,
  mean: number,
  min: number,
  max: number,
): number {
  if (count < 2) return NaN;
  if (min === max) return max - min;
  const spread = max - min;
  // Squares of such differences would overflow or lose digits by underflow.
  const scale = spread > 1e150 || spread < 1e-140 ? spread / 2 : 1;
  let squares = 0;
  let rest = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    const difference = (value - mean) / scale;
    squares += difference * difference;
    rest += difference;
  }
  return Math.sqrt(Math.max(0, squares - (rest * rest) / count) / (count - 1)) * scale;
}
