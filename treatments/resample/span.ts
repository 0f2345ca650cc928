import { type RowGroups, scatterColumn, type Scattered, sliceTable, type Table } from "myx";
import { cellsPerDay, type Grid } from "./cells.ts";
import type { Aggregate } from "./methods.ts";

/** Cells of the grid, from `low` on. */
export interface Span {
  readonly low: number;
  readonly length: number;
}

/** The cells of the day that can hold a value: those from its first to its last row, and what a fill may add. */
export function spanOf({ numbers }: RowGroups, grid: Grid, reach: { before: number; after: number }): Span {
  const day = cellsPerDay(grid);
  if (numbers.length === 0) {
    // Only a fill across the whole day can reach a day without rows.
    return { low: 0, length: Math.min(reach.before, reach.after) >= day ? day : 0 };
  }
  const low = Math.max(0, numbers[0]! - reach.before);
  return { low, length: Math.min(day, numbers[numbers.length - 1]! + 1 + reach.after) - low };
}

/** Where in `span` each of the cells stands. */
export function slotsOf({ numbers }: RowGroups, { low }: Span): Int32Array {
  const slots = new Int32Array(numbers);
  // Most days begin at midnight.
  if (low > 0) { for (let k = 0; k < slots.length; k++) slots[k] = numbers[k]! - low; }
  return slots;
}

/** Where the rows of a day go: `slots` as `slotsOf` gives. */
export interface Places {
  readonly cells: RowGroups;
  readonly slots: Int32Array;
}

/** The values of one column on the `length` cells of a span, `NaN` where there is none, in what `allocate` makes. */
export function spread(
  values: Float64Array,
  { cells: { starts, shared }, slots }: Places,
  length: number,
  aggregate: Aggregate,
  allocate: (length: number) => Float64Array,
): Scattered {
  return scatterColumn(values, {
    rows: starts.subarray(0, slots.length),
    slots,
    length,
    // Most cells hold one row, which every method gives as it is.
    amend(out) {
      for (const k of shared) out[slots[k]!] = aggregate(values, starts[k]!, starts[k + 1]!);
    },
    allocate,
  });
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
