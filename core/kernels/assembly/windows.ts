// Metrics of the windows of a column. Window or block `w` holds rows `rows[w]` to `rows[w + 1] - 1`; a null is NaN.

/** Per block: count, sum, least, greatest, and the sum of squared differences from its own mean. */
const FIELDS: usize = 5 * 8;

/** Summarises blocks of rows; `out` gets five numbers for each. */
export function summariseBlocks(values: usize, rows: usize, blocks: i32, out: usize): void {
  for (let b = 0; b < blocks; b++, out += FIELDS) {
    const start = values + (<usize> load<u32>(rows + (<usize> b << 2)) << 3);
    const end = values + (<usize> load<u32>(rows + (<usize> b << 2), 4) << 3);
    let count = 0;
    let sum: f64 = 0;
    let min: f64 = Infinity;
    let max: f64 = -Infinity;
    for (let at = start; at < end; at += 8) {
      const value = load<f64>(at);
      if (value != value) continue;
      count++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    let squares: f64 = 0;
    if (min < max) {
      const mean = sum / count;
      let rest: f64 = 0;
      for (let at = start; at < end; at += 8) {
        const value = load<f64>(at);
        if (value != value) continue;
        const difference = value - mean;
        squares += difference * difference;
        rest += difference;
      }
      // For the rounding of the mean itself: Chan, Golub and LeVeque, 1983, formula 1.7.
      squares -= rest * rest / count;
    }
    store<f64>(out, count);
    store<f64>(out, sum, 8);
    store<f64>(out, min, 16);
    store<f64>(out, max, 24);
    store<f64>(out, squares, 32);
  }
}

/**
 * Puts blocks together to windows, window `w` from blocks `first[w]` to `first[w + 1] - 1`: squares by Chan, Golub and
 * LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
 */
export function mergeBlocks(blocks: usize, first: usize, windows: i32, out: usize): void {
  for (let w = 0; w < windows; w++, out += FIELDS) {
    const start = blocks + <usize> load<u32>(first + (<usize> w << 2)) * FIELDS;
    const end = blocks + <usize> load<u32>(first + (<usize> w << 2), 4) * FIELDS;
    let count: f64 = 0;
    let sum: f64 = 0;
    let min: f64 = Infinity;
    let max: f64 = -Infinity;
    for (let at = start; at < end; at += FIELDS) {
      count += load<f64>(at);
      sum += load<f64>(at, 8);
      if (load<f64>(at, 16) < min) min = load<f64>(at, 16);
      if (load<f64>(at, 24) > max) max = load<f64>(at, 24);
    }
    let squares: f64 = 0;
    if (end - start == FIELDS) squares = load<f64>(start, 32);
    else {
      const mean = sum / count;
      for (let at = start; at < end; at += FIELDS) {
        const n = load<f64>(at);
        if (n == 0) continue;
        const difference = load<f64>(at, 8) / n - mean;
        squares += load<f64>(at, 32) + n * difference * difference;
      }
    }
    store<f64>(out, count);
    store<f64>(out, sum, 8);
    store<f64>(out, min, 16);
    store<f64>(out, max, 24);
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

/** Copies every `step`-th number from `values` on. */
export function takeEvery(values: usize, step: usize, count: i32, out: usize): void {
  for (const end = out + (<usize> count << 3); out < end; out += 8, values += step << 3) {
    store<f64>(out, load<f64>(values));
  }
}
