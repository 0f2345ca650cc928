// Metrics of the windows of a column. Window or block `w` holds rows `rows[w]` to `rows[w + 1] - 1`; a null is NaN.

/**
 * Per block: count, sum, least, greatest, the sum of squared differences from its own mean, that mean as sum and count give
 * it, and what rounding took from it.
 */
const FIELDS: usize = 7 * 8;

/** Summarises blocks of rows; `out` gets seven numbers for each. Two of one length share the lanes of vectors. */
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

function summariseTwo(a: usize, b: usize, size: usize, outA: usize, outB: usize): void {
  // Most have no nulls, and less to do.
  if (!summarisePair(a, b, size, outA, outB, false)) summarisePair(a, b, size, outA, outB, true);
}

/**
 * Adds a lane's values in their order, so that a block has the same sum alone. A null counts as 0, which changes no bit;
 * false where there are any and they are not looked for.
 */
// @ts-ignore: decorator
@inline
function summarisePair(a: usize, b: usize, size: usize, outA: usize, outB: usize, nulls: bool): bool {
  const one = f64x2.splat(1);
  let count = nulls ? f64x2.splat(0) : f64x2.splat(<f64> (size >> 3));
  let sum = f64x2.splat(0);
  let min = f64x2.splat(Infinity);
  let max = f64x2.splat(-Infinity);
  for (let at: usize = 0; at < size; at += 8) {
    const value = v128.load64_lane(b + at, v128.load64_zero(a + at), 1);
    if (nulls) {
      const valid = f64x2.eq(value, value);
      count = f64x2.add(count, v128.and(one, valid));
      sum = f64x2.add(sum, v128.and(value, valid));
    } else sum = f64x2.add(sum, value);
    // Comparisons with NaN are false: it stays out of both.
    min = f64x2.pmin(min, value);
    max = f64x2.pmax(max, value);
  }
  if (!nulls && !i64x2.all_true(f64x2.eq(sum, sum))) return false;
  const mean = f64x2.div(sum, count);
  let squares = f64x2.splat(0);
  let rest = f64x2.splat(0);
  for (let at: usize = 0; at < size; at += 8) {
    const value = v128.load64_lane(b + at, v128.load64_zero(a + at), 1);
    let difference = f64x2.sub(value, mean);
    if (nulls) difference = v128.and(difference, f64x2.eq(value, value));
    squares = f64x2.add(squares, f64x2.mul(difference, difference));
    rest = f64x2.add(rest, difference);
  }
  // For the rounding of the mean itself: Chan, Golub and LeVeque, 1983, formula 1.7.
  const lost = f64x2.div(rest, count);
  squares = f64x2.sub(squares, f64x2.mul(rest, lost));
  // The rounded mean of equal values may differ from them.
  squares = v128.and(squares, f64x2.lt(min, max));
  v128.store(outA, v128.shuffle<f64>(count, sum, 0, 2));
  v128.store(outA, v128.shuffle<f64>(min, max, 0, 2), 16);
  v128.store(outA, v128.shuffle<f64>(squares, mean, 0, 2), 32);
  v128.store64_lane(outA, lost, 0, 48);
  v128.store(outB, v128.shuffle<f64>(count, sum, 1, 3));
  v128.store(outB, v128.shuffle<f64>(min, max, 1, 3), 16);
  v128.store(outB, v128.shuffle<f64>(squares, mean, 1, 3), 32);
  v128.store64_lane(outB, lost, 1, 48);
  return true;
}

/**
 * Puts blocks together to windows, window `w` from blocks `first[w]` to `first[w + 1] - 1`: squares by Chan, Golub and
 * LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979. With what rounding took from
 * them, means differ as exactly as values do.
 */
export function mergeBlocks(blocks: usize, first: usize, windows: i32, out: usize): void {
  for (let w = 0; w < windows; w++, out += FIELDS) {
    const start = blocks + <usize> load<u32>(first + (<usize> w << 2)) * FIELDS;
    const end = blocks + <usize> load<u32>(first + (<usize> w << 2), 4) * FIELDS;
    if (end - start == FIELDS) {
      memory.copy(out, start, FIELDS);
      continue;
    }
    // Count and sum; least and greatest.
    let totals = f64x2.splat(0);
    let least = f64x2.splat(Infinity);
    let greatest = f64x2.splat(-Infinity);
    for (let at = start; at < end; at += FIELDS) {
      totals = f64x2.add(totals, v128.load(at));
      least = f64x2.pmin(least, v128.load(at, 16));
      greatest = f64x2.pmax(greatest, v128.load(at, 16));
    }
    const extremes = v128.shuffle<f64>(least, greatest, 0, 3);
    const count = f64x2.extract_lane(totals, 0);
    const mean = f64x2.extract_lane(totals, 1) / count;
    let rest: f64 = 0;
    for (let at = start; at < end; at += FIELDS) {
      const n = load<f64>(at);
      if (n != 0) rest += n * (load<f64>(at, 40) - mean + load<f64>(at, 48));
    }
    const lost = rest / count;
    let squares: f64 = 0;
    // Equal values differ by nothing, whatever was rounded.
    if (f64x2.extract_lane(extremes, 0) < f64x2.extract_lane(extremes, 1)) {
      for (let at = start; at < end; at += FIELDS) {
        const n = load<f64>(at);
        if (n == 0) continue;
        const difference = load<f64>(at, 40) - mean + (load<f64>(at, 48) - lost);
        squares += load<f64>(at, 32) + n * difference * difference;
      }
    }
    v128.store(out, totals);
    v128.store(out, extremes, 16);
    store<f64>(out, squares, 32);
    store<f64>(out, mean, 40);
    store<f64>(out, lost, 48);
  }
}

/** Kinds of metrics, the first four in the order of the fields that they are. */
const COUNT: i32 = 0, MAX: i32 = 3, MEAN: i32 = 4;

/**
 * Computes one metric of each window from its numbers, `NaN` for a window without values. Returns how many windows
 * need a second look at their values: sums that overflowed, squares that overflowed or lost digits. There must be room for
 * one number more.
 */
export function finish(moments: usize, windows: i32, kind: i32, out: usize): i32 {
  const end = out + (<usize> windows << 3);
  if (kind <= MAX) {
    const field = moments + (<usize> kind << 3);
    for (let at: usize = 0; out < end; out += 8, at += FIELDS) {
      store<f64>(out, kind != COUNT && load<f64>(moments + at) == 0 ? NaN : load<f64>(field + at) + 0);
    }
    return 0;
  }
  let hard = 0;
  for (; out < end; moments += FIELDS, out += 8) {
    if (kind == MEAN ? findMeans(moments, out) : findDeviations(moments, out)) {
      moments += FIELDS;
      out += 8;
      continue;
    }
    const count = load<f64>(moments);
    const sum = load<f64>(moments, 8);
    const min = load<f64>(moments, 16);
    const max = load<f64>(moments, 24);
    let value: f64 = NaN;
    if (count == 0) {}
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

/** The means of two windows, as `finish` has them; false where a sum is not finite. */
function findMeans(moments: usize, out: usize): bool {
  const first = v128.load(moments);
  const second = v128.load(moments, FIELDS);
  const sum = v128.shuffle<f64>(first, second, 1, 3);
  if (!i64x2.all_true(f64x2.lt(f64x2.abs(sum), f64x2.splat(Infinity)))) return false;
  const mean = f64x2.div(sum, v128.shuffle<f64>(first, second, 0, 2));
  const low = v128.load64_lane(moments + FIELDS, v128.load64_zero(moments, 16), 1, 16);
  const high = v128.load64_lane(moments + FIELDS, v128.load64_zero(moments, 24), 1, 24);
  v128.store(out, f64x2.add(f64x2.pmin(f64x2.pmax(mean, low), high), f64x2.splat(0)));
  return true;
}

/** The deviations of two windows, as `finish` has them; false where squares are small, as of one value, or large. */
function findDeviations(moments: usize, out: usize): bool {
  const squares = v128.load64_lane(moments + FIELDS, v128.load64_zero(moments, 32), 1, 32);
  const count = v128.load64_lane(moments + FIELDS, v128.load64_zero(moments), 1);
  const usual = v128.and(f64x2.gt(squares, f64x2.splat(1e-280)), f64x2.lt(squares, f64x2.splat(1e300)));
  if (!i64x2.all_true(usual)) return false;
  v128.store(out, f64x2.sqrt(f64x2.div(squares, f64x2.sub(count, f64x2.splat(1)))));
  return true;
}

/** Whether a sum of whole numbers may have lost digits in some window: below 2^53 every partial sum is exact. */
export function mayRound(moments: usize, windows: i32): bool {
  for (const end = moments + <usize> windows * FIELDS; moments < end; moments += FIELDS) {
    if (load<f64>(moments) * max(-load<f64>(moments, 16), load<f64>(moments, 24)) > 9007199254740991) return true;
  }
  return false;
}
