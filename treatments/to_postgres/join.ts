import { type Column, type InputFile, readParquet, type Table, timesFault } from "myx";

/**
 * Reads a file of one day whose rows are told apart by `ts`; `onRepeat` hears how many were not.
 *
 * @throws {TypeError} If its times do not ascend or are of another day.
 */
export function readDay(file: InputFile, onRepeat: (rows: number) => void): Table {
  const table = readParquet(file.path);
  const fault = timesFault(table.ts, file.day!);
  if (fault) throw new TypeError(`Cannot load "${file.name}": ${fault}`);
  return dropRepeats(table, onRepeat);
}

/** Keeps the first of rows with equal `ts`. */
function dropRepeats(table: Table, onRepeat: (rows: number) => void): Table {
  const { ts, columns } = table;
  let count = 0;
  for (let row = 0; row < ts.length; row++) if (row === 0 || ts[row] !== ts[row - 1]) count++;
  if (count === ts.length) return table;
  onRepeat(ts.length - count);
  const first = (values: Float64Array) => values.filter((_, row) => row === 0 || ts[row] !== ts[row - 1]);
  return { ...table, ts: first(ts), columns: columns.map((column) => ({ ...column, values: first(column.values) })) };
}

/** The outer join of tables on `ts`: every time that any of them has, null where one does not have it. */
export function joinTables(tables: readonly Table[]): { ts: Float64Array; columns: Column[] } {
  const ts = unionOf(tables.map((table) => table.ts));
  const columns = tables.flatMap((table) =>
    table.ts.length === ts.length ? table.columns : table.columns.map((column) => ({
      ...column,
      values: spread(ts, table.ts, column.values),
    }))
  );
  return { ts, columns };
}

function unionOf(times: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(0), ...others] = times;
  if (others.every((other) => other.length === first.length && other.every((time, row) => time === first[row]))) {
    return first;
  }
  const all = new Float64Array(times.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of times) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let count = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i]!;
  return all.subarray(0, count);
}

/** The `values` of rows with the times `from` in rows with the times `ts`, which has all of them. */
function spread(ts: Float64Array, from: Float64Array, values: Float64Array): Float64Array {
  const out = new Float64Array(ts.length).fill(NaN);
  for (let row = 0, to = 0; row < from.length; row++) {
    while (ts[to] !== from[row]) to++;
    out[to] = values[row]!;
  }
  return out;
}
