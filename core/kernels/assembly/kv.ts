// Plain lines of `stamp;key:value;key:value`, read as `core/raw/kv_reader.ts` reads them, which also takes the odd ones.

import { countDigits, loadEight, numberOf, POWERS } from "./digits";
import { closeRanks, Key, Lines } from "./lines";
import { numberEnd, readNumber } from "./number";
import { Clock, readStamp, stampEnd } from "./stamp";

const LF: u32 = 10, CR: u32 = 13, TAB: u32 = 9, SPACE: u32 = 32, MINUS: u32 = 45, DOT: u32 = 46, COLON: u32 = 58;
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
  let guess = lines.key;
  let bits: u32 = 0;
  let c: u32 = load<u8>(at);
  lackingEnd = lines.lacking;
  for (;;) {
    // The usual: the next key as guessed, and few digits. All else is read from the mark on by `readRare`.
    while (c == mark) {
      const key = changetype<Key>(guess);
      if (!stands(at + 1, key)) break;
      let end = at + 1 + <usize> key.length;
      let word = loadEight(end);
      let digits = countDigits(word);
      let negative = false;
      if (!digits) {
        if (load<u8>(end) != MINUS) break;
        negative = true;
        word = loadEight(++end);
        digits = countDigits(word);
        if (!digits) break;
      }
      let mantissa = <i64> numberOf(word, digits);
      end += <usize> digits;
      let next: u32 = load<u8>(end);
      let power: i64 = 1;
      if (next == DOT) {
        if (key.kind != FLOAT || digits == 8) break;
        word = loadEight(++end);
        digits = countDigits(word);
        if (!digits) break;
        power = load<i64>(POWERS + (<usize> digits << 3));
        mantissa = mantissa * power + <i64> numberOf(word, digits);
        end += <usize> digits;
        next = load<u8>(end);
      }
      if (next != mark && next != LF) break;
      if (negative) {
        // Zero has a sign or not.
        if (!mantissa) break;
        mantissa = -mantissa;
      }
      let value = <f64> mantissa;
      if (power > 1) value /= <f64> power;
      at = end;
      store<f64>(key.column + row, value);
      bits |= key.bit;
      guess += offsetof<Key>();
      c = next;
    }
    if (c == LF) break;
    at = readRare(at, guess, lines, row);
    if (!at) return 0;
    guess = guessed;
    bits |= guessedBit;
    c = load<u8>(at);
  }
  const behind = lines.key + <usize> lines.keys * offsetof<Key>();
  for (; guess < behind; guess += offsetof<Key>()) putNull(changetype<Key>(guess), row);
  lineEnd = at + 1;
  return bits;
}

/** The key to guess behind what was read last, and the bit of that one's domain. */
let guessed: usize = 0;
let guessedBit: u32 = 0;

/** Reads one `;key:value`, however it is written, or what stands instead; returns where that ends, 0 where it is odd. */
function readRare(at: usize, guess: usize, lines: Lines, row: usize): usize {
  const mark = lines.mark;
  const tab = mark == TAB ? SPACE : TAB;
  guessed = guess;
  guessedBit = 0;
  at = behindBlanks(at, tab);
  let c: u32 = load<u8>(at);
  if (c == LF) return at;
  if (c != mark) return c == CR && load<u8>(at, 1) == LF ? at + 1 : 0;
  at = behindBlanks(at + 1, tab);
  c = load<u8>(at);
  if (c == mark || c == LF || c == CR) return at;
  const behind = lines.key + <usize> lines.keys * offsetof<Key>();
  for (;; guess += offsetof<Key>()) {
    if (guess == behind) return 0;
    if (stands(at, changetype<Key>(guess))) break;
    putNull(changetype<Key>(guess), row);
  }
  const key = changetype<Key>(guess);
  at = behindBlanks(at + <usize> key.length, tab);
  c = load<u8>(at);
  let value: f64 = NaN;
  if (key.kind == SKIP) at = behindText(at, mark);
  else if (c != mark && c != LF && c != CR) {
    value = readNumber(at, key.kind == INT);
    at = numberEnd;
  }
  store<f64>(key.column + row, value);
  guessed = guess + offsetof<Key>();
  guessedBit = key.bit;
  return at;
}

function behindBlanks(at: usize, tab: u32): usize {
  for (let c: u32 = load<u8>(at); c == SPACE || c == tab;) c = load<u8>(++at);
  return at;
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

/** Where plain text ends: at the delimiter or the line end; 0 where it is not plain, or may hold a stamp. */
function behindText(at: usize, mark: u32): usize {
  let c: u32 = load<u8>(at);
  while (c != mark && c != LF && c != CR) {
    if ((c < 32 && c != TAB) || c > 126 || c == COLON) return 0;
    c = load<u8>(++at);
  }
  return at;
}
