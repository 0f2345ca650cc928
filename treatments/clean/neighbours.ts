import { type InputFile, readParquet, sliceTable, type Table } from "myx";
import { dropDuplicates } from "./duplicates.ts";

/** Values of neighbouring days that the windows of a day's first and last rows reach into, by column name. */
export interface Neighbours {
  readonly before: ReadonlyMap<string, Float64Array>;
  readonly after: ReadonlyMap<string, Float64Array>;
}

/** How much to read on each side, and of what. */
export interface Reach {
  /** Rows wanted before the first and behind the last row of the day; fewer are returned where no more exist. */
  readonly before: number;
  readonly after: number;
  readonly distinct: boolean;
  readonly columns: readonly string[];
}

/** Reads the rows nearest to `own` from the halo files, which stand in day order, however many days lie between. */
export function readNeighbours(files: readonly InputFile[], own: InputFile, reach: Reach): Neighbours {
  const halo = files.filter((file) => file.role === "halo" && file.window === own.window);
  const earlier = halo.filter((file) => file.day! < own.day!).reverse();
  const later = halo.filter((file) => file.day! > own.day!);
  return {
    before: collect(earlier, reach, reach.before, "end"),
    after: collect(later, reach, reach.after, "start"),
  };
}

/** Takes rows from one end of each file, nearest file first, until `want` are there. A column a file lacks is null. */
function collect(
  files: readonly InputFile[],
  { distinct, columns }: Reach,
  want: number,
  end: "start" | "end",
): Map<string, Float64Array> {
  const pieces = new Map<string, Float64Array[]>(columns.map((name) => [name, []]));
  let left = want;
  for (const file of files) {
    if (left === 0) break;
    const table = readEnd(file, left, distinct, end);
    const rows = table.ts.length;
    const count = Math.min(rows, left);
    const start = end === "end" ? rows - count : 0;
    left -= count;
    for (const [name, list] of pieces) {
      const column = table.columns.find((candidate) => candidate.name === name);
      // Copied, so that the neighbour's other rows can be freed.
      list.push(column ? column.values.slice(start, start + count) : new Float64Array(count).fill(NaN));
    }
  }
  return new Map([...pieces].map(([name, list]) => [name, join(end === "end" ? list.reverse() : list, want - left)]));
}

/**
 * Reads at least `want` rows from one end of a file, or all it has. A day is 86,400 rows and a window reaches into ten of
 * them, so a few more than these are tried first: some may be repeated.
 */
function readEnd(file: InputFile, want: number, distinct: boolean, end: "start" | "end"): Table {
  const limit = 2 * want + 16;
  if (file.rows !== undefined && file.rows > limit) {
    const offset = end === "end" ? file.rows - limit : 0;
    const table = rowsOf(readParquet(file.path, { offset, limit }), distinct);
    // The first row behind a cut may repeat one before it, which then is the one to keep.
    const whole = distinct && end === "end" ? sliceTable(table, 1, table.ts.length) : table;
    if (whole.ts.length >= want) return whole;
  }
  return rowsOf(readParquet(file.path), distinct);
}

function rowsOf(table: Table, distinct: boolean): Table {
  return distinct ? dropDuplicates(table).table : table;
}

function join(pieces: readonly Float64Array[], length: number): Float64Array {
  const out = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
