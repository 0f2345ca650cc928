// What a column holds, and which of its rows have a value. A null is NaN.

/**
 * Counts nulls, and finds bounds and fractions: `out` gets the least and the greatest value and the number of values that
 * are not whole. Returns the number of nulls.
 */
export function measure(values: usize, count: i32, out: usize): i32 {
  return look(values, count, 0, out, 0);
}

/**
 * Does what `measure` does, and sets one bit per value, 0 where it is null: whole bytes of them. If there are nulls, `to`,
 * which may be `values`, gets the values that are not null.
 */
export function closeUp(values: usize, count: i32, bits: usize, out: usize, to: usize): i32 {
  return look(values, count, bits, out, to);
}

// @ts-ignore: decorator
@inline
function look(values: usize, count: i32, bits: usize, out: usize, to: usize): i32 {
  const close = to != 0;
  let least = f64x2.splat(Infinity);
  let greatest = f64x2.splat(-Infinity);
  // Two of each, as every one has to wait for the one before.
  let otherLeast = least;
  let otherGreatest = greatest;
  let whole = i64x2.splat(0);
  let valid = 0;
  // Values stay where they are up to the first null.
  let moved = false;
  const end = values + (<usize> count << 3);
  let at = values;
  for (const last = values + (<usize> (count & ~7) << 3); at < last; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    // Comparisons with NaN are false: it stays out of both bounds.
    least = f64x2.pmin(f64x2.pmin(least, a), b);
    greatest = f64x2.pmax(f64x2.pmax(greatest, a), b);
    otherLeast = f64x2.pmin(f64x2.pmin(otherLeast, c), d);
    otherGreatest = f64x2.pmax(f64x2.pmax(otherGreatest, c), d);
    whole = i64x2.sub(whole, i64x2.add(i64x2.add(areWhole(a), areWhole(b)), i64x2.add(areWhole(c), areWhole(d))));
    const there = present(a) | present(b) << 2 | present(c) << 4 | present(d) << 6;
    valid += popcnt(there);
    if (!close) continue;
    store<u8>(bits++, there);
    if (there != 255) {
      if (!moved) {
        moved = true;
        memory.copy(to, values, at - values);
        to += at - values;
      }
      for (let from = at; from < at + 64; from += 8) to = takeOne(from, to);
    } else if (moved) {
      v128.store(to, a);
      v128.store(to, b, 16);
      v128.store(to, c, 32);
      v128.store(to, d, 48);
      to += 64;
    }
  }
  least = f64x2.pmin(least, otherLeast);
  greatest = f64x2.pmax(greatest, otherGreatest);
  let min = f64x2.extract_lane(least, 0);
  let max = f64x2.extract_lane(greatest, 0);
  if (f64x2.extract_lane(least, 1) < min) min = f64x2.extract_lane(least, 1);
  if (f64x2.extract_lane(greatest, 1) > max) max = f64x2.extract_lane(greatest, 1);
  let wholes = <i32> (i64x2.extract_lane(whole, 0) + i64x2.extract_lane(whole, 1));
  const rest = at;
  let there = 0;
  for (let bit = 0; at < end; at += 8, bit++) {
    const value = load<f64>(at);
    if (value < min) min = value;
    if (value > max) max = value;
    wholes += i32(nearest(value) == value);
    there |= i32(value == value) << bit;
  }
  valid += popcnt(there);
  if (close && count & 7) store<u8>(bits, there);
  if (close && valid < count) {
    if (!moved) {
      memory.copy(to, values, rest - values);
      to += rest - values;
    }
    for (let from = rest; from < end; from += 8) to = takeOne(from, to);
  }
  store<f64>(out, min);
  store<f64>(out, max, 8);
  store<f64>(out, <f64> (valid - wholes), 16);
  return count - valid;
}

/** All ones for each of two values that is whole. */
function areWhole(pair: v128): v128 {
  return f64x2.eq(f64x2.nearest(pair), pair);
}

/** A bit for each of two values, 0 where it is null. */
function present(pair: v128): i32 {
  return i64x2.bitmask(f64x2.eq(pair, pair));
}

/** Moves a value to `to`, and says where the next one goes: there, if this is null. */
function takeOne(value: usize, to: usize): usize {
  const it = load<f64>(value);
  store<f64>(to, it);
  return to + (<usize> i32(it == it) << 3);
}

/** Counts the ones of so many bits, those behind them in their byte being 0. */
export function countBits(bits: usize, count: i32): i32 {
  let ones: u64 = 0;
  const end = bits + ((count + 7) >> 3);
  for (; bits + 7 < end; bits += 8) ones += popcnt(load<u64>(bits));
  for (; bits < end; bits++) ones += popcnt(<u64> load<u8>(bits));
  return <i32> ones;
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
