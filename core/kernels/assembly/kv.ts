// Plain lines of `stamp;key:value;key:value`, read as `core/raw/kv_reader.ts` reads them, which also takes the odd ones.

import { Clock, readStamp, stampEnd } from "./stamp";

const LF: u32 = 10, CR: u32 = 13, TAB: u32 = 9, SPACE: u32 = 32, PLUS: u32 = 43, MINUS: u32 = 45, DOT: u32 = 46;
/** Kinds of keys, as in `core/raw/keys.ts`. */
const SKIP: u32 = 0, INT: u32 = 1;
/** A mantissa below it, divided by a power of ten up to 10^22, is correctly rounded. */
const EXACT: u64 = 1 << 53;
const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
]);

/** A key that lines are expected to have. */
@unmanaged
class Key {
  /** The first four bytes of `key:`, which bits of them count, its length and where all of it stands. */
  word: u32;
  mask: u32;
  length: u32;
  text: usize;
  kind: u32;
  /** The bit of its domain, and where the domain's number of rows stands; 0 where it has none. */
  bit: u32;
  rows: usize;
  /** Where its values go. */
  column: usize;
  /** How many lines had it; those that had all keys are not counted. */
  seen: u32;
}

/** Rows of a domain: how many there are, and where their times go. */
@unmanaged
class Rows {
  count: u32;
  ts: usize;
}

/** What lines are read by, and what is found. */
@unmanaged
class Lines {
  /** A `Clock`, for stamps without an offset. */
  wallLow: f64;
  wallHigh: f64;
  wallOffset: f64;
  /** Times that are kept: from `low` to `high`, excluded. */
  low: f64;
  high: f64;
  /** The least and the greatest time found. */
  first: f64;
  last: f64;
  /** How many lines were read, how many of them had all keys, and whether times never went back. */
  lines: u32;
  full: u32;
  sorted: u32;
  /** How many to read at most, and how long they may be. */
  most: u32;
  longest: u32;
  mark: u32;
  comma: u32;
  keys: u32;
  key: usize;
  domains: u32;
  domain: usize;
  /** Room for the numbers of a line's keys, a byte each. */
  found: usize;
}

/**
 * Reads lines from `at` to `stop`, behind an LF, until one is odd or its time is not kept; returns where that one starts.
 * In a row of a domain each of its keys has a value, `NaN` where the line lacks it.
 */
export function readLines(at: usize, stop: usize, lines: Lines): usize {
  const low = lines.low;
  const high = lines.high;
  let before = -Infinity;
  while (at < stop && lines.lines < lines.most) {
    const ts = readStamp(at, lines.comma != 0, changetype<Clock>(lines));
    // Written so that NaN fails.
    if (!(ts >= low && ts < high)) break;
    const bits = readPairs(stampEnd, lines);
    if (!bits || lineEnd - 1 - at > <usize> lines.longest) break;
    at = lineEnd;
    if (keysFound == lines.keys) lines.full++;
    else {
      for (let i: usize = 0; i < <usize> keysFound; i++) {
        changetype<Key>(lines.key + <usize> load<u8>(lines.found + i) * offsetof<Key>()).seen++;
      }
    }
    for (let d: u32 = 0, domain = lines.domain; d < lines.domains; d++, domain += offsetof<Rows>()) {
      if (!((bits >> d) & 1)) continue;
      const rows = changetype<Rows>(domain);
      store<f64>(rows.ts + (<usize> rows.count << 3), ts);
      rows.count++;
    }
    if (ts < before) lines.sorted = 0;
    before = ts;
    if (ts < lines.first) lines.first = ts;
    if (ts > lines.last) lines.last = ts;
    lines.lines++;
  }
  return at;
}

/** Where the last line ended, behind its LF, and how many keys it had. */
let lineEnd: usize = 0;
let keysFound: u32 = 0;

/** Reads `;key:value` to the line's end; returns the bits of the domains it has keys of, 0 where it is odd. */
function readPairs(at: usize, lines: Lines): u32 {
  const mark = lines.mark;
  const tab = mark == TAB ? SPACE : TAB;
  const behind = lines.key + <usize> lines.keys * offsetof<Key>();
  let guess = lines.key;
  let found = lines.found;
  let bits: u32 = 0;
  for (;;) {
    let c: u32 = load<u8>(at);
    while (c == SPACE || c == tab) c = load<u8>(++at);
    if (c == LF) break;
    if (c != mark) {
      if (c != CR || load<u8>(at, 1) != LF) return 0;
      at++;
      break;
    }
    do c = load<u8>(++at); while (c == SPACE || c == tab);
    if (c == mark || c == LF || c == CR) continue;
    const word = load<u32>(at);
    for (;; guess += offsetof<Key>()) {
      if (guess == behind) return 0;
      const key = changetype<Key>(guess);
      if ((word & key.mask) == key.word && (key.length <= 4 || same(at, key.text, key.length))) break;
      putValue(key, NaN);
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
    putValue(key, value);
    bits |= key.bit;
    store<u8>(found++, <u8> ((guess - lines.key) / offsetof<Key>()));
    guess += offsetof<Key>();
  }
  for (; guess < behind; guess += offsetof<Key>()) putValue(changetype<Key>(guess), NaN);
  lineEnd = at + 1;
  keysFound = <u32> (found - lines.found);
  return bits;
}

/** Puts a value where the next row of its domain will be. */
function putValue(key: Key, value: f64): void {
  if (key.bit) store<f64>(key.column + (<usize> changetype<Rows>(key.rows).count << 3), value);
}

function same(at: usize, text: usize, length: u32): bool {
  for (let i: usize = 4; i < <usize> length; i++) if (load<u8>(at + i) != load<u8>(text + i)) return false;
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

/** Where the last number ended; 0 where it is odd. */
let numberEnd: usize = 0;

function readNumber(at: usize, whole: bool): f64 {
  numberEnd = 0;
  let c: u32 = load<u8>(at);
  const negative = c == MINUS;
  if (negative || c == PLUS) c = load<u8>(++at);
  let mantissa: u64 = 0;
  const first = at;
  for (; c - 48 <= 9; c = load<u8>(++at)) mantissa = mantissa * 10 + <u64> (c - 48);
  let digits = at - first;
  let scale: usize = 0;
  if (c == DOT) {
    const behind = ++at;
    for (c = load<u8>(at); c - 48 <= 9; c = load<u8>(++at)) mantissa = mantissa * 10 + <u64> (c - 48);
    scale = at - behind;
    digits += scale;
  }
  // Exponents, many digits, names: what has other letters behind its digits is found out by whoever reads on.
  if (digits == 0 || digits > 16 || mantissa >= EXACT || (c | 32) == 101) return NaN;
  const power = load<u64>(POWERS + (scale << 3));
  if (whole && scale && mantissa % power) return NaN;
  numberEnd = at;
  const value = scale ? <f64> mantissa / <f64> power : <f64> mantissa;
  return !negative ? value : whole ? 0 - value : -value;
}
