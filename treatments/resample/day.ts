import {
  type Column,
  type Context,
  groupRows,
  type InputFile,
  isFlagColumn,
  reuse,
  type RowGroups,
  type Table,
  writeSteps,
} from "myx";
import { cellsPerDay, type Grid } from "./cells.ts";
import { findEdges } from "./edges.ts";
import { fillForward } from "./fill.ts";
import { type Resampled, resampleFlags } from "./flags.ts";
import { aggregateBy, methodOf } from "./methods.ts";
import { firstValid, lastValid, type Places, slotsOf, type Span, spanOf, spread, trim } from "./span.ts";

/** More rows than any table of a day can have in memory: a freq this short is a slip of the pen. */
const MOST_ROWS = 2 ** 27;

/** What decides how a day is resampled, beside its own rows. */
export interface DayOptions {
  readonly grid: Grid;
  /** Cells that a fill may span. */
  readonly reach: number;
  /** `agg_method` of the domain, if it has one. */
  readonly method: string | undefined;
  /** The files of the day before and the day after, if there are any. */
  readonly earlier: InputFile | undefined;
  readonly later: InputFile | undefined;
}

/**
 * Resamples one day so that it equals the uncut series, resampled and then cut at midnight. The memory of a column may
 * serve for what comes of the next one, as fresh memory costs page faults: so `input` is of no use afterwards.
 *
 * @throws {TypeError} If a row lies on another day, or freq makes too many rows.
 */
export function resampleDay(input: Table, options: DayOptions, context: Context): Table {
  const { grid, reach } = options;
  const cells = groupRows(input.ts, grid);
  checkDay(cells, grid);
  const span = spanOf(cells, grid, {
    before: options.earlier ? reach : 0,
    after: options.later ? reach : 0,
  });
  if (span.length > MOST_ROWS) {
    throw new TypeError(`Cannot resample: freq makes ${span.length} rows of this day; use a longer one`);
  }
  const columns = input.columns.filter(({ name }) => !isFlagColumn(name));
  const flags = input.columns.filter(({ name }) => isFlagColumn(name));
  const places = { cells, slots: slotsOf(cells, span) };
  let spare: Float64Array = new Float64Array(0);
  const allocate = (length: number): Float64Array => {
    const values = reuse(spare, length);
    spare = new Float64Array(0);
    return values;
  };
  const data = columns.map((column) => {
    const resampled = gridColumn(column, places, span, options.method, flags.length > 0, allocate);
    // Flags are taken by the values they belong to.
    if (!flags.length) spare = column.values;
    return resampled;
  });
  context.metric("filled", fillAll(data, span, options));
  const ts = allocate(span.length);
  writeSteps(ts, span.low, grid);
  const table: Table = {
    ts,
    columns: [
      ...data.map(({ column, values }) => ({ ...column, values })),
      ...flags.map((column) => resampleFlags(column, data, cells, span)),
    ],
    meta: { added: input.meta?.added },
  };
  return trim(table, data.map(({ values }) => values));
}

function gridColumn(
  column: Column,
  places: Places,
  { length }: Span,
  given: string | undefined,
  flagged: boolean,
  allocate: (length: number) => Float64Array,
): Resampled {
  const method = methodOf(given, column.type);
  const aggregate = aggregateBy(method, column.type);
  const { values, gaps } = spread(column.values, places, length, aggregate, allocate);
  return { column, method, aggregate, values, gaps, filled: new Uint8Array(flagged ? length : 0) };
}

/** Fills all columns. Reads a day next to it only for columns whose gap at that midnight is short enough to be filled. */
function fillAll(data: readonly Resampled[], span: Span, { grid, reach, earlier, later }: DayOptions): number {
  const day = cellsPerDay(grid);
  const isShort = (gap: number) => gap > 0 && gap <= reach;
  const fromBefore = data.filter(({ values }) => {
    const first = firstValid(values);
    return isShort(first < values.length ? span.low + first : day);
  });
  const fromAfter = data.filter(({ values }) => {
    const last = lastValid(values);
    return isShort(last >= 0 ? day - 1 - span.low - last : day);
  });
  const before = findEdges(earlier, fromBefore, grid, { side: "before", reach });
  const after = findEdges(later, fromAfter, grid, { side: "after", reach });
  let filled = 0;
  for (const { column: { name }, values, gaps, filled: marks } of data) {
    const series = { values, gaps, low: span.low, before: before.get(name), after: after.get(name) };
    filled += fillForward(series, reach, marks);
  }
  return filled;
}

function checkDay({ numbers }: RowGroups, grid: Grid): void {
  if (numbers.length && (numbers[0]! < 0 || numbers[numbers.length - 1]! >= cellsPerDay(grid))) {
    throw new TypeError(
      "Cannot resample: rows lie outside the UTC day that the file is named after; run parse on it again",
    );
  }
}
