import { borrowColumn, sliceTable, type Table } from "myx";
import { type Cells, cellsPerDay, type Grid } from "./cells.ts";
import type { Aggregate } from "./methods.ts";

/** Cells of the grid, from `low` on. */
export interface Span {
  readonly low: number;
  readonly length: number;
}

/** The cells of the day that can hold a value: those from its first to its last row, and what a fill may add. */
export function spanOf({ numbers }: Cells, grid: Grid, reach: { before: number; after: number }): Span {
  const day = cellsPerDay(grid);
  if (numbers.length === 0) {
    // Only a fill across the whole day can reach a day without rows.
    return { low: 0, length: Math.min(reach.before, reach.after) >= day ? day : 0 };
  }
  const low = Math.max(0, numbers[0]! - reach.before);
  return { low, length: Math.min(day, numbers[numbers.length - 1]! + 1 + reach.after) - low };
}

/** Where in `span` each of the cells stands. */
export function slotsOf({ numbers }: Cells, { low }: Span): Int32Array {
  return Int32Array.from(numbers, (number) => number - low);
}

/** The values of one column on the `length` cells of a span, `NaN` where there is none; `slots` as `slotsOf` gives. */
export function spread(
  values: Float64Array,
  { starts }: Cells,
  slots: Int32Array,
  length: number,
  aggregate: Aggregate,
): Float64Array {
  const out = borrowColumn(length);
  if (slots.length < length) out.fill(NaN);
  let from = 0;
  for (let k = 0; k < slots.length; k++) {
    const to = starts[k + 1]!;
    // Most cells hold one row, which every method gives as it is.
    out[slots[k]!] = to - from === 1 ? values[from]! : aggregate(values, from, to);
    from = to;
  }
  return out;
}

/** The first cell of `values` that is not null, or the length. */
export function firstValid(values: Float64Array): number {
  let i = 0;
  while (i < values.length && values[i]! !== values[i]!) i++;
  return i;
}

/** The last cell of `values` that is not null, or -1. */
export function lastValid(values: Float64Array): number {
  let i = values.length - 1;
  while (i >= 0 && values[i]! !== values[i]!) i--;
  return i;
}

/** Cuts off the rows before the first and behind the last one in which any of the `data` has a value. */
export function trim(table: Table, data: readonly Float64Array[]): Table {
  const start = Math.min(table.ts.length, ...data.map(firstValid));
  const end = Math.max(start, ...data.map((values) => lastValid(values) + 1));
  return sliceTable(table, start, end);
}
