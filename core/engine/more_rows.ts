import { readParquet } from "../data/parquet.ts";
import type { Table } from "../data/table.ts";

/** Whether a Parquet file has rows, or a column with values, that the one which is to take its place lacks. */
export function hasMoreRows(path: string, next: string): boolean {
  let before: Table;
  try {
    before = readParquet(path);
  } catch {
    return false; // Nobody can read what it held.
  }
  const after = readParquet(next);
  const names = new Set(after.columns.map(({ name }) => name));
  const isLost = ({ name, values }: Table["columns"][number]) =>
    !names.has(name) && values.some((value) => !Number.isNaN(value));
  if (before.columns.some(isLost)) return true;
  for (let i = 0, j = 0; i < before.ts.length; i++, j++) {
    while (after.ts[j]! < before.ts[i]!) j++;
    if (after.ts[j] !== before.ts[i]) return true;
  }
  return false;
}
