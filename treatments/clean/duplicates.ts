import { type Column, findRepeats, isFlagColumn, reuse, type Table } from "myx";

/** A table without repeated stamps, and what that cost. */
export interface Distinct {
  readonly table: Table;
  /** Rows dropped. */
  readonly duplicates: number;
  /** Rows dropped whose data differ from the row that was kept; a null differs from a value, flags do not count. */
  readonly conflicts: number;
}

/**
 * Keeps the first of rows with equal `ts`; the table's own memory is used for what is left. Two days never share a stamp,
 * so a day's file can be judged by itself.
 */
export function dropDuplicates(table: Table): Distinct {
  const { ts } = table;
  const data = table.columns.filter(({ name }) => !isFlagColumn(name));
  // Stretches of rows to keep, as a day has few repeated ones: each from an even to an odd element.
  const stretches = [0];
  let first = 0;
  let last = -1;
  let conflicts = 0;
  const repeats = findRepeats(ts).rows;
  const duplicates = repeats.length;
  for (const row of repeats) {
    // The first of a run of equal stamps is kept.
    if (row !== last + 1) {
      if (last >= 0) stretches.push(last + 1);
      stretches.push(row);
      first = row - 1;
    }
    last = row;
    if (differ(data, first, row)) conflicts++;
  }
  if (duplicates === 0) return { table, duplicates, conflicts };
  stretches.push(last + 1, ts.length);
  const close = (values: Float64Array) => closeUp(values, stretches);
  return {
    table: {
      ...table,
      ts: close(ts),
      columns: table.columns.map((column) => ({ ...column, values: close(column.values) })),
    },
    duplicates,
    conflicts,
  };
}

/** Moves stretches of rows together and returns them. */
function closeUp(values: Float64Array, stretches: readonly number[]): Float64Array {
  let to = 0;
  for (let i = 0; i < stretches.length; i += 2) {
    const [start, end] = [stretches[i]!, stretches[i + 1]!];
    values.copyWithin(to, start, end);
    to += end - start;
  }
  return reuse(values, to);
}

function differ(columns: readonly Column[], a: number, b: number): boolean {
  return columns.some(({ values }) => {
    const x = values[a]!;
    const y = values[b]!;
    return x !== y && !(x !== x && y !== y);
  });
}
