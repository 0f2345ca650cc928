import { MOST_ORDERED } from "./key_order.ts";
import type { Keys } from "./keys.ts";

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

/** Rows by register of keys: that of one file serves for the next. */
const rows = new WeakMap<Keys, Row>();

/** The row of a register of keys, with room for as many as lines read the quick way have. */
export function rowOf(keys: Keys): Row {
  let row = rows.get(keys);
  if (!row) {
    const [slots, cells] = [new Int32Array(MOST_ORDERED), new Float64Array(MOST_ORDERED)];
    rows.set(keys, row = { ts: NaN, count: 0, slots, cells, problems: [] });
  }
  return row;
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
  /** Where whole columns are kept: what takes many rows at once. */
  readonly batches?: BatchStore;
}

/** What takes rows in batches. */
export interface BatchStore {
  /** The first time that a batch may have: the start of the day that came last. */
  readonly low: number;
  /** The time behind the last that a batch may have. */
  readonly high: number;
  /** Keeps the rows of lines that each have a key of a domain. The arrays are good until it returns. */
  addBatch(batch: Batch): void;
}

/** Rows of lines that followed one another, as columns. */
export interface Batch {
  /** How many lines. */
  readonly lines: number;
  /** Whether times never go back. */
  readonly sorted: boolean;
  /** Of each domain the times of the lines that have a key of it. */
  readonly times: readonly Float64Array[];
  /** The keys that they have, in the order of lines. */
  readonly columns: readonly BatchColumn[];
}

/** A key of a batch and its values. */
export interface BatchColumn {
  /** The key, by slot. */
  readonly slot: number;
  /** How many lines had it: at least one. */
  readonly count: number;
  /** One value for each of its domain's times, `NaN` for null; none where it has no domain. */
  readonly values: Float64Array | undefined;
}
