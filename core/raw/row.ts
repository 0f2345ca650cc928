/** One line taken apart; one object is filled again and again. */
export interface Row {
  /** Microseconds since 1970. */
  ts: number;
  /** How many keys the line has; the arrays may be longer. */
  count: number;
  /** The keys, by slot; none twice. */
  slots: Int32Array;
  /** Their values; `NaN` is null. */
  cells: Float64Array;
  /** Values that could not be used and became null. */
  problems: Problem[];
}

/** A value that could not be used. */
export interface Problem {
  /** The key it came under. */
  readonly column: string;
  /** The value as written. */
  readonly value: string;
  /** Why, in a few words. */
  readonly reason: string;
}

/** Makes a row for lines of up to `width` keys. */
export function createRow(width: number): Row {
  return { ts: NaN, count: 0, slots: new Int32Array(width), cells: new Float64Array(width), problems: [] };
}

/** Makes room for `width` keys; what the row held is lost. */
export function widenRow(row: Row, width: number): void {
  if (row.slots.length >= width) return;
  row.slots = new Int32Array(2 * width);
  row.cells = new Float64Array(2 * width);
}

/** What takes the rows of a file, in the order of its lines. */
export interface RowStore {
  /** Keeps a row, whose arrays are used again, and says whether a domain had a key of it. */
  add(row: Row): boolean;
}
