// Metrics of the windows of a column. Window or block `w` holds rows `rows[w]` to `rows[w + 1] - 1`; a null is NaN.

/** Per block: count, sum, least, greatest, and the sum of squared differences from its own mean. */
const FIELDS: usize = 5 * 8;

/** Summarises blocks of rows; `out` gets five numbers for each. Two of one length share the lanes of vectors. */
export function summariseBlocks(values: usize, rows: usize, blocks: i32, out: usize): void {
  for (let b = 0; b < blocks; b++, out += FIELDS) {
    const start = values + (<usize> load<u32>(rows + (<usize> b << 2)) << 3);
    const end = values + (<usize> load<u32>(rows + (<usize> b << 2), 4) << 3);
    const size = end - start;
    if (b + 1 < blocks && values + (<usize> load<u32>(rows + (<usize> b << 2), 8) << 3) - end == size) {
      summariseTwo(start, end, size, out, out + FIELDS);
      b++;
      out += FIELDS;
    } else summariseTwo(start, start, size, out, out);
  }
}

/** Adds a lane's values in their order, so that a block has the same sum alone. A null counts as 0, which changes no bit. */
function summariseTwo(a: usize, b: usize, size: usize, outA: usize, outB: usize): void {
  const one = f64x2.splat(1);
  let count = f64x2.splat(0);
  let sum = f64x2.splat(0);
  let min = f64x2.splat(Infinity);
  let max = f64x2.splat(-Infinity);
  for (let at: usize = 0; at < size; at += 8) {
    const value = v128.load64_lane(b + at, v128.load64_zero(a + at), 1);
    const valid = f64x2.eq(value, value);
    count = f64x2.add(count, v128.and(one, valid));
    sum = f64x2.add(sum, v128.and(value, valid));
    // Comparisons with NaN are false: it stays out of both.
    min = f64x2.pmin(min, value);
    max = f64x2.pmax(max, value);
  }
  const mean = f64x2.div(sum, count);
  let squares = f64x2.splat(0);
  let rest = f64x2.splat(0);
  for (let at: usize = 0; at < size; at += 8) {
    const value = v128.load64_lane(b + at, v128.load64_zero(a + at), 1);
    const difference = v128.and(f64x2.sub(value, mean), f64x2.eq(value, value));
    squares = f64x2.add(squares, f64x2.mul(difference, difference));
    rest = f64x2.add(rest, difference);
  }
  // For the rounding of the mean itself: Chan, Golub and LeVeque, 1983, formula 1.7.
  squares = f64x2.sub(squares, f64x2.div(f64x2.mul(rest, rest), count));
  // The rounded mean of equal values may differ from them.
  squares = v128.and(squares, f64x2.lt(min, max));
  v128.store(outA, v128.shuffle<f64>(count, sum, 0, 2));
  v128.store(outA, v128.shuffle<f64>(min, max, 0, 2), 16);
  v128.store64_lane(outA, squares, 0, 32);
  v128.store(outB, v128.shuffle<f64>(count, sum, 1, 3));
  v128.store(outB, v128.shuffle<f64>(min, max, 1, 3), 16);
  v128.store64_lane(outB, squares, 1, 32);
}

/**
 * Puts blocks together to windows, window `w` from blocks `first[w]` to `first[w + 1] - 1`: squares by Chan, Golub and
 * LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
 */
export function mergeBlocks(blocks: usize, first: usize, windows: i32, out: usize): void {
  for (let w = 0; w < windows; w++, out += FIELDS) {
    const start = blocks + <usize> load<u32>(first + (<usize> w << 2)) * FIELDS;
    const end = blocks + <usize> load<u32>(first + (<usize> w << 2), 4) * FIELDS;
    // Count and sum; least and greatest.
    let totals = f64x2.splat(0);
    let least = f64x2.splat(Infinity);
    let greatest = f64x2.splat(-Infinity);
    for (let at = start; at < end; at += FIELDS) {
      totals = f64x2.add(totals, v128.load(at));
      least = f64x2.pmin(least, v128.load(at, 16));
      greatest = f64x2.pmax(greatest, v128.load(at, 16));
    }
    let squares: f64 = 0;
    if (end - start == FIELDS) squares = load<f64>(start, 32);
    else {
      const mean = f64x2.extract_lane(totals, 1) / f64x2.extract_lane(totals, 0);
      for (let at = start; at < end; at += FIELDS) {
        const n = load<f64>(at);
        if (n == 0) continue;
        const difference = load<f64>(at, 8) / n - mean;
        squares += load<f64>(at, 32) + n * difference * difference;
      }
    }
    v128.store(out, totals);
    v128.store(out, v128.shuffle<f64>(least, greatest, 0, 3), 16);
    store<f64>(out, squares, 32);
  }
}

/** Kinds of metrics. */
const COUNT: i32 = 0, SUM: i32 = 1, MIN: i32 = 2, MAX: i32 = 3, MEAN: i32 = 4;

/**
 * Computes one metric of each window from its five numbers, `NaN` for a window without values. Returns how many windows
 * need a second look at their values: sums that overflowed, squares that overflowed or lost digits.
 */
export function finish(moments: usize, windows: i32, kind: i32, out: usize): i32 {
  let hard = 0;
  for (let w = 0; w < windows; w++, moments += FIELDS, out += 8) {
    const count = load<f64>(moments);
    const sum = load<f64>(moments, 8);
    const min = load<f64>(moments, 16);
    const max = load<f64>(moments, 24);
    let value: f64 = NaN;
    if (kind == COUNT) value = count;
    else if (count == 0) {}
    else if (kind == SUM) value = sum;
    else if (kind == MIN) value = min + 0;
    else if (kind == MAX) value = max + 0;
    else if (!isFinite(sum) && isFinite(min) && isFinite(max)) hard++;
    else if (kind == MEAN) {
      // Rounding may carry the quotient beyond the values.
      value = sum / count;
      value = (value < min ? min : value > max ? max : value) + 0;
    } else if (count > 1) {
      const squares = load<f64>(moments, 32);
      if (squares > 1e-280 && squares < 1e300) value = Math.sqrt(squares / (count - 1));
      // Infinity - Infinity is NaN, as it should be.
      else if (min == max) value = max - min;
      else hard++;
    }
    store<f64>(out, value);
  }
  return hard;
}

/** Whether a sum of whole numbers may have lost digits in some window: below 2^53 every partial sum is exact. */
export function mayRound(moments: usize, windows: i32): bool {
  for (const end = moments + <usize> windows * FIELDS; moments < end; moments += FIELDS) {
    if (load<f64>(moments) * max(-load<f64>(moments, 16), load<f64>(moments, 24)) > 9007199254740991) return true;
  }
  return false;
}
