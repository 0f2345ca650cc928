import { DAY_US } from "myx";

/** Rows grouped by the cell of the time grid they fall into; cells without rows are left out. */
export interface Cells {
  /** Numbers of the cells that have rows, ascending; 0 is the day's first cell, cells of other days lie outside. */
  readonly numbers: Float64Array;
  /** Cell `numbers[k]` has the rows `starts[k]` to `starts[k + 1]` (excluded). */
  readonly starts: Int32Array;
}

/** A day on the time grid: its first microsecond and the length of a cell in microseconds, which divides a day. */
export interface Grid {
  readonly start: number;
  readonly freq: number;
}

/** How many cells a day has. */
export function cellsPerDay({ freq }: Grid): number {
  return DAY_US / freq;
}

/** Floors each stamp to its cell. */
export function groupRows(ts: Float64Array, { start, freq }: Grid): Cells {
  const numbers = new Float64Array(ts.length);
  const starts = new Int32Array(ts.length + 1);
  let count = 0;
  for (let row = 0; row < ts.length; row++) {
    const number = Math.floor((ts[row]! - start) / freq);
    if (count && numbers[count - 1] === number) continue;
    numbers[count] = number;
    starts[count++] = row;
  }
  starts[count] = ts.length;
  return { numbers: numbers.slice(0, count), starts: starts.slice(0, count + 1) };
}
