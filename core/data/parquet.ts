/** Parquet files in and out of a `Table`. */
import { disorderedRow, findRepeats } from "../kernels/column_loops.ts";
import { faultOf } from "../parquet/integers.ts";
import { type ColumnRead, readFile } from "../parquet/read_file.ts";
import { writeFile } from "../parquet/write_file.ts";
import { VERSION } from "../version.ts";
import { METADATA_KEY, readMeta } from "./metadata_key.ts";
import { provenance } from "./provenance.ts";
import { readWhole } from "./read_whole.ts";
import { borrowColumn, borrowNear } from "./recycle.ts";
import type { Column, Table } from "./table.ts";

/**
 * Writes `table` to `path`.
 *
 * @throws {TypeError} If `ts` is null or descends somewhere, a column's length differs from `ts`, a column is of another
 * type, holds other than a `Float64Array` or has another's name, or an int64 column holds a fraction or a number above
 * 2^53 in size.
 * @throws {Error} If the file cannot be written: the disk is full, the name too long.
 */
export function writeParquet(path: string | URL, table: Table): void {
  const name = String(path).replace(/^.*[/\\]/s, "");
  const distinct = checkTable(table, name);
  const time = { name: table.timeColumn ?? "ts", type: "int64", values: table.ts } as const;
  const metadata = { version: VERSION, ...provenance(), distinct_ts: distinct, ...ownMeta(table) };
  const bytes = encode(name, time, table.columns, {
    createdBy: `myx version ${VERSION}`,
    metadata: { [METADATA_KEY]: JSON.stringify(metadata) },
  });
  try {
    // `writeFileSync` would copy them first.
    using file = Deno.openSync(path, { write: true, create: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Its path is one of a staging folder, which nobody knows. Its class and code tell others what happened.
    error.message = `Cannot write "${name}": ${error.message.replace(/ \(os error \d+\).*$/s, "")}`;
    throw error;
  }
}

/** What is recorded of every file. A table that was read has that of the file it came from. */
const RECORDED = ["version", "treatment", "treatment_version", "params", "inputs", "distinct_ts"];

function ownMeta({ meta = {} }: Table): Table["meta"] {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !RECORDED.includes(key)));
}

function encode(name: string, ...table: Parameters<typeof writeFile>): Uint8Array {
  try {
    return writeFile(...table);
  } catch (cause) {
    throw cause instanceof TypeError ? new TypeError(`Cannot write "${name}": ${cause.message}`, { cause }) : cause;
  }
}

/** Which rows to read; all of them by default. */
export interface RowRange {
  /** How many rows to pass over. */
  readonly offset?: number;
  /** How many rows to read at most. */
  readonly limit?: number;
}

/** What to read, and where to. */
export interface TableOptions extends RowRange {
  /** Into near columns, see `borrowNear`. */
  readonly near?: boolean;
  /** How many bytes the file has, where it may be growing: what stands behind them is not read. */
  readonly size?: number;
}

/**
 * Reads a Parquet file whose first column is a timestamp. Integers and floats of any width become `int64` and `float64`.
 *
 * @throws {TypeError} If the file is not Parquet, does not begin with a timestamp, has a column of another type, or an
 * integer above 2^53 in size.
 * @throws {RangeError} If `offset` or `limit` is no number of rows.
 * @throws {Deno.errors.NotFound} If there is no such file.
 */
export function readParquet(path: string | URL, options: TableOptions = {}): Table {
  const { columns: [time, ...columns], meta } = decode(path, options);
  if (time?.type !== "time") throw new TypeError(`Cannot read "${path}": its first column is no timestamp`);
  return {
    ts: time.values,
    columns: columns.map(({ name, type, values }): Column => {
      if (type === "time") throw new TypeError(`Cannot read column "${name}" of "${path}": it holds times, no numbers`);
      return { name, type, values };
    }),
    ...(time.name === "ts" ? {} : { timeColumn: time.name }),
    ...(meta ? { meta } : {}),
  };
}

interface Decoded {
  readonly columns: readonly ColumnRead[];
  readonly meta: Table["meta"];
}

function decode(path: string | URL, { offset, limit, near, size }: TableOptions): Decoded {
  for (const [name, rows] of [["offset", offset ?? 0], ["limit", limit ?? Infinity]] as const) {
    if (rows >= 0 && (Number.isInteger(rows) || rows === Infinity)) continue;
    throw new RangeError(`Cannot read "${path}": ${name} is ${rows}, expected a number of rows`);
  }
  const bytes = readWhole(path, size);
  try {
    const { columns, metadata } = readFile(bytes, { offset, limit, allocate: near ? borrowNear : borrowColumn });
    return { columns, meta: readMeta(metadata) };
  } catch (cause) {
    throw new TypeError(`Cannot read "${path}" as Parquet: ${faultOf(cause)}`, { cause });
  }
}

/** Checks lengths and times; returns how many times differ. */
function checkTable(table: Table, file: string): number {
  const { ts, timeColumn = "ts" } = table;
  checkColumns([{ name: timeColumn, type: "int64", values: ts }, ...table.columns], file);
  const repeats = findRepeats(ts);
  if (!repeats.ascending) {
    throw new TypeError(`Cannot write "${file}": ts is null or goes back in row ${disorderedRow(ts)}`);
  }
  for (const { name, values } of table.columns) {
    if (values.length !== ts.length) {
      throw new TypeError(`Cannot write "${file}": column "${name}" has ${values.length} rows and ts ${ts.length}`);
    }
  }
  return ts.length - repeats.rows.length;
}

/** Nobody checks the types of a treatment before it runs, and the kernels take 8 bytes for each value. */
function checkColumns(columns: readonly Column[], file: string): void {
  const names = new Set<unknown>();
  for (const { name, type, values } of columns) {
    const wrong = (why: string) => new TypeError(`Cannot write "${file}": column ${JSON.stringify(name)} ${why}`);
    if (typeof name !== "string" || names.has(name)) throw wrong("has no name of its own");
    names.add(name);
    if (type !== "int64" && type !== "float64") {
      throw wrong(`has type ${JSON.stringify(type)}, expected "int64" or "float64"`);
    }
    if (!(values instanceof Float64Array)) {
      const found = (values as object | undefined)?.constructor?.name ?? String(values);
      throw wrong(`has its values in ${found}, expected Float64Array`);
    }
  }
}
