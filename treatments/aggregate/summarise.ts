import { borrowColumn, summariseColumn, type WindowCut } from "myx";
import type { Metric } from "./metrics.ts";
import { meanOf, sampleStd, type Span } from "./moments.ts";

/** Up to here, that included, whole numbers are exact in doubles. */
const MOST_EXACT = 2 ** 53;
/** Numbers per window in `moments`: count, sum, least, greatest, squares, mean, what was rounded off it. */
const FIELDS = 7;

/** A sum of whole numbers that no int64 column of ours can hold. */
export class SumOverflow extends RangeError {
  /** Number of the grid and of the window. */
  readonly grid: number;
  readonly window: number;

  constructor(sum: bigint, grid: number, window: number) {
    super(`${sum} is above 2^53 in size`);
    this.grid = grid;
    this.window = window;
  }
}

/**
 * Computes `metrics` of one column in the windows of each grid; nulls are ignored. The result has, per grid, one array per
 * metric, `NaN` where a window has no value. -0 comes out as 0, but for first and last. `whole` says that the column is
 * int64, and `allocate` makes the arrays.
 *
 * @throws {SumOverflow} If `whole`, `sum` is asked for and a sum is above 2^53 in size.
 */
export function summarise(
  values: Float64Array,
  grids: readonly WindowCut[],
  metrics: readonly Metric[],
  whole: boolean,
  allocate: (length: number) => Float64Array = borrowColumn,
): Float64Array[][] {
  const qs = metrics.flatMap(({ kind, q }) => kind === "quantile" ? [q] : []);
  const wantsSum = metrics.some(({ kind }) => kind === "sum");
  return summariseColumn(values, grids, qs, allocate).map((summary, g) => {
    const { rows } = grids[g]!;
    let next = 0;
    const quantile = () => summary.quantile(next++);
    if (whole && summary.mayRound()) sumExactly(values, rows, summary.moments(), wantsSum ? g : undefined);
    return metrics.map(({ kind }) => {
      if (kind === "quantile") return quantile();
      const quick = kind === "first" || kind === "last" ? undefined : summary.metric(kind);
      if (quick) return quick;
      return lookAgain(kind as SecondLook, values, rows, summary.moments(), allocate(rows.length - 1).fill(NaN));
    });
  });
}

/** Metrics that the seven numbers of a window may not tell; they always tell the others. */
type SecondLook = "first" | "last" | "mean" | "std";

/**
 * Puts one metric of each window into `output`, all null so far, by a second look at the values: those of metrics that the
 * seven numbers do not tell, or not in this window.
 */
function lookAgain(
  kind: SecondLook,
  values: Float64Array,
  rows: Uint32Array,
  moments: Float64Array,
  output: Float64Array,
): Float64Array {
  for (let w = 0; w < output.length; w++) {
    const at = FIELDS * w;
    const count = moments[at]!;
    if (count === 0) continue;
    const [start, end] = [rows[w]!, rows[w + 1]!];
    if (kind === "first") output[w] = firstOf(values, start);
    else if (kind === "last") output[w] = lastOf(values, end);
    else {
      const [sum, min, max] = [moments[at + 1]!, moments[at + 2]!, moments[at + 3]!];
      const span: Span = { values, start, end, count, sum, min, max };
      const mean = meanOf(span);
      output[w] = kind === "mean" ? mean : stdOf(span, mean, moments[at + 4]!);
    }
  }
  return output;
}

/** Puts exact sums in the place of those that may have lost digits. `grid` is its number where sums are asked for. */
function sumExactly(values: Float64Array, rows: Uint32Array, moments: Float64Array, grid: number | undefined): void {
  for (let w = 0; w + 1 < rows.length; w++) {
    const at = FIELDS * w;
    // Below this every partial sum is exact.
    if (!(moments[at]! * Math.max(-moments[at + 2]!, moments[at + 3]!) > Number.MAX_SAFE_INTEGER)) continue;
    const exact = exactSum(values, rows[w]!, rows[w + 1]!);
    if (grid !== undefined && (exact > MOST_EXACT || exact < -MOST_EXACT)) throw new SumOverflow(exact, grid, w);
    moments[at + 1] = Number(exact);
  }
}

/** From the sum of squares, unless that may have overflowed or lost digits. */
function stdOf(span: Span, mean: number, squares: number): number {
  if (squares > 1e-280 && squares < 1e300 && span.count > 1) return Math.sqrt(squares / (span.count - 1));
  return sampleStd(span, mean);
}

function firstOf(values: Float64Array, start: number): number {
  while (values[start]! !== values[start]!) start++;
  return values[start]!;
}

function lastOf(values: Float64Array, end: number): number {
  while (values[end - 1]! !== values[end - 1]!) end--;
  return values[end - 1]!;
}

function exactSum(values: Float64Array, start: number, end: number): bigint {
  let sum = 0n;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    if (value === value) sum += BigInt(value);
  }
  return sum;
}
