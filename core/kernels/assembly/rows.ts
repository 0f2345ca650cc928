// Loops over the rows of one column, for treatments. A null is NaN.

/**
 * Finds rows with the time of the row before: `out` gets their numbers. Returns how many there are, its complement where
 * a time is null or goes back.
 */
export function findRepeats(ts: usize, count: i32, out: usize): i32 {
  let found = 0;
  let ascends = true;
  let before: f64 = -Infinity;
  for (let row = 0; row < count; row++) {
    const time = load<f64>(ts + (<usize> row << 3));
    if (!(time >= before)) ascends = false;
    if (time == before && row) {
      store<i32>(out + (<usize> found << 2), row);
      found++;
    }
    before = time;
  }
  return ascends ? found : ~found;
}

/**
 * Nulls values below `least` or above `greatest`. `codes` get `missing` or `outside` where a value is null, 0 elsewhere;
 * `ranges` get the least and the greatest value of each `block` rows (Infinity, -Infinity where all are null). Returns how
 * many rows from `start` to `end`, which must not be more than those there are, were out of range, and stores behind the
 * ranges how many of them are null.
 */
export function judge(
  values: usize,
  count: i32,
  start: i32,
  end: i32,
  least: f64,
  greatest: f64,
  missing: u32,
  outside: u32,
  codes: usize,
  block: i32,
  ranges: usize,
): i32 {
  let found = 0;
  let nulls = 0;
  memory.fill(codes, 0, count);
  for (let first = 0; first < count; first += block, ranges += 16) {
    const last = min(count, first + block);
    let low: f64 = Infinity;
    let high: f64 = -Infinity;
    for (let row = first; row < last; row++) {
      const at = values + (<usize> row << 3);
      const value = load<f64>(at);
      if (value >= least && value <= greatest) {
        if (value < low) low = value;
        if (value > high) high = value;
        continue;
      }
      const own = i32(row >= start && row < end);
      nulls += own;
      store<u8>(codes + row, <u8> missing);
      if (value != value) continue;
      found += own;
      store<f64>(at, NaN);
      store<u8>(codes + row, <u8> outside);
    }
    store<f64>(ranges, low);
    store<f64>(ranges, high, 8);
  }
  store<f64>(ranges, nulls);
  return found;
}

/**
 * Groups rows by the cell of `freq` from `start` on that their times fall into: `numbers` get the cells' numbers, `starts`
 * the first row of each, and `count` at the end; `shared` gets how many cells have several rows, and then which. Returns
 * how many cells there are, its complement where a time is null or goes back.
 */
export function groupRows(
  ts: usize,
  count: i32,
  start: f64,
  freq: f64,
  numbers: usize,
  starts: usize,
  shared: usize,
): i32 {
  let cells = 0;
  let found = 0;
  let last = -1;
  let ascends = true;
  let before: f64 = -Infinity;
  let earlier: f64 = -Infinity;
  for (let row = 0; row < count; row++) {
    const time = load<f64>(ts + (<usize> row << 3));
    // Within a cell, too: the first value of one that is in disorder would not be its first.
    if (!(time >= earlier)) ascends = false;
    earlier = time;
    const number = floor((time - start) / freq);
    if (number != before) {
      before = number;
      store<f64>(numbers + (<usize> cells << 3), number);
      store<i32>(starts + (<usize> cells << 2), row);
      cells++;
    } else if (last != cells) {
      last = cells;
      found++;
      store<i32>(shared + (<usize> found << 2), cells - 1);
    }
  }
  store<i32>(starts + (<usize> cells << 2), count);
  store<i32>(shared, found);
  return ascends ? cells : ~cells;
}

/** Makes the times `start + (first + i) * freq`. */
export function makeSteps(out: usize, count: i32, start: f64, first: f64, freq: f64): void {
  for (let i = 0; i < count; i++) store<f64>(out + (<usize> i << 3), start + (first + <f64> i) * freq);
}

/** Puts the value of row `rows[k]` at `out[slots[k]]`, and null where nothing comes. */
export function scatter(values: usize, rows: usize, slots: usize, count: i32, out: usize, length: i32): void {
  if (count < length) { for (let i = 0; i < length; i++) store<f64>(out + (<usize> i << 3), NaN); }
  for (let k: usize = 0; k < <usize> count << 2; k += 4) {
    const value = load<f64>(values + (<usize> load<u32>(rows + k) << 3));
    store<f64>(out + (<usize> load<u32>(slots + k) << 3), value);
  }
}

/** Finds runs of nulls: `out` gets where each starts and where it ends, excluded. Returns how many there are. */
export function findGaps(values: usize, count: i32, out: usize): i32 {
  let found = 0;
  for (let i = 0; i < count; i++) {
    const value = load<f64>(values + (<usize> i << 3));
    if (value == value) continue;
    store<i32>(out + (<usize> found << 3), i);
    for (; i < count; i++) {
      const value = load<f64>(values + (<usize> i << 3));
      if (value == value) break;
    }
    store<i32>(out + (<usize> found << 3), i, 4);
    found++;
  }
  return found;
}

/** Puts 1 / sqrt(x) of each x at `out`, which may be `values`, and null where x <= 0; returns how often that was. */
export function invertRoots(values: usize, count: i32, out: usize): i32 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let found = i64x2.splat(0);
  const last = values + (<usize> (count & ~1) << 3);
  for (; values < last; values += 16, out += 16) {
    const pair = v128.load(values);
    found = i64x2.sub(found, f64x2.le(pair, zero));
    const roots = f64x2.div(one, f64x2.sqrt(pair));
    v128.store(out, v128.bitselect(roots, f64x2.splat(NaN), f64x2.gt(pair, zero)));
  }
  let nulled = <i32> (i64x2.extract_lane(found, 0) + i64x2.extract_lane(found, 1));
  if (count & 1) {
    const value = load<f64>(values);
    nulled += i32(value <= 0);
    store<f64>(out, value > 0 ? 1 / sqrt(value) : NaN);
  }
  return nulled;
}
