import { FLOAT, type Keys, SKIP } from "./keys.ts";
import type { BatchReader } from "./kv_batches.ts";
import { readFloat, readInt } from "./number_text.ts";
import { type Row, widenRow } from "./row.ts";

/** Takes the lines of one file apart, in two ways that agree: a quick one for plain lines and an obvious one for all. */
export interface LineReader {
  /**
   * Reads the line at `at` off the bytes into the row. Returns where the next line starts, or -1 where the line needs
   * the obvious way. An LF must follow somewhere, and eight bytes behind it.
   */
  readBytes(bytes: Uint8Array, view: DataView, at: number): number;
  /** Reads a line, without its line end, into the row. Returns the reason if it cannot be used. */
  readText(line: string): string | undefined;
  /** Reads plain lines many at a time, where that is possible. */
  readonly batches?: BatchReader | undefined;
}

/** Reads the values of a line, as text by key, into the row. */
export function fillRow(row: Row, keys: Keys, entries: ReadonlyMap<string, string>): void {
  widenRow(row, entries.size);
  row.problems = [];
  row.count = 0;
  for (const [key, text] of entries) {
    const slot = keys.slotOf(key);
    const kind = keys.kinds[slot]!;
    const value = kind === SKIP ? NaN : kind === FLOAT ? readFloat(text) : readInt(text);
    if (typeof value === "string") row.problems.push({ column: key, value: text, reason: value });
    row.slots[row.count] = slot;
    row.cells[row.count++] = typeof value === "string" ? NaN : value;
  }
}

/** Cuts spaces and tabs off both ends. A loop, as an expression takes quadratic time on long runs of blanks. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start]!)) start++;
  while (end > start && isBlank(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}
