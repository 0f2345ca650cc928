// What a column holds, and which of its rows have a value. A null is NaN.

/**
 * Counts nulls, and finds bounds and fractions: `out` gets the least and the greatest value and the number of values that
 * are not whole. Returns the number of nulls.
 */
export function measure(values: usize, count: i32, out: usize): i32 {
  let least = f64x2.splat(Infinity);
  let greatest = f64x2.splat(-Infinity);
  let whole = i64x2.splat(0);
  let null_ = i64x2.splat(0);
  const end = values + (<usize> (count & ~1) << 3);
  let at = values;
  for (; at < end; at += 16) {
    const pair = v128.load(at);
    // Comparisons with NaN are false: it stays out of both bounds.
    least = f64x2.pmin(least, pair);
    greatest = f64x2.pmax(greatest, pair);
    whole = i64x2.sub(whole, f64x2.eq(f64x2.nearest(pair), pair));
    null_ = i64x2.sub(null_, f64x2.ne(pair, pair));
  }
  let min = f64x2.extract_lane(least, 0);
  let max = f64x2.extract_lane(greatest, 0);
  if (f64x2.extract_lane(least, 1) < min) min = f64x2.extract_lane(least, 1);
  if (f64x2.extract_lane(greatest, 1) > max) max = f64x2.extract_lane(greatest, 1);
  let wholes = i64x2.extract_lane(whole, 0) + i64x2.extract_lane(whole, 1);
  let nulls = i64x2.extract_lane(null_, 0) + i64x2.extract_lane(null_, 1);
  if (count & 1) {
    const value = load<f64>(at);
    if (value < min) min = value;
    if (value > max) max = value;
    if (nearest(value) == value) wholes++;
    if (value != value) nulls++;
  }
  store<f64>(out, min);
  store<f64>(out, max, 8);
  store<f64>(out, <f64> (<i64> count - wholes - nulls), 16);
  return <i32> nulls;
}

/** Puts the values that are not null behind one another at `out`, which has room for one more; returns their count. */
export function takePresent(values: usize, count: i32, out: usize): i32 {
  let to = out;
  const end = values + (<usize> count << 3);
  // Two at a time: nulls are rare.
  for (const last = values + (<usize> (count & ~1) << 3); values < last; values += 16) {
    const pair = v128.load(values);
    v128.store(to, pair);
    if (present(pair) == 3) {
      to += 16;
    } else {
      to = takeOne(values, to);
      to = takeOne(values + 8, to);
    }
  }
  if (values < end) to = takeOne(values, to);
  return <i32> ((to - out) >> 3);
}

function takeOne(value: usize, to: usize): usize {
  const it = load<f64>(value);
  store<f64>(to, it);
  return to + (<usize> i32(it == it) << 3);
}

/** A bit for each of two values, 0 where it is null. */
function present(pair: v128): i32 {
  return i64x2.bitmask(f64x2.eq(pair, pair));
}

/** Writes one bit per value, 0 where it is null; up to eight bytes more. Returns how many values there are. */
export function writePresence(values: usize, count: i32, out: usize): i32 {
  let total = 0;
  const stop = out + (count >> 3);
  for (; out < stop; values += 64) {
    const low = present(v128.load(values)) | present(v128.load(values, 16)) << 2;
    const bits = low | present(v128.load(values, 32)) << 4 | present(v128.load(values, 48)) << 6;
    total += popcnt(bits);
    store<u8>(out++, bits);
  }
  const rest = count & 7;
  if (!rest) return total;
  let bits = 0;
  for (let bit = 0; bit < rest; bit++) {
    const value = load<f64>(values + (<usize> bit << 3));
    bits |= i32(value == value) << bit;
  }
  store<u8>(out, bits);
  return total + popcnt(bits);
}

/** Moves `count` values at `values` to those of `rows` rows whose level is 1, from the last on; the others become null. */
export function spread(values: usize, levels: usize, rows: i32, count: i32): void {
  const all: u64 = 0x0101010101010101;
  let from = values + (<usize> count << 3);
  let to = values + (<usize> rows << 3);
  // Before the first null, all stand where they belong.
  for (let level = levels + rows; from < to;) {
    if (to - values >= 64 && load<u64>(level - 8) == all) {
      level -= 8;
      from -= 64;
      to -= 64;
      v128.store(to, v128.load(from, 48), 48);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from));
      continue;
    }
    to -= 8;
    let value: f64 = NaN;
    if (load<u8>(--level)) {
      from -= 8;
      value = load<f64>(from);
    }
    store<f64>(to, value);
  }
}

/** Puts what `entries` have for each code at `out`. */
export function lookUp(codes: usize, count: i32, entries: usize, out: usize): void {
  for (const end = out + (<usize> count << 3); out < end; out += 8, codes += 2) {
    store<f64>(out, load<f64>(entries + (<usize> load<u16>(codes) << 3)));
  }
}

/** Slots of the search for distinct values: twice as many as values that may be found. */
const SLOT_BITS: u32 = 15;
const MOST: i32 = 1 << (SLOT_BITS - 1);

/**
 * Finds the distinct values of a column, told apart by their bits: `entries` gets them by first appearance, `codes` the
 * number of each value among them as 16 bits. Returns how many there are, or -1 if they are more than half of the values.
 * `scratch` is 128 KB, of which the first half is 0 before and after.
 */
export function findDistinct(values: usize, count: i32, codes: usize, entries: usize, scratch: usize): i32 {
  const used = scratch + (2 << SLOT_BITS);
  const most = min(MOST - 1, count >> 1);
  let size = 0;
  let i = 0;
  for (; i < count; i++) {
    const bits = load<u64>(values + (<usize> i << 3));
    let slot = <u32> ((bits * 0x9E3779B97F4A7C15) >> (64 - SLOT_BITS));
    let code = 0;
    while ((code = <i32> load<u16>(scratch + (<usize> slot << 1)) - 1) >= 0) {
      if (load<u64>(entries + (<usize> code << 3)) == bits) break;
      slot = (slot + 1) & ((1 << SLOT_BITS) - 1);
    }
    if (code < 0) {
      if (size == most) break;
      code = size++;
      store<u16>(scratch + (<usize> slot << 1), <u16> (code + 1));
      store<u32>(used + (<usize> code << 2), slot);
      store<u64>(entries + (<usize> code << 3), bits);
    }
    store<u16>(codes + (<usize> i << 1), <u16> code);
  }
  for (let code = 0; code < size; code++) {
    store<u16>(scratch + (<usize> load<u32>(used + (<usize> code << 2)) << 1), 0);
  }
  return i == count ? size : -1;
}
