/**
 * What one pass over a column tells of each block of rows, and how that of several blocks makes a window's. Four windows
 * that share blocks of 10 s cost 7 ns per row and not 25 (`deno bench -A tests/bench/aggregate_bench.ts`).
 */

/** What is known of each block; nulls are left out. */
export interface Blocks {
  readonly count: Int32Array;
  readonly sum: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Sum of squared differences from the block's own mean. */
  readonly squares: Float64Array;
  /** That mean as sum and count give it, and what rounding took from it. */
  readonly mean: Float64Array;
  readonly lost: Float64Array;
}

/** What is known of a window. */
export interface Moments {
  count: number;
  sum: number;
  min: number;
  max: number;
  squares: number;
  mean: number;
  lost: number;
}

/** Summarises the blocks that `rows` bounds: block `b` holds rows `rows[b]` to `rows[b + 1] - 1`. */
export function summariseBlocks(values: Float64Array, rows: Uint32Array): Blocks {
  const blocks = rows.length - 1;
  const counts = new Int32Array(blocks);
  const [sums, mins, maxs, squares, means, losts] = [0, 1, 2, 3, 4, 5].map(() => new Float64Array(blocks)) as Six;
  for (let b = 0; b < blocks; b++) {
    const start = rows[b]!;
    const end = rows[b + 1]!;
    let count = 0;
    let sum = 0;
    let min = Infinity;
    let max = -Infinity;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      count++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    counts[b] = count;
    sums[b] = sum;
    mins[b] = min;
    maxs[b] = max;
    const mean = sum / count;
    let square = 0;
    let rest = 0;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      const difference = value - mean;
      square += difference * difference;
      rest += difference;
    }
    // The second term corrects for the rounding of the mean itself: see `moments.ts`.
    squares[b] = min < max ? square - rest * (rest / count) : 0;
    means[b] = mean;
    losts[b] = rest / count;
  }
  return { count: counts, sum: sums, min: mins, max: maxs, squares, mean: means, lost: losts };
}

type Six = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

/**
 * Puts what blocks `first` to `end` (excluded) tell together into `into`: squares by Chan, Golub and LeVeque, "Updating
 * formulae and a pairwise algorithm for computing sample variances", 1979, which adds what cannot be negative only.
 */
export function mergeBlocks(
  { count, sum, min, max, squares, mean, lost }: Blocks,
  first: number,
  end: number,
  into: Moments,
): void {
  let counts = 0;
  let sums = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let b = first; b < end; b++) {
    counts += count[b]!;
    sums += sum[b]!;
    if (min[b]! < least) least = min[b]!;
    if (max[b]! > greatest) greatest = max[b]!;
  }
  into.count = counts;
  into.sum = sums;
  into.min = least;
  into.max = greatest;
  into.squares = 0;
  into.mean = NaN;
  into.lost = NaN;
  if (end - first === 1) {
    into.squares = squares[first]!;
    into.mean = mean[first]!;
    into.lost = lost[first]!;
  } else if (counts > 0) {
    into.mean = sums / counts;
    let rest = 0;
    for (let b = first; b < end; b++) if (count[b]) rest += count[b]! * (mean[b]! - into.mean + lost[b]!);
    into.lost = rest / counts;
    if (!(least < greatest)) return;
    for (let b = first; b < end; b++) {
      if (!count[b]) continue;
      const difference = mean[b]! - into.mean + (lost[b]! - into.lost);
      into.squares += squares[b]! + count[b]! * difference * difference;
    }
  }
}
