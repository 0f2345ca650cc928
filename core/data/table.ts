import { isFlagColumn } from "./naming.ts";

/** One data column. A null is `NaN`: sensors never send it, and every kernel can test it without a second array. */
export interface Column {
  /** Name in the file. */
  readonly name: string;
  /** How the column is stored in Parquet. An `int64` column holds whole numbers up to 2^53 in size. */
  readonly type: ColumnType;
  /** One value per row; null is `NaN`. */
  readonly values: Float64Array;
}

/** The two types a data column can have. */
export type ColumnType = "int64" | "float64";

/** Columns of one length that share a time axis. */
export interface Table {
  /** Microseconds since 1970-01-01T00:00:00Z, ascending. Whole numbers below 2^53 are exact in a double. */
  readonly ts: Float64Array;
  /** Data columns in file order, flags last; `ts` is not among them. */
  readonly columns: readonly Column[];
  /** What the time column is called in the file, if it is not `ts`. */
  readonly timeColumn?: string;
  /**
   * What a treatment wants its successors to know; stored as JSON in the Parquet file. Of a file that was read also what
   * myx records of it (`version`, `treatment`, `treatment_version`, `params`, `inputs`, `distinct_ts`), which is recorded
   * anew wherever a table is written.
   */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Returns the rows `start` (included) to `end` (excluded) of `table`, sharing its memory. */
export function sliceTable(table: Table, start: number, end: number): Table {
  return {
    ...table,
    ts: table.ts.subarray(start, end),
    columns: table.columns.map((column) => ({ ...column, values: column.values.subarray(start, end) })),
  };
}

/**
 * Puts tables one behind another. The result has every column that any of them has, in order of first appearance; rows
 * of a table without a column are null there. All else is the first table's.
 *
 * @throws {TypeError} If a column is `int64` in one table and `float64` in another.
 */
export function concatTables(tables: readonly Table[]): Table {
  if (tables.length === 1) return tables[0]!;
  const rows = tables.reduce((sum, table) => sum + table.ts.length, 0);
  const ts = new Float64Array(rows);
  const columns = new Map<string, Column>();
  let at = 0;
  for (const table of tables) {
    ts.set(table.ts, at);
    for (const { name, type, values } of table.columns) {
      let column = columns.get(name);
      if (!column) columns.set(name, column = { name, type, values: new Float64Array(rows).fill(NaN) });
      if (column.type !== type) {
        throw new TypeError(`Cannot join column "${name}": it is ${column.type} in one table and ${type} in another`);
      }
      column.values.set(values, at);
    }
    at += table.ts.length;
  }
  return { ...tables[0], ts, columns: [...columns.values()] };
}

/** Returns the rows of `table` in the order of `rows` (row numbers). */
export function takeRows(table: Table, rows: ArrayLike<number>): Table {
  const take = (values: Float64Array) => {
    const out = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!;
    return out;
  };
  return {
    ...table,
    ts: take(table.ts),
    columns: table.columns.map((column) => ({ ...column, values: take(column.values) })),
  };
}

/** Returns the first row whose `ts` is not below `time` (microseconds), or the row count. */
export function lowerBound(ts: Float64Array, time: number): number {
  let low = 0;
  let high = ts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ts[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Orders names as a person would: `m2` before `m10`. Equal but for leading zeros falls back to code units. */
export function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i]!;
    const y = right[i]!;
    if (x === y) continue;
    if (/\d/.test(x) && /\d/.test(y)) {
      const difference = BigInt(x) - BigInt(y);
      if (difference !== 0n) return difference < 0n ? -1 : 1;
    }
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/** Orders the columns of a file: data as a person would, flags behind it. */
export function compareColumns(a: string, b: string): number {
  return Number(isFlagColumn(a)) - Number(isFlagColumn(b)) || compareNatural(a, b);
}
