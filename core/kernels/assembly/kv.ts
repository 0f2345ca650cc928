// Plain lines of `stamp;key:value;key:value`, read as `core/raw/kv_reader.ts` reads them, which also takes the odd ones.

import { loadEight, notDigits, numberOf, POWERS } from "./digits";
import { closeRanks, Key, Lines } from "./lines";
import { numberEnd, readNumber } from "./number";
import { Clock, readStamp, stampEnd } from "./stamp";

const LF: u32 = 10, CR: u32 = 13, TAB: u32 = 9, SPACE: u32 = 32, DOT: u32 = 46;
/** Kinds of keys, as in `core/raw/keys.ts`. */
const SKIP: u32 = 0, INT: u32 = 1, FLOAT: u32 = 2;

/**
 * Reads lines from `at` to `stop`, behind an LF, until one is odd or its time is not kept; returns where that one starts.
 * In a row of a domain each of its keys has a value, `NaN` where the line lacks it. 16 bytes behind `stop` may be read.
 */
export function readLines(at: usize, stop: usize, lines: Lines): usize {
  const low = lines.low;
  const high = lines.high;
  const most = lines.most;
  let before = -Infinity;
  let line: u32 = 0;
  for (; at < stop && line < most; line++) {
    const ts = readStamp(at, lines.comma != 0, changetype<Clock>(lines));
    // Written so that NaN fails.
    if (!(ts >= low && ts < high)) break;
    const bits = readPairs(stampEnd, lines, <usize> line << 3);
    if (!bits || lineEnd - 1 - at > <usize> lines.longest) break;
    at = lineEnd;
    for (let key = lines.lacking; key < lackingEnd; key += 4) changetype<Key>(load<usize>(key)).lacked++;
    store<f64>(lines.ts + (<usize> line << 3), ts);
    store<u32>(lines.bits + (<usize> line << 2), bits);
    if (ts < before) lines.sorted = 0;
    before = ts;
    if (ts < lines.first) lines.first = ts;
    if (ts > lines.last) lines.last = ts;
  }
  lines.count = line;
  for (let domain: u32 = 0; domain < lines.domains; domain++) closeRanks(lines, domain);
  return at;
}

/** Where the last line ended, behind its LF, and where the list of the keys that it lacks does. */
let lineEnd: usize = 0;
let lackingEnd: usize = 0;

/**
 * Reads `;key:value` to the line's end into the columns, `row` bytes behind their beginnings; returns the bits of the
 * domains that the line has keys of, 0 where it is odd.
 */
function readPairs(at: usize, lines: Lines, row: usize): u32 {
  const mark = lines.mark;
  const tab = mark == TAB ? SPACE : TAB;
  const behind = lines.key + <usize> lines.keys * offsetof<Key>();
  let guess = lines.key;
  let bits: u32 = 0;
  let c: u32 = load<u8>(at);
  lackingEnd = lines.lacking;
  for (;;) {
    // The usual: the next key as guessed, and up to seven digits. This loop leaves all else to what follows it, at the mark.
    while (c == mark) {
      const key = changetype<Key>(guess);
      if (!stands(at + 1, key)) break;
      const from = at + 1 + <usize> key.length;
      let word = loadEight(from);
      let others = notDigits(word);
      let end = ctz(others);
      let next: u32 = load<u8>(from + <usize> (end >> 3));
      let decimals: u64 = 0;
      if (next == DOT && key.kind == FLOAT) {
        const point = end - 7;
        others &= others - 1;
        end = ctz(others);
        decimals = ((end - point) >> 3) - 1;
        // Nothing but the point is no number.
        if (end == 15) break;
        // The digits before the point move up into its place.
        word = (word & (-256 << point)) | (word & ~(-1 << point)) << 8;
        next = load<u8>(from + <usize> (end >> 3));
      }
      // No digit, or eight.
      if (end - 8 >= 56) break;
      if (next != mark && next != LF) break;
      at = from + <usize> (end >> 3);
      // All digits move to the upper end; zeros come in before them.
      let value = <f64> <i64> numberOf(word << (71 - end));
      if (decimals) value /= <f64> <i64> load<u64>(POWERS + (<usize> decimals << 3));
      store<f64>(key.column + row, value);
      bits |= key.bit;
      guess += offsetof<Key>();
      c = next;
    }
    while (c == SPACE || c == tab) c = load<u8>(++at);
    if (c == LF) break;
    if (c != mark) {
      if (c != CR || load<u8>(at, 1) != LF) return 0;
      at++;
      break;
    }
    do c = load<u8>(++at); while (c == SPACE || c == tab);
    if (c == mark || c == LF || c == CR) continue;
    for (;; guess += offsetof<Key>()) {
      if (guess == behind) return 0;
      if (stands(at, changetype<Key>(guess))) break;
      putNull(changetype<Key>(guess), row);
    }
    const key = changetype<Key>(guess);
    at += <usize> key.length;
    c = load<u8>(at);
    while (c == SPACE || c == tab) c = load<u8>(++at);
    let value: f64 = NaN;
    if (key.kind == SKIP) at = behindText(at, mark);
    else if (c != mark && c != LF && c != CR) {
      value = readNumber(at, key.kind == INT);
      at = numberEnd;
    }
    if (!at) return 0;
    store<f64>(key.column + row, value);
    bits |= key.bit;
    guess += offsetof<Key>();
    c = load<u8>(at);
  }
  for (; guess < behind; guess += offsetof<Key>()) putNull(changetype<Key>(guess), row);
  lineEnd = at + 1;
  return bits;
}

/** Notes that the line lacks a key. */
function putNull(key: Key, row: usize): void {
  store<f64>(key.column + row, NaN);
  store<usize>(lackingEnd, changetype<usize>(key));
  lackingEnd += 4;
}

/** Whether `key:` stands at `at`. */
function stands(at: usize, key: Key): bool {
  if (v128.any_true(v128.xor(v128.and(v128.load(at), key.mask), key.head))) return false;
  return key.length <= 16 || same(at, key.text, key.length);
}

function same(at: usize, text: usize, length: u32): bool {
  for (let i: usize = 16; i < <usize> length; i++) if (load<u8>(at + i) != load<u8>(text + i)) return false;
  return true;
}

/** Where plain text ends: at the delimiter or the line end; 0 where it is not plain. */
function behindText(at: usize, mark: u32): usize {
  let c: u32 = load<u8>(at);
  while (c != mark && c != LF && c != CR) {
    if ((c < 32 && c != TAB) || c > 126) return 0;
    c = load<u8>(++at);
  }
  return at;
}
