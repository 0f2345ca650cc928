// What lines are read by, and what is found in them; `core/raw/kv_batches.ts` fills these in.

/** A key that lines are expected to have. */
@unmanaged
export class Key {
  /** 255 for each of the first 16 bytes of `key:` that there is, and these bytes; else 0. */
  mask: v128;
  head: v128;
  /** The length of `key:`, and where all of it stands. */
  length: u32;
  text: usize;
  kind: u32;
  /** The bit of its domain; 0 where it has none. */
  bit: u32;
  /** Where its values go: one for each line, and in the end one for each row of its domain. */
  column: usize;
  /** How many lines lacked it. */
  lacked: u32;
}

/** Rows of a domain: how many there are, and where their times go if it has not all lines. */
@unmanaged
class Rows {
  count: u32;
  ts: usize;
}

/** The lines of a batch. */
@unmanaged
export class Lines {
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
  /** How many lines were read, and whether times never went back. */
  count: u32;
  sorted: u32;
  /** How many to read at most, and how long they may be. */
  most: u32;
  longest: u32;
  mark: u32;
  comma: u32;
  /** How many keys there are and where they stand; behind them is one that no text fits: its mask is 0, its head is not. */
  keys: u32;
  key: usize;
  domains: u32;
  domain: usize;
  /** Room for the keys that a line lacks. */
  lacking: usize;
  /** Where the times of lines go, and the bits of the domains that they have keys of. */
  ts: usize;
  bits: usize;
}

/** Makes rows of a domain out of what stands line by line: lines without a key of it go. */
export function closeRanks(lines: Lines, domain: u32): void {
  const bit: u32 = 1 << domain;
  const rows = changetype<Rows>(lines.domain + <usize> domain * offsetof<Rows>());
  let count: u32 = 0;
  for (let i: u32 = 0; i < lines.count; i++) count += (load<u32>(lines.bits + (<usize> i << 2)) >> domain) & 1;
  rows.count = count;
  if (count == lines.count) return;
  takeRows(lines.ts, rows.ts, lines, bit);
  for (let i: u32 = 0; i < lines.keys; i++) {
    const key = changetype<Key>(lines.key + <usize> i * offsetof<Key>());
    if (key.bit == bit) takeRows(key.column, key.column, lines, bit);
  }
}

function takeRows(from: usize, to: usize, lines: Lines, bit: u32): void {
  let bits = lines.bits;
  for (const end = from + (<usize> lines.count << 3); from < end; from += 8, bits += 4) {
    store<f64>(to, load<f64>(from));
    if (load<u32>(bits) & bit) to += 8;
  }
}
