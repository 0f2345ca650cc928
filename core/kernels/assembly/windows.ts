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
