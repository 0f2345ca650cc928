// DELTA_BINARY_PACKED: the first value, then differences in as few bits as the largest of 32 needs.

import { addFour, FEW_BITS, FOUR, placesOf } from "./unpack";

const BLOCK: i32 = 128;
const MINI: i32 = 32;
/** Whole numbers up to here are exact in a double. */
const MOST: i64 = 1 << 53;

function writeVarint(at: usize, value: u64): usize {
  for (; value >= 128; value >>= 7) store<u8>(at++, <u8> (value | 128));
  store<u8>(at++, <u8> value);
  return at;
}

function writeZigzag(at: usize, value: i64): usize {
  return writeVarint(at, <u64> ((value << 1) ^ (value >> 63)));
}

/**
 * Writes whole numbers up to 2^53 in size, given as doubles, and returns where the bytes end: at most 8 per value, 40 and
 * 15 per 128 values. `scratch` has room for 128 numbers.
 */
export function encodeDelta(values: usize, count: i32, out: usize, scratch: usize): usize {
  out = writeVarint(out, BLOCK);
  out = writeVarint(out, BLOCK / MINI);
  out = writeVarint(out, count);
  out = writeZigzag(out, count ? <i64> load<f64>(values) : 0);
  for (let at = 1; at < count; at += BLOCK) {
    const length = min(BLOCK, count - at);
    const from = values + (<usize> at << 3);
    const near = length == BLOCK ? encodeNear(from, out, scratch) : 0;
    if (near) {
      out = near;
      continue;
    }
    let before = <i64> load<f64>(from - 8);
    let least = i64.MAX_VALUE;
    for (let i = 0; i < length; i++) {
      const value = <i64> load<f64>(from + (<usize> i << 3));
      const delta = value - before;
      store<i64>(scratch + (<usize> i << 3), delta);
      before = value;
      if (delta < least) least = delta;
    }
    // The last block is filled up with what costs no bits.
    for (let i = length; i < BLOCK; i++) store<i64>(scratch + (<usize> i << 3), least);
    out = writeZigzag(out, least);
    const widths = out;
    out += BLOCK / MINI;
    for (let mini = 0; mini < BLOCK / MINI; mini++) {
      const from = scratch + (<usize> (mini * MINI) << 3);
      let bits: u64 = 0;
      for (let i = 0; i < MINI; i++) {
        const delta = <u64> (load<i64>(from + (<usize> i << 3)) - least);
        store<u64>(from + (<usize> i << 3), delta);
        bits |= delta;
      }
      const width = <u32> (64 - clz(bits));
      store<u8>(widths + mini, <u8> width);
      if (width) out = packMini(from, width, out);
    }
  }
  return out;
}

/** Packs 32 numbers: one word of 32 bits per bit of width. */
function packMini(from: usize, width: u32, out: usize): usize {
  let word: u64 = 0;
  let used: u32 = 0;
  for (let end = from + (MINI << 3); from < end; from += 8) {
    const delta = load<u64>(from);
    word |= delta << used;
    used += width;
    if (used < 64) continue;
    store<u64>(out, word);
    out += 8;
    used -= 64;
    word = used ? delta >> (width - used) : 0;
  }
  if (used) store<u32>(out, <u32> word);
  return out + (used >> 3);
}

/** Differences of at most so many bits are packed by fours: four of them fit a word. */
const NEAR: i32 = 16;
/** Those below this in size are what lanes of 32 bits hold, and not the nearest that these can; their spans fit, too. */
const SMALL: i32 = 1 << 30;
/** Bytes of a block and of a mini block in such lanes. */
const BLOCK_BYTES: usize = BLOCK << 2, MINI_BYTES: usize = MINI << 2;

/**
 * Writes a block of 128 numbers that lie near each other, as those of sensors do, in half the time that others take. One
 * more number stands before them. Returns where the bytes end, or 0 if they do not lie that near.
 */
function encodeNear(values: usize, out: usize, scratch: usize): usize {
  let least = i32x4.splat(i32.MAX_VALUE);
  let greatest = i32x4.splat(i32.MIN_VALUE);
  for (let at: usize = 0; at < BLOCK_BYTES; at += 16) {
    const from = values + (at << 1);
    const first = f64x2.sub(v128.load(from), v128.load(from - 8));
    const second = f64x2.sub(v128.load(from, 16), v128.load(from, 8));
    const four = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(first), i32x4.trunc_sat_f64x2_s_zero(second), 0, 2);
    v128.store(scratch + at, four);
    least = i32x4.min_s(least, four);
    greatest = i32x4.max_s(greatest, four);
  }
  least = i32x4.min_s(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
  const bottom = min(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1));
  greatest = i32x4.max_s(greatest, v128.shuffle<i32>(greatest, greatest, 2, 3, 0, 1));
  const top = max(i32x4.extract_lane(greatest, 0), i32x4.extract_lane(greatest, 1));
  if (bottom <= -SMALL || top >= SMALL || (top - bottom) >> NEAR) return 0;
  out = writeZigzag(out, bottom);
  const widths = out;
  out += BLOCK / MINI;
  for (let mini = 0; mini < BLOCK / MINI; mini++) {
    out = packNear(scratch + <usize> mini * MINI_BYTES, i32x4.splat(bottom), widths + mini, out);
  }
  return out;
}

/** Packs 32 differences, less the least of their block, and notes their width; returns where their bytes end. */
function packNear(from: usize, least: v128, width: usize, out: usize): usize {
  let bits = i32x4.splat(0);
  for (let at: usize = 0; at < MINI_BYTES; at += 16) bits = v128.or(bits, i32x4.sub(v128.load(from + at), least));
  const any = i64x2.extract_lane(bits, 0) | i64x2.extract_lane(bits, 1);
  const size = 32 - clz(<u32> any | <u32> (any >> 32));
  store<u8>(width, <u8> size);
  if (!size) return out;
  const low = i64x2.splat(0xffffffff);
  let word: u64 = 0;
  let used: u32 = 0;
  for (let at: usize = 0; at < MINI_BYTES; at += 16) {
    const four = i32x4.sub(v128.load(from + at), least);
    // The upper number of each lane moves down to right above the lower one.
    const pairs = v128.or(v128.and(four, low), i64x2.shr_u(four, 32 - size));
    const quad = <u64> i64x2.extract_lane(pairs, 0) | <u64> i64x2.extract_lane(pairs, 1) << (2 * size);
    word |= quad << used;
    used += 4 * size;
    if (used < 64) continue;
    store<u64>(out, word);
    out += 8;
    used -= 64;
    word = used ? quad >> (4 * size - used) : 0;
  }
  if (used) store<u32>(out, <u32> word);
  return out + (used >> 3);
}

let cursor: usize = 0;

function readVarint(end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70 && cursor < end; shift += 7) {
    const byte = load<u8>(cursor++);
    value |= <u64> (byte & 127) << shift;
    if (byte < 128) return value;
  }
  // What follows finds nothing there either, and says so.
  cursor = end + 1;
  return 0;
}

function readZigzag(end: usize): i64 {
  const value = readVarint(end);
  return <i64> (value >> 1) ^ -<i64> (value & 1);
}

/** Whether four differences of few bits fit into 31, and no number of a mini block of them can leave the bounds. */
function isNear(value: i64, least: i64, size: u64): bool {
  const reach: i64 = 1 << 28;
  return size <= 1024 && least > -reach && least < reach && value > -MOST / 2 && value < MOST / 2;
}

/** What a stored number means: 32 bits or 64, with a sign or without. */
const INT32: i32 = 0, UINT32: i32 = 1, UINT64: i32 = 3;

/**
 * Reads `count` numbers from `at` to `end` as doubles, divided by `divisor` and rounded down; sixteen bytes must follow.
 * The number that is above 2^53 in size, if there is one, is put at `large`. Returns 0, or 1 where the bytes make no sense,
 * or 2 for such a number.
 */
export function decodeDelta(
  at: usize,
  end: usize,
  kind: i32,
  divisor: i64,
  out: usize,
  count: i32,
  large: usize,
): i32 {
  cursor = at;
  const block = readVarint(end);
  const minis = readVarint(end);
  const total = readVarint(end);
  let value = readZigzag(end);
  if (cursor > end || minis == 0 || minis > 65536 || block > 1 << 30) return 1;
  const size = block / minis;
  if (size == 0 || size & 7 || size * minis != block || total != count) return 1;
  const stop = out + (<usize> count << 3);
  if (out < stop) {
    if (!put(out, value, kind, divisor, large)) return 2;
    out += 8;
  }
  while (out < stop) {
    const least = readZigzag(end);
    let widths = cursor;
    cursor += <usize> minis;
    for (const last = cursor; widths < last && out < stop; widths++) {
      if (cursor > end) return 1;
      const width = <u64> load<u8>(widths);
      const bytes = <usize> (width * size >> 3);
      if (width > 64 || bytes > end - cursor) return 1;
      const until = min(stop, out + (<usize> size << 3));
      const mask: u64 = width == 64 ? ~0 : (1 << width) - 1;
      let bit: u64 = <u64> cursor << 3;
      if (kind == 2 && divisor == 1 && width <= FEW_BITS && isNear(value, least, size)) {
        const places = placesOf(<usize> width);
        const ones = i32x4.splat(<i32> mask);
        const leasts = i32x4.splat(<i32> least);
        let last = f64x2.splat(<f64> value);
        // Eight take as many bytes as one takes bits.
        for (; out + 56 < until; out += 64, bit += width << 3) {
          const from = <usize> (bit >> 3);
          last = addFour(from, places, ones, leasts, last, out);
          last = addFour(from + <usize> (width >> 1), places + FOUR, ones, leasts, last, out + 32);
        }
        value = <i64> f64x2.extract_lane(last, 0);
      }
      for (; out < until; out += 8, bit += width) {
        const shift = bit & 7;
        let delta = load<u64>(<usize> (bit >> 3)) >> shift;
        if (shift + width > 64) delta |= <u64> load<u8>(<usize> (bit >> 3), 8) << (64 - shift);
        value += least + <i64> (delta & mask);
        if (kind == 2 && divisor == 1) {
          // The usual case: one test for both bounds.
          if (<u64> (value + MOST) > <u64> (2 * MOST)) {
            store<i64>(large, value);
            return 2;
          }
          store<f64>(out, <f64> value);
        } else if (!put(out, value, kind, divisor, large)) return 2;
      }
      cursor += bytes;
    }
  }
  return 0;
}

function put(out: usize, value: i64, kind: i32, divisor: i64, large: usize): bool {
  if (kind == INT32) value = <i64> <i32> value;
  if (kind == UINT32) value = <i64> <u64> <u32> value;
  if (divisor > 1) value = (value - ((value % divisor + divisor) % divisor)) / divisor;
  store<i64>(large, value);
  if (kind == UINT64 ? <u64> value > <u64> MOST : value > MOST || value < -MOST) return false;
  store<f64>(out, <f64> value);
  return true;
}
