import { begin, doubles, mark, put, putInts, rewind, take, ZEROS } from "./arena.ts";
import { kernels, MOST_DISTINCT } from "./kernels.ts";

/** How rows are cut into windows: window `w` holds rows `rows[w]` to `rows[w + 1] - 1`. */
export interface WindowCut {
  /** First row of each window, and the row count at the end. */
  readonly rows: Uint32Array;
  /** Blocks that windows are put together from, cut likewise; by default the windows themselves. */
  readonly blocks?: { readonly rows: Uint32Array };
  /** Window `w` holds blocks `firstBlocks[w]` to `firstBlocks[w + 1] - 1`. */
  readonly firstBlocks?: Uint32Array;
}

/** A metric that seven numbers of a window tell. */
export type PlainMetric = "count" | "sum" | "min" | "max" | "mean" | "std";

const KINDS: Readonly<Record<PlainMetric, number>> = { count: 0, sum: 1, min: 2, max: 3, mean: 4, std: 5 };

/** What is known of a column's windows; nulls are left out. Good until the next column is summarised. */
export interface WindowSummary {
  /**
   * Seven numbers per window: count, sum, least, greatest, sum of squared differences from the mean, the mean as sum and
   * count give it, and what rounding took from that.
   */
  moments(): Float64Array;
  /**
   * A metric of each window, `NaN` where all of the window is null; `undefined` where the seven numbers do not tell a mean or
   * a deviation, as they have overflowed or lost digits. The standard deviation is the sample one.
   */
  metric(name: PlainMetric): Float64Array | undefined;
  /** One number per window for `qs[index]`; `NaN` where all of the window is null. */
  quantile(index: number): Float64Array;
  /** Whether the column, if it holds whole numbers, has windows whose sums may have lost digits. */
  mayRound(): boolean;
}

const FIELDS = 7;
/** Bytes that are kept of a window that was counted, and how many counts at most per row, and one more per window. */
const PART = 32;
const SPREAD = 8;

/**
 * Summarises a column in windows of several lengths. What the lengths share is worked out once: the moments of common
 * blocks, and the ranks of the values, by which quantiles are counted. Quantiles `qs` (0 to 1) are linear between
 * neighbours, as NumPy's default. Results are put into what `allocate` makes. 8 ns per row for four lengths and a median (`deno bench -A
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
  const distinct = qs.length ? beginQuantiles(column, values.length, qs) : 0;
  const scratch = qs.length ? take(8 * values.length + 8) : 0;
  return cuts.map((cut) => {
    const windows = cut.rows.length - 1;
    let moments = blocksOf(cut.blocks ?? cut);
    if (cut.firstBlocks) {
      const merged = take(8 * FIELDS * windows);
      kernels().mergeBlocks(moments, putInts(cut.firstBlocks), windows, merged);
      moments = merged;
    }
    const found = take(8 * qs.length * windows);
    if (qs.length) {
      const parts = take(PART * windows + 4 * Math.min(distinct * windows, SPREAD * values.length + windows));
      kernels().quantiles(putInts(cut.rows), windows, scratch, parts, found);
    }
    return summaryOf(moments, windows, found, allocate);
  });
}

function summaryOf(
  moments: number,
  windows: number,
  quantiles: number,
  allocate: (length: number) => Float64Array,
): WindowSummary {
  return {
    moments: () => doubles(moments, FIELDS * windows),
    metric(name) {
      const before = mark();
      const out = take(8 * windows);
      const hard = kernels().finish(moments, windows, KINDS[name], out);
      const values = hard ? undefined : allocate(windows);
      values?.set(doubles(out, windows));
      rewind(before);
      return values;
    },
    quantile: (index) => {
      const values = allocate(windows);
      values.set(doubles(quantiles + 8 * index * windows, windows));
      return values;
    },
    mayRound: () => kernels().mayRound(moments, windows) !== 0,
  };
}

/** Finds out whether a column holds whole numbers from `min` to `max`. Where it does not, some rows mostly tell that. */
function measure(column: number, count: number): { min: number; max: number; fractions: number } {
  const found = take(24);
  kernels().measure(column, Math.min(count, 64), found);
  if (doubles(found, 3)[2] === 0) kernels().measure(column, count, found);
  const [min, max, fractions] = doubles(found, 3) as unknown as [number, number, number];
  return { min, max, fractions };
}

/**
 * Ranks the values of a column: what they are among the distinct ones, in ascending order. Returns how many of these there
 * may be, 0 where they are too many.
 */
function beginQuantiles(column: number, count: number, qs: readonly number[]): number {
  const wanted = put(Float64Array.from(qs));
  const ranks = take(2 * count + 32);
  const { min, max, fractions } = measure(column, count);
  let distinct = 0;
  let sorted = 0;
  if (fractions === 0 && max - min >= 0 && max - min < MOST_DISTINCT) {
    distinct = max - min + 1;
    sorted = take(8 * distinct);
    kernels().rankWhole(column, count, min, distinct, ranks, sorted);
  } else {
    const [codes, entries] = [take(2 * count), take(8 * MOST_DISTINCT)];
    const size = kernels().findDistinct(column, count, codes, entries, ZEROS);
    if (size > 0) {
      sorted = put(doubles(entries, size).slice().sort());
      distinct = kernels().rankDistinct(codes, count, entries, size, sorted, ranks);
    }
  }
  kernels().beginQuantiles(column, ranks, sorted, distinct, ZEROS, wanted, qs.length);
  return distinct;
}
