// Rows in the order of their times.

/** Bits of a row's number; the time, less the least one, stands above it: a UTC day in microseconds has 37. */
const ROW_BITS: u64 = 27;
const DIGIT_BITS: u64 = 11;
const DIGITS: u32 = 1 << <u32> DIGIT_BITS;

/**
 * Puts the numbers of the rows into `order`, ascending by time, those of equal time as they stand. Times lie from `least`
 * to less than a day behind it. `keys` and `other` are room for 8 bytes a row, `counts` for 4 a digit.
 */
export function sortRows(
  ts: usize,
  count: u32,
  least: f64,
  order: usize,
  keys: usize,
  other: usize,
  counts: usize,
): void {
  for (let row: u32 = 0; row < count; row++) {
    const time = <u64> (load<f64>(ts + (<usize> row << 3)) - least);
    store<u64>(keys + (<usize> row << 3), time << ROW_BITS | <u64> row);
  }
  // Digit by digit from the lowest; each keeps the order of those before.
  for (let shift = ROW_BITS; shift < 64; shift += DIGIT_BITS) {
    memory.fill(counts, 0, DIGITS << 2);
    for (let row: u32 = 0; row < count; row++) {
      const at = digitAt(counts, load<u64>(keys + (<usize> row << 3)), shift);
      store<u32>(at, load<u32>(at) + 1);
    }
    let before: u32 = 0;
    for (let digit: u32 = 0; digit < DIGITS; digit++) {
      const at = counts + (<usize> digit << 2);
      const own = load<u32>(at);
      store<u32>(at, before);
      before += own;
    }
    for (let row: u32 = 0; row < count; row++) {
      const key = load<u64>(keys + (<usize> row << 3));
      const at = digitAt(counts, key, shift);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      store<u64>(other + (<usize> place << 3), key);
    }
    const sorted = other;
    other = keys;
    keys = sorted;
  }
  for (let row: u32 = 0; row < count; row++) {
    const key = load<u64>(keys + (<usize> row << 3));
    store<u32>(order + (<usize> row << 2), <u32> (key & ((1 << ROW_BITS) - 1)));
  }
}

/** Where the count of a key's digit stands. */
function digitAt(counts: usize, key: u64, shift: u64): usize {
  return counts + (<usize> (key >> shift & <u64> (DIGITS - 1)) << 2);
}

/** Puts the values of rows into the order given. */
export function gather(values: usize, order: usize, count: u32, out: usize): void {
  for (let row: u32 = 0; row < count; row++) {
    const from = values + (<usize> load<u32>(order + (<usize> row << 2)) << 3);
    store<f64>(out + (<usize> row << 3), load<f64>(from));
  }
}
