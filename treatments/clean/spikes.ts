/**
 * Finds spikes: values further than a threshold from the median of the rows around them.
 *
 * Only the answer to `|x - median| > threshold` matters, and it rarely takes a median:
 *
 * 1. In a block of rows whose values, with all its windows reach, lie no further apart than the threshold, no row can be
 *    a spike. Minima and maxima per block settle nearly all rows of a sensor at rest.
 * 2. In the other blocks the window's values that lie further than the threshold below x, and above x, are counted. More
 *    than half of the values: a spike. Fewer than half: none. Exactly half: the two middle values decide.
 * 3. Counting costs a step per row of the window, so wide windows slide over sorted values instead.
 *
 * 1 and 2 are a kernel (core/kernels/assembly/spikes.ts), which narrow windows are left to; 1 stands here once more for 3.
 *
 * Rounding keeps the order of x - v in v, so counting decides exactly as the median would, fractions included.
 * Infinities are ordinary values; infinity minus infinity is no number and so never above the threshold.
 *
 * Measured with `deno bench -A tests/bench/clean_resample_bench.ts`, nanoseconds per row, window 10: under 1 at rest, 1
 * with a spike in 1,000 rows, 25 with the threshold inside the noise; window 3,600: 5, 360, 400.
 */
import type { JudgedColumn, SpikeRules } from "myx";
import type { SpikeRule } from "./rules.ts";
import { SortedWindow } from "./sorted_window.ts";

/** Rows per block: few enough that a spike makes little work, many enough that blocks cost little themselves. */
export const BLOCK = 32;
/** From this many rows on, sliding over sorted values is cheaper than counting, measured on noise. */
const WIDE = 32;

/** The rows of a column to judge: those outside are only looked at. */
export interface Stretch {
  readonly start: number;
  /** The row behind the last one to judge. */
  readonly end: number;
}

/**
 * Sets `marks[i]` to `mark` where row `start + i` is a spike, and returns the number of spikes.
 *
 * The median is taken over `window` rows: i - N/2 to i + N/2 - 1 for an even N, i - (N-1)/2 to i + (N-1)/2 for an odd
 * one, cut where the values end. Nulls count as rows of the window, not as values.
 */
export function markSpikes(
  column: JudgedColumn,
  { start, end }: Stretch,
  { window, threshold }: SpikeRule,
  marks: Uint8Array,
  mark: number,
): number {
  const before = Math.floor(window / 2);
  const after = window - before - 1;
  const rules = { before, after, threshold, mark };
  if (window < WIDE) return column.markSpikes(rules, marks);
  let spikes = 0;
  let first = start;
  while (first < end) {
    let last = first;
    // A run of blocks that are not quiet, so that a sorted window is filled once per run.
    while (last < end) {
      const next = Math.min(end, last - last % BLOCK + BLOCK);
      if (isQuiet(column.ranges, last - before, next - 1 + after, threshold)) break;
      last = next;
    }
    if (last > first) {
      spikes += slideRun(column.values, { start: first, end: last }, rules, marks.subarray(first - start));
    }
    first = Math.min(end, last - last % BLOCK + BLOCK);
  }
  return spikes;
}

/** Whether the values of all blocks that rows `from` to `to` touch lie within `threshold` of each other. */
function isQuiet(ranges: Float64Array, from: number, to: number, threshold: number): boolean {
  const last = Math.min(ranges.length / 2 - 1, Math.floor(to / BLOCK));
  let least = Infinity;
  let greatest = -Infinity;
  for (let block = Math.max(0, Math.floor(from / BLOCK)); block <= last; block++) {
    if (ranges[2 * block]! < least) least = ranges[2 * block]!;
    if (ranges[2 * block + 1]! > greatest) greatest = ranges[2 * block + 1]!;
  }
  return least > greatest || greatest - least <= threshold;
}

function slideRun(
  values: Float64Array,
  { start, end }: Stretch,
  { before, after, threshold, mark }: SpikeRules,
  marks: Uint8Array,
): number {
  const window = new SortedWindow(Math.min(before + after + 1, values.length));
  for (let j = Math.max(0, start - before); j < Math.min(values.length, start + after); j++) window.add(values[j]!);
  let spikes = 0;
  for (let i = start; i < end; i++) {
    if (i + after < values.length) window.add(values[i + after]!);
    if (Math.abs(values[i]! - window.median()) > threshold) {
      marks[i - start] = mark;
      spikes++;
    }
    if (i - before >= 0) window.remove(values[i - before]!);
  }
  return spikes;
}
