import { type InputFile, lowerBound, readParquet, sliceTable, type Table, timesFault } from "myx";
import type { ExportColumn } from "./columns.ts";

/** First and last microsecond to export. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the rows of a file that lie in `range`.
 *
 * @throws {TypeError} If its times do not ascend or are of another day.
 */
export function readRows(file: InputFile, { from, to }: Range): Table {
  const table = readDay(file);
  return sliceTable(table, lowerBound(table.ts, from), lowerBound(table.ts, to + 1));
}

/** Rows are looked up by time: in files whose times are in disorder some would not be found. */
function readDay(file: InputFile): Table {
  const table = readParquet(file.path);
  const fault = timesFault(table.ts, file.day!);
  if (fault) throw new TypeError(`Cannot export "${file.name}": ${fault}`);
  return table;
}

/** The first of `files` that has rows in `range`, and those rows. */
export function findRows(files: Iterable<InputFile>, range: Range): { file: InputFile; rows: Table } | undefined {
  for (const file of files) {
    const rows = readRows(file, range);
    if (rows.ts.length) return { file, rows };
  }
  return undefined;
}

/**
 * The values of each exported column in the rows of one day, `table`: from the exported domain or, by left join on `ts`,
 * from `others`, the day's files of the other domains; `undefined` for a column that the day lacks. `domains` keeps the
 * domain of each column found so far, from day to day.
 *
 * @throws {TypeError} If a column is in two domains, or the times of a file do not ascend or are of another day.
 */
export function findColumns(
  columns: readonly ExportColumn[],
  { table, domain, others }: { table: Table; domain: string; others: readonly InputFile[] },
  domains: Map<string, string>,
): (Float64Array | undefined)[] {
  const found = new Map<string, Float64Array>();
  const take = (table: Table, domain: string, ts?: Float64Array) => {
    for (const { name, values } of table.columns) {
      if (!columns.some(({ source }) => source === name)) continue;
      checkDomain(name, domain, domains);
      found.set(name, ts ? joinOn(ts, table.ts, values) : values);
    }
  };
  take(table, domain);
  const isWanted = ({ source }: ExportColumn) => domains.get(source) !== domain;
  if (columns.some(isWanted)) {
    for (const file of others) {
      const right = readDay(file);
      const wanted = right.columns.filter(({ name }) => domains.get(name) !== domain);
      take({ ...right, columns: wanted }, file.domain!, table.ts);
    }
  }
  return columns.map(({ source }) => found.get(source));
}

function checkDomain(column: string, domain: string, domains: Map<string, string>): void {
  const known = domains.get(column) ?? domain;
  if (known !== domain) {
    throw new TypeError(
      `Cannot export column "${column}": it is in domain "${known}" and in domain "${domain}"; leave it out of columns ` +
        "or rename it in one of the two",
    );
  }
  domains.set(column, domain);
}

/** The `values` of rows with the times `from`, in rows with the times `ts`; null where there is none. */
function joinOn(ts: Float64Array, from: Float64Array, values: Float64Array): Float64Array {
  const out = new Float64Array(ts.length).fill(NaN);
  let row = 0;
  for (let i = 0; i < ts.length; i++) {
    while (row < from.length && from[row]! < ts[i]!) row++;
    if (from[row] === ts[i]) out[i] = values[row]!;
  }
  return out;
}
