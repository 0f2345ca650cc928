import { type Column, isFlagColumn, type Table, takeRows } from "myx";

/** A table without repeated stamps, and what that cost. */
export interface Distinct {
  readonly table: Table;
  /** Rows dropped. */
  readonly duplicates: number;
  /** Rows dropped whose data differ from the row that was kept; a null differs from a value, flags do not count. */
  readonly conflicts: number;
}

/** Keeps the first of rows with equal `ts`. Two days never share a stamp, so a day's file can be judged by itself. */
export function dropDuplicates(table: Table): Distinct {
  const { ts } = table;
  const data = table.columns.filter(({ name }) => !isFlagColumn(name));
  const kept: number[] = [];
  let conflicts = 0;
  for (let row = 0; row < ts.length; row++) {
    const first = kept[kept.length - 1];
    if (first === undefined || ts[row] !== ts[first]) kept.push(row);
    else if (differ(data, first, row)) conflicts++;
  }
  const duplicates = ts.length - kept.length;
  return { table: duplicates ? takeRows(table, kept) : table, duplicates, conflicts };
}

function differ(columns: readonly Column[], a: number, b: number): boolean {
  return columns.some(({ values }) => {
    const x = values[a]!;
    const y = values[b]!;
    return x !== y && !(x !== x && y !== y);
  });
}
