import type { CsvHeader } from "./csv_header.ts";
import { splitRecord } from "./csv_text.ts";
import { INT, type Keys, SKIP } from "./keys.ts";
import { fillRow, type LineReader } from "./line_reader.ts";
import { cursor, readNumber } from "./number_bytes.ts";
import type { Row } from "./row.ts";
import { createStampReader, localToUtc, midnightOf, readFraction } from "./stamp_bytes.ts";
import { readStamp, readStampParts, type StampOptions } from "./stamp_text.ts";

const LF = 10, CR = 13, TAB = 9, SPACE = 32, QUOTE = 34;
/** What the columns of the time are, next to SKIP, INT and FLOAT; PART and the five behind it are year to second. */
const STAMP = 3, PART = 4, SECOND = 9;

/** Makes the reader of the rows of a csv. */
export function createCsvReader(
  row: Row,
  keys: Keys,
  header: CsvHeader,
  delimiter: string,
  stamps: StampOptions,
): LineReader {
  const { names, time } = header;
  const width = names.length;
  const data = names.map((name, i) => name !== "" && !time.includes(i));
  const slots = Int32Array.from(names, (name, i) => data[i] ? keys.slotOf(name) : -1);
  const kinds = Int32Array.from(names, (_, i) => {
    const part = time.indexOf(i);
    if (part >= 0) return time.length === 1 ? STAMP : PART + part;
    return data[i] ? keys.kinds[slots[i]!]! : SKIP;
  });
  const readStampBytes = createStampReader(stamps);
  const parts = new Float64Array(6);
  const mark = delimiter.charCodeAt(0);
  const tab = mark === TAB ? SPACE : TAB;
  const point = stamps.comma ? 44 : 46;

  function readBytes(bytes: Uint8Array, view: DataView, at: number): number {
    let ts = NaN;
    let count = 0;
    // A short row must not take parts of the row before.
    if (time.length === 6) parts.fill(NaN);
    for (let field = 0;; field++) {
      let c = bytes[at]!;
      while (c === SPACE || c === tab) c = bytes[++at]!;
      if (field === width) return -1;
      const kind = kinds[field]!;
      let value = NaN;
      if (kind === STAMP) {
        ts = readStampBytes(bytes, view, at);
        at = cursor.at;
        if (ts !== ts) return -1;
      } else if (kind >= PART) {
        value = kind === SECOND ? readSecond(bytes, at) : readDigits(bytes, at, kind === PART ? 4 : 2);
        at = cursor.at;
        if (at < 0) return -1;
        parts[kind - PART] = value;
      } else if (kind === SKIP) {
        at = behindText(bytes, at);
        if (at < 0) return -1;
      } else if (c !== mark && c !== LF && c !== CR) {
        value = readNumber(bytes, at, kind === INT, mark);
        at = cursor.at;
        if (at < 0) return -1;
      }
      const slot = slots[field]!;
      if (slot >= 0) {
        row.slots[count] = slot;
        row.cells[count++] = value;
      }
      c = bytes[at]!;
      while (c === SPACE || c === tab) c = bytes[++at]!;
      if (c === mark) at++;
      else if (c === LF) break;
      else if (c === CR && bytes[at + 1] === LF) {
        at++;
        break;
      } else return -1;
    }
    if (time.length === 6) ts = tsOfParts();
    if (ts !== ts) return -1;
    row.ts = ts;
    row.count = count;
    if (row.problems.length > 0) row.problems = [];
    return at + 1;
  }

  /** `NaN` where a part is missing, out of range or needs a thought. */
  function tsOfParts(): number {
    const [year, month, day, hour, minute, second] = parts as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (!(hour <= 23 && minute <= 59 && second < 60e6)) return NaN;
    const wall = midnightOf(year, month, day) + (hour * 3600 + minute * 60) * 1e6 + second;
    return stamps.clock ? localToUtc(wall, stamps.clock) : wall;
  }

  /** One or two digits, or exactly four. */
  function readDigits(bytes: Uint8Array, at: number, most: number): number {
    let value = 0;
    const first = at;
    for (let c = bytes[at]!; c >= 48 && c <= 57 && at - first < most; c = bytes[++at]!) value = value * 10 + c - 48;
    cursor.at = at === first || (most === 4 && at - first < 4) ? -1 : at;
    return value;
  }

  /** Seconds with an optional fraction, as microseconds. */
  function readSecond(bytes: Uint8Array, at: number): number {
    const seconds = readDigits(bytes, at, 2);
    if (cursor.at < 0 || (bytes[cursor.at] !== 46 && bytes[cursor.at] !== point)) return seconds * 1e6;
    return seconds * 1e6 + readFraction(bytes, cursor.at + 1);
  }

  /** Where plain text ends: at the delimiter or the line end; -1 where it is not plain. */
  function behindText(bytes: Uint8Array, at: number): number {
    for (;; at++) {
      const c = bytes[at]!;
      if (c === mark || c === LF || c === CR) return at;
      if ((c < 32 && c !== TAB) || c > 126 || c === QUOTE) return -1;
    }
  }

  function readText(line: string): string | undefined {
    const fields = splitRecord(line, delimiter);
    if (typeof fields === "string") return fields;
    if (fields.length > width) return "long row";
    const texts = time.map((i) => fields[i] ?? "");
    const ts = texts.length === 1 ? readStamp(texts[0]!, stamps) : readStampParts(texts, stamps);
    // A stamp over several lines begins with a stray quote.
    if (typeof ts === "string") return texts.some((text) => text.includes("\n")) ? "unclosed quote" : ts;
    const entries = new Map<string, string>();
    for (const [i, field] of fields.entries()) if (data[i]) entries.set(names[i]!, field);
    row.ts = ts;
    fillRow(row, keys, entries);
    return undefined;
  }

  return { readBytes, readText };
}
