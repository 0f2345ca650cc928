import { type Column, FLAG, flagNameOf, ROW_FLAG, type RowGroups, worstFlag } from "myx";
import type { Aggregate, Method } from "./methods.ts";
import type { Span } from "./span.ts";

/** A data column before and after resampling. */
export interface Resampled {
  readonly column: Column;
  readonly method: Method;
  readonly aggregate: Aggregate;
  /** One value per cell of the grid. */
  readonly values: Float64Array;
  /** Where runs of cells without a value start and end (excluded), in turn, before any is filled. */
  readonly gaps: Int32Array;
  /** 1 where a cell was filled; empty where there are no flags, as only these need it. */
  readonly filled: Uint8Array;
}

/**
 * Puts one flag column on the cells of a span.
 *
 * A cell takes the flag of the value taken: for first and last that row's, else the worst of the values that went in. A
 * filled cell is estimated; a null one takes the worst flag of its rows, missing where it has none. A row's flag counts
 * as the flag of each of its columns, and what these become makes the worst of the cell.
 */
export function resampleFlags(
  flags: Column,
  data: readonly Resampled[],
  cells: RowGroups,
  { low, length }: Span,
): Column {
  const judged = flags.name === ROW_FLAG ? data : data.filter(({ column }) => flagNameOf(column.name) === flags.name);
  const values = new Float64Array(length).fill(NaN);
  for (const each of judged) {
    const own = flagsOf(flags.values, each, cells, low);
    for (let i = 0; i < length; i++) values[i] = worstFlag(values[i]!, own[i]!);
  }
  if (judged.length === 0) {
    values.fill(FLAG.missing);
    for (let k = 0; k < cells.numbers.length; k++) {
      values[cells.numbers[k]! - low] = worstOf(flags.values, cells.starts[k]!, cells.starts[k + 1]!);
    }
  }
  return { ...flags, values };
}

function flagsOf(flags: Float64Array, { column, method, values, filled }: Resampled, cells: RowGroups, low: number) {
  const out = new Float64Array(values.length).fill(FLAG.missing);
  for (let k = 0; k < cells.numbers.length; k++) {
    const i = cells.numbers[k]! - low;
    const from = cells.starts[k]!;
    const to = cells.starts[k + 1]!;
    out[i] = values[i]! === values[i]! ? flagTaken(flags, column.values, from, to, method) : worstOf(flags, from, to);
  }
  for (let i = 0; i < out.length; i++) if (filled[i]) out[i] = FLAG.estimated;
  return out;
}

function flagTaken(flags: Float64Array, values: Float64Array, from: number, to: number, method: Method): number {
  let flag = NaN;
  if (method === "last") {
    for (let i = to - 1; i >= from; i--) if (values[i]! === values[i]!) return flags[i]!;
  }
  for (let i = from; i < to; i++) {
    if (values[i]! !== values[i]!) continue;
    if (method === "first") return flags[i]!;
    flag = worstFlag(flag, flags[i]!);
  }
  return flag;
}

function worstOf(flags: Float64Array, from: number, to: number): number {
  let worst = NaN;
  for (let i = from; i < to; i++) worst = worstFlag(worst, flags[i]!);
  return worst === worst ? worst : FLAG.missing;
}
