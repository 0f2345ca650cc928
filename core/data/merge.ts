import { isFlagColumn } from "./naming.ts";
import { readParquet, writeParquet } from "./parquet.ts";
import { compareNatural, concatTables, takeRows } from "./table.ts";

/**
 * Joins the parts of one file, each sorted by time, into `output`. Rows of equal time keep the order of `paths`, so the
 * result does not depend on how rows were spread over parts. Columns are the union, in natural order, flags
 * last.
 */
export function mergeParts(paths: readonly string[], output: string): void {
  const all = concatTables(paths.map((path) => readParquet(path)));
  const { ts } = all;
  const rows = Uint32Array.from(ts, (_, row) => row);
  // Stable by the second term: a part's rows stand before those of the parts behind it.
  rows.sort((a, b) => ts[a]! - ts[b]! || a - b);
  const { columns } = takeRows(all, rows);
  writeParquet(output, {
    ...(all.timeColumn ? { timeColumn: all.timeColumn } : {}),
    ts: ts.slice().sort(),
    columns: columns.toSorted((a, b) =>
      Number(isFlagColumn(a.name)) - Number(isFlagColumn(b.name)) || compareNatural(a.name, b.name)
    ),
  });
}
