/** Loops over whole columns that a fresh process would run some ten times slower in TypeScript, until V8 gets to it. */
import { begin, bytes, deliver, doubles, ints, put, putInts, take, target, ZEROS } from "./arena.ts";
import { kernels, MOST_DISTINCT } from "./kernels.ts";
import { hasMargins, MARGIN } from "./near.ts";

/** Rows with the time of the row before them, ascending. */
export interface Repeats {
  /** Their numbers. */
  readonly rows: Int32Array;
  /** Whether no time is null or before the one of the row before. */
  readonly ascending: boolean;
}

/** Finds rows that repeat the time of the row before. */
export function findRepeats(ts: Float64Array): Repeats {
  begin();
  const [times, out] = [put(ts), take(4 * ts.length)];
  const found = kernels().findRepeats(times, ts.length, out);
  return { rows: ints(out, found < 0 ? ~found : found).slice(), ascending: found >= 0 };
}

/** What the kernel sorts by: times less than so far apart, and fewer rows. */
const MOST_SPREAD = 2 ** 37;
const MOST_ROWS = 2 ** 27;

/**
 * Sorts the rows of a UTC day by time, in place; those of equal time stay as they stand. 2.4 ms for 86,400 shuffled rows of
 * 13 columns.
 *
 * @throws {RangeError} If times lie further apart than those of a day.
 */
export function sortRows(ts: Float64Array, columns: readonly Float64Array[]): void {
  begin();
  const { length } = ts;
  const [times, found] = [put(ts), take(24)];
  kernels().measure(times, length, found);
  const [least, greatest] = doubles(found, 2) as unknown as [number, number];
  if (greatest - least >= MOST_SPREAD || length >= MOST_ROWS) {
    throw new RangeError(`Cannot sort ${length} rows whose times lie ${greatest - least} µs apart: expected a day's`);
  }
  const order = take(4 * length);
  const [from, to] = [take(8 * length), take(8 * length)];
  kernels().sortRows(times, length, least, order, from, to, take(2 ** 13));
  for (const values of [ts, ...columns]) {
    doubles(from, length).set(values);
    kernels().gather(from, order, length, to);
    values.set(doubles(to, length));
  }
}

/** A column of a day between rows of the days around it; good until another column is looked at. */
export interface JudgedColumn {
  /** All its values, those out of range being null. */
  readonly values: Float64Array;
  /** Least and greatest value of each block of rows in turn; Infinity and -Infinity where all are null. */
  readonly ranges: Float64Array;
  /** How many of the day's own values were out of range. */
  readonly outOfRange: number;
  /** Sets `marks` where one of the day's own values is a spike; returns how many there are. */
  markSpikes(rules: SpikeRules, marks: Uint8Array): number;
}

/** What is a spike: a value further than a threshold from the median of the rows around it. */
export interface SpikeRules {
  /** Rows ahead of the value that the median is taken over: few, as all of them are looked at each time. */
  readonly before: number;
  /** Rows behind it. */
  readonly after: number;
  /** How far from the median a value may be. */
  readonly threshold: number;
  /** What a spike is marked by. */
  readonly mark: number;
}

/** What values of a column are valid, and what those that are not are marked by. */
export interface JudgeRules {
  /** The least valid value. */
  readonly min: number;
  /** The greatest valid value. */
  readonly max: number;
  /** The mark of a null. */
  readonly missing: number;
  /** The mark of a value out of range. */
  readonly outside: number;
  /** Rows per block. */
  readonly block: number;
}

/**
 * Nulls values out of range, in `values` itself too, sets `marks` (a byte per value) where one of `values` is null now, and
 * finds the range of each block of rows, those `before` and `after` included.
 */
export function judgeColumn(
  values: Float64Array,
  { before, after }: { readonly before: Float64Array; readonly after: Float64Array },
  { min, max, missing, outside, block }: JudgeRules,
  marks: Uint8Array,
): JudgedColumn {
  begin();
  const start = before.length;
  const end = start + values.length;
  const count = end + after.length;
  const blocks = Math.ceil(count / block);
  const [codes, ranges] = [take(count), take(16 * blocks + 8)];
  // All of a near column is judged where it lies, between the rows before and after in its margins.
  const inPlace = start <= MARGIN && after.length <= MARGIN && hasMargins(values);
  const all = inPlace ? values.byteOffset - 8 * start : take(8 * count);
  const column = doubles(all, count);
  column.set(before);
  if (!inPlace) column.set(values, start);
  column.set(after, end);
  const outOfRange = kernels().judge(all, count, start, end, min, max, missing, outside, codes, block, ranges);
  if (doubles(ranges, 2 * blocks + 1)[2 * blocks]! > 0) marks.set(bytes(codes + start, values.length));
  if (!inPlace && outOfRange > 0) values.set(column.subarray(start, end));
  return {
    values: column,
    ranges: doubles(ranges, 2 * blocks),
    outOfRange,
    markSpikes({ before, after, threshold, mark }, marks) {
      const { markSpikes } = kernels();
      const found = markSpikes(all, count, start, end, before, after, threshold, ranges, block, codes, mark);
      if (found > 0) marks.set(bytes(codes + start, values.length));
      return found;
    },
  };
}

/** Rows grouped by the cell of a time grid that they fall into; cells without rows are left out. */
export interface RowGroups {
  /** Numbers of the cells that have rows, ascending; 0 is the cell that begins at the grid's start. */
  readonly numbers: Float64Array;
  /** Cell `numbers[k]` has the rows `starts[k]` to `starts[k + 1]` (excluded). */
  readonly starts: Int32Array;
  /** Each k whose cell has more than one row. */
  readonly shared: Int32Array;
}

/** The first row whose time is null or goes back; -1 if none. */
export function disorderedRow(ts: Float64Array): number {
  return ts.findIndex((time, i) => !(time >= (i ? ts[i - 1]! : -Infinity)));
}

/**
 * Floors ascending times to the cells of a grid, `freq` microseconds each from `start` on.
 *
 * @throws {TypeError} If a time is null or goes back, as in files that myx has not written.
 */
export function groupRows(ts: Float64Array, { start, freq }: { start: number; freq: number }): RowGroups {
  begin();
  const { length } = ts;
  const [numbers, starts, shared] = [take(8 * length), take(4 * length + 4), take(4 * length + 4)];
  const count = kernels().groupRows(put(ts), length, start, freq, numbers, starts, shared);
  if (count < 0) {
    // With its row, or files that have this in common would be told of as one.
    const row = disorderedRow(ts);
    throw new TypeError(`Cannot group rows by time: ts is null or goes back in row ${row}; sort the file by ts`);
  }
  return {
    numbers: doubles(numbers, count).slice(),
    starts: ints(starts, count + 1).slice(),
    shared: ints(shared + 4, ints(shared, 1)[0]!).slice(),
  };
}

/** Writes the starts of a grid's cells, those from number `first` on, into `out`. */
export function writeSteps(out: Float64Array, first: number, { start, freq }: { start: number; freq: number }): void {
  begin();
  const steps = target(out, out.length);
  kernels().makeSteps(steps, out.length, start, first, freq);
  deliver(steps, out);
}

/** Where the values of a column go. */
export interface Scatter {
  /** The row of each cell that has one. */
  readonly rows: Int32Array;
  /** Where each of these cells stands. */
  readonly slots: Int32Array;
  /** Cells in all. */
  readonly length: number;
  /** Changes cells, once each has the value of its row. */
  readonly amend: (cells: Float64Array) => void;
  /** Makes an array whose values may be anything; not in the memory of the column. */
  readonly allocate: (length: number) => Float64Array;
}

/** A column on cells, null where nothing came, and where its runs of nulls start and end (excluded), in turn. */
export interface Scattered {
  /** One value per cell. */
  readonly values: Float64Array;
  /** Starts and ends. */
  readonly gaps: Int32Array;
}

/** Puts values of rows where their cells are. */
export function scatterColumn(
  values: Float64Array,
  { rows, slots, length, amend, allocate }: Scatter,
): Scattered {
  begin();
  const [column, from, to] = [put(values), putInts(rows), putInts(slots)];
  const out = allocate(length);
  const [cells, gaps] = [target(out, length), take(4 * length + 8)];
  kernels().scatter(column, from, to, rows.length, cells, length);
  amend(doubles(cells, length));
  const found = kernels().findGaps(cells, length, gaps);
  deliver(cells, out);
  return { values: out, gaps: ints(gaps, 2 * found).slice() };
}

/**
 * Puts 1 / sqrt(x) of each value into `out`, null where x <= 0; returns how often that was.
 *
 * @throws {RangeError} If `out` has another length.
 */
export function invertRoots(values: Float64Array, out: Float64Array): number {
  begin();
  const roots = target(out, values.length);
  const nulled = kernels().invertRoots(put(values), values.length, roots);
  deliver(roots, out);
  return nulled;
}

/**
 * Puts what `map` makes of each value into `out`, asking it once for each distinct value where these are few; null stays
 * null. Returns how many nulls are new.
 *
 * @throws {RangeError} If `out` has another length.
 */
export function mapColumn(values: Float64Array, map: (value: number) => number, out: Float64Array): number {
  begin();
  const [column, results, rows] = [put(values), target(out, values.length), values.length];
  const [codes, entries, found] = [take(2 * rows), take(8 * MOST_DISTINCT), take(24)];
  const { findDistinct, lookUp, measure } = kernels();
  const before = measure(column, rows, found);
  const size = findDistinct(column, rows, codes, entries, ZEROS);
  const [cells, at] = size < 0 ? [values.slice(), results] : [doubles(entries, size).slice(), entries];
  for (let i = 0; i < cells.length; i++) if (cells[i] === cells[i]) cells[i] = map(cells[i]!);
  doubles(at, cells.length).set(cells);
  if (size >= 0) lookUp(codes, rows, entries, results);
  const after = measure(results, rows, found);
  deliver(results, out);
  return after - before;
}
