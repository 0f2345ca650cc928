import { begin, doubles, mark, put, putInts, rewind, take, ZEROS } from "./arena.ts";
import { kernels } from "./kernels.ts";

/** How rows are cut into windows: window `w` holds rows `rows[w]` to `rows[w + 1] - 1`. */
export interface WindowCut {
  /** First row of each window, and the row count at the end. */
  readonly rows: Uint32Array;
  /** Blocks that windows are put together from, cut likewise; by default the windows themselves. */
  readonly blocks?: { readonly rows: Uint32Array };
  /** Window `w` holds blocks `firstBlocks[w]` to `firstBlocks[w + 1] - 1`. */
  readonly firstBlocks?: Uint32Array;
}

/** A metric that five numbers of a window tell. */
export type PlainMetric = "count" | "sum" | "min" | "max" | "mean" | "std";

const KINDS: Readonly<Record<PlainMetric, number>> = { count: 0, sum: 1, min: 2, max: 3, mean: 4, std: 5 };

/** What is known of a column's windows; nulls are left out. Good until the next column is summarised. */
export interface WindowSummary {
  /** Five numbers per window: count, sum, least, greatest, sum of squared differences from the mean. */
  moments(): Float64Array;
  /**
   * A metric of each window, `NaN` where all of the window is null; `undefined` where the five numbers do not tell it, as
   * they have overflowed or lost digits. The standard deviation is the sample one.
   */
  metric(name: PlainMetric): Float64Array | undefined;
  /** One number per window for `qs[index]`; `NaN` where all of the window is null. */
  quantile(index: number): Float64Array;
  /** Whether the column, if it holds whole numbers, has windows whose sums may have lost digits. */
  mayRound(): boolean;
}

const FIELDS = 5;
const MOST_DISTINCT = 2 ** 14;

/**
 * Summarises a column in windows of several lengths. What the lengths share is worked out once: the moments of common
 * blocks, and the ranks of the values, by which quantiles are counted. Quantiles `qs` (0 to 1) are linear between
 * neighbours, as NumPy's default. Results are put into what `allocate` makes. 17 ns per row for four lengths and a median (`deno bench -A
 * tests/bench/aggregate_bench.ts`).
 */
export function summariseColumn(
  values: Float64Array,
  cuts: readonly WindowCut[],
  qs: readonly number[],
  allocate: (length: number) => Float64Array = (length) => new Float64Array(length),
): WindowSummary[] {
  begin();
  const column = put(values);
  const blocks = new Map<object, number>();
  const blocksOf = (cut: { rows: Uint32Array }): number => {
    const known = blocks.get(cut);
    if (known !== undefined) return known;
    const count = cut.rows.length - 1;
    const at = take(8 * FIELDS * count);
    kernels().summariseBlocks(column, putInts(cut.rows), count, at);
    blocks.set(cut, at);
    return at;
  };
  const ranks = qs.length ? rank(column, values.length) : undefined;
  return cuts.map((cut) => {
    const windows = cut.rows.length - 1;
    let moments = blocksOf(cut.blocks ?? cut);
    if (cut.firstBlocks) {
      const merged = take(8 * FIELDS * windows);
      kernels().mergeBlocks(moments, putInts(cut.firstBlocks), windows, merged);
      moments = merged;
    }
    const found = take(8 * qs.length * windows);
    if (ranks) {
      const { at, sorted, distinct } = ranks;
      const [rows, wanted] = [putInts(cut.rows), put(Float64Array.from(qs))];
      const scratch = take(8 * longest(cut.rows) + 8);
      kernels().quantiles(
        column,
        at,
        sorted,
        distinct,
        ZEROS,
        rows,
        windows,
        wanted,
        qs.length,
        scratch,
        found,
      );
    }
    return summaryOf(moments, windows, found, qs.length, allocate);
  });
}

function summaryOf(
  moments: number,
  windows: number,
  quantiles: number,
  step: number,
  allocate: (length: number) => Float64Array,
): WindowSummary {
  /** Takes what `fill` puts into memory out of it. */
  const result = (fill: (out: number) => number | void): Float64Array | undefined => {
    const before = mark();
    const out = take(8 * windows);
    const hard = fill(out);
    const values = hard ? undefined : allocate(windows);
    values?.set(doubles(out, windows));
    rewind(before);
    return values;
  };
  return {
    moments: () => doubles(moments, FIELDS * windows),
    metric: (name) => result((out) => kernels().finish(moments, windows, KINDS[name], out)),
    quantile: (index) => result((out) => kernels().takeEvery(quantiles + 8 * index, step, windows, out))!,
    mayRound: () => kernels().mayRound(moments, windows) !== 0,
  };
}

/** Replaces values by their numbers in the ascending list of distinct ones; `distinct` is 0 where they are too many. */
function rank(column: number, count: number): { at: number; sorted: number; distinct: number } {
  const at = take(4 * count);
  const entries = take(8 * MOST_DISTINCT);
  const size = kernels().findDistinct(column, count, at, entries, ZEROS);
  if (size < 0) return { at, sorted: entries, distinct: 0 };
  const distinct = doubles(entries, size).slice();
  const valid = distinct.filter((value) => value === value).sort();
  // By their bits -0 and 0 are two values, and as numbers one.
  const order = new Map<number, number>();
  valid.forEach((value, rank) => order.set(value, rank));
  const names = putInts(Int32Array.from(distinct, (value) => value === value ? order.get(value)! : -1));
  kernels().relabel(at, count, names);
  return { at, sorted: put(valid), distinct: valid.length };
}

function longest(rows: Uint32Array): number {
  let most = 0;
  for (let w = 1; w < rows.length; w++) most = Math.max(most, rows[w]! - rows[w - 1]!);
  return most;
}
