import type { Metric } from "./metrics.ts";
import { quantile } from "./quantile.ts";
import { meanOf, sampleStd } from "./moments.ts";

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/**
 * Computes `metrics` of one column in every window; window `w` holds rows `rows[w]` to `rows[w + 1] - 1`. Nulls are
 * ignored. The result has one array per metric, `NaN` where a window has no value. -0 comes out as 0, but for first and
 * last.
 *
 * One pass per window, a second one for std: 4 windows x 4 metrics of 86,400 rows cost 20 ns per row, so windows that
 * nest are not merged upwards, and no result depends on which other windows or metrics are asked for
 * (`deno bench tests/bench/aggregate_bench.ts`).
 *
 * @throws {RangeError} If the column is whole numbers, `sum` is asked for and a sum is above 2^53 in size.
 */
export function summarise(
  values: Float64Array,
  rows: Uint32Array,
  metrics: readonly Metric[],
  whole: boolean,
): Float64Array[] {
  const windows = rows.length - 1;
  const outputs = metrics.map(() => new Float64Array(windows));
  const wantsStd = metrics.some((metric) => metric.kind === "std");
  const wantsSum = metrics.some((metric) => metric.kind === "sum");
  const buffer = new Float64Array(metrics.some((metric) => metric.kind === "quantile") ? longest(rows) : 0);
  for (let w = 0; w < windows; w++) {
    const start = rows[w]!;
    const end = rows[w + 1]!;
    let count = 0;
    let sum = 0;
    let min = Infinity;
    let max = -Infinity;
    let first = NaN;
    let last = NaN;
    for (let i = start; i < end; i++) {
      const value = values[i]!;
      if (value !== value) continue;
      if (count === 0) first = value;
      last = value;
      count++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    // Every partial sum is exact below this.
    if (whole && count * Math.max(-min, max) > MAX_SAFE) {
      const exact = exactSum(values, start, end);
      if (wantsSum && (exact > MAX_SAFE || exact < -MAX_SAFE)) throw new RangeError(`sum ${exact} is above 2^53 in size`);
      sum = Number(exact);
    }
    const mean = count ? meanOf(values, start, end, count, sum, min, max) : NaN;
    const std = wantsStd ? sampleStd(values, start, end, count, mean, min, max) : NaN;
    for (let m = 0; m < metrics.length; m++) {
      const { kind, q } = metrics[m]!;
      let result = NaN;
      if (kind === "count") result = count;
      else if (count > 0) {
        if (kind === "mean") result = mean;
        else if (kind === "std") result = std;
        else if (kind === "min") result = min + 0;
        else if (kind === "max") result = max + 0;
        else if (kind === "sum") result = sum;
        else if (kind === "first") result = first;
        else if (kind === "last") result = last;
        else result = quantile(buffer, compact(values, start, end, buffer), q);
      }
      outputs[m]![w] = result;
    }
  }
  return outputs;
}

function longest(rows: Uint32Array): number {
  let most = 0;
  for (let w = 1; w < rows.length; w++) most = Math.max(most, rows[w]! - rows[w - 1]!);
  return most;
}

/** Copies the values of a window that are not null to the front of `buffer` and returns their count. */
function compact(values: Float64Array, start: number, end: number, buffer: Float64Array): number {
  let n = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value === value) buffer[n++] = value;
  }
  return n;
}

function exactSum(values: Float64Array, start: number, end: number): bigint {
  let sum = 0n;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value === value) sum += BigInt(value);
  }
  return sum;
}
