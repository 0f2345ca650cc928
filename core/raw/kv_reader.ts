import { INT, type Keys, SKIP } from "./keys.ts";
import { keyOrderOf } from "./key_order.ts";
import { kvBatchesOf, MOST_DOMAINS } from "./kv_batches.ts";
import { fillRow, type LineReader, trimBlanks } from "./line_reader.ts";
import { cursor, readNumber } from "./number_bytes.ts";
import type { Row } from "./row.ts";
import { createStampReader } from "./stamp_bytes.ts";
import { holdsStamp, isStamp, readStamp, type StampOptions } from "./stamp_text.ts";

const LF = 10, CR = 13, TAB = 9, SPACE = 32, COLON = 58;

/** What a reader has to know beside the lines' form. */
export interface KvOptions {
  readonly stamps: StampOptions;
  /** How many domains there are. */
  readonly domains: number;
  /** The longest line that may be read in a batch. */
  readonly longest: number;
  /** The fewest bytes that are worth a batch. */
  readonly least: number;
}

/** Makes the reader of `stamp;key:value;key:value` lines. */
export function createKvReader(row: Row, keys: Keys, delimiter: string, options: KvOptions): LineReader {
  const { stamps, domains, longest, least } = options;
  const readStampBytes = createStampReader(stamps);
  const order = keyOrderOf(keys, delimiter);
  const mark = delimiter.charCodeAt(0);
  const tab = mark === TAB ? SPACE : TAB;

  // The hot loop. It guesses the next key from the lines before and compares it as one word; 200-400 MB/s against 15-20
  // by way of text: `deno run -A tests/bench/parse_bench.ts`.
  function readBytes(bytes: Uint8Array, view: DataView, at: number): number {
    const ts = readStampBytes(bytes, view, at);
    if (ts !== ts) return -1;
    const { size, slots, words, masks, lengths, kinds } = order;
    at = cursor.at;
    let guess = 0;
    let count = 0;
    for (;;) {
      let c = bytes[at]!;
      while (c === SPACE || c === tab) c = bytes[++at]!;
      if (c === LF) break;
      if (c !== mark) {
        if (c !== CR || bytes[at + 1] !== LF) return -1;
        at++;
        break;
      }
      do c = bytes[++at]!; while (c === SPACE || c === tab);
      if (c === mark || c === LF || c === CR) continue;
      const word = view.getUint32(at, true) | 0;
      for (;;) {
        if (guess === size) return -1;
        if ((word & masks[guess]!) === words[guess]! && (lengths[guess]! <= 4 || order.matches(guess, bytes, at))) {
          break;
        }
        guess++;
      }
      at += lengths[guess]!;
      c = bytes[at]!;
      while (c === SPACE || c === tab) c = bytes[++at]!;
      let value = NaN;
      if (kinds[guess] === SKIP) {
        at = behindText(bytes, at);
        if (at < 0) return -1;
      } else if (c !== mark && c !== LF && c !== CR) {
        value = readNumber(bytes, at, kinds[guess] === INT, mark);
        at = cursor.at;
        if (at < 0) return -1;
      }
      row.slots[count] = slots[guess++]!;
      row.cells[count++] = value;
    }
    row.ts = ts;
    row.count = count;
    if (row.problems.length > 0) row.problems = [];
    order.misses = 0;
    return at + 1;
  }

  /** Where plain text ends: at the delimiter or the line end; -1 where it is not plain, or may hold a stamp. */
  function behindText(bytes: Uint8Array, at: number): number {
    for (;; at++) {
      const c = bytes[at]!;
      if (c === mark || c === LF || c === CR) return at;
      if ((c < 32 && c !== TAB) || c > 126 || c === COLON) return -1;
    }
  }

  function readText(line: string): string | undefined {
    const entries = new Map<string, string>();
    let end = line.indexOf(delimiter);
    const ts = readStamp(trimBlanks(end < 0 ? line : line.slice(0, end)), stamps);
    if (typeof ts === "string") return ts;
    const isDoubtful = holdsStamp(line.slice(end));
    while (end >= 0) {
      const start = end + 1;
      end = line.indexOf(delimiter, start);
      const segment = trimBlanks(end < 0 ? line.slice(start) : line.slice(start, end));
      if (segment === "") continue;
      const colon = segment.indexOf(":");
      const key = trimBlanks(colon < 0 ? segment : segment.slice(0, colon));
      const value = colon < 0 ? "" : trimBlanks(segment.slice(colon + 1));
      if (isDoubtful && holdsStamp(segment) && !mayBeStamp(key, value)) return "second timestamp";
      entries.set(key, value);
    }
    row.ts = ts;
    fillRow(row, keys, entries);
    order.learn(entries.keys());
    return undefined;
  }

  /** Whether a stamp is what a key has for a value, and not where a line begins whose forerunner lost its end. */
  function mayBeStamp(key: string, value: string): boolean {
    return isStamp(value) && keys.kinds[keys.slotOf(key)] === SKIP;
  }

  const batches = domains > MOST_DOMAINS ? undefined : kvBatchesOf(keys, order, stamps, { domains, longest, least });
  return { readBytes, readText, batches };
}
