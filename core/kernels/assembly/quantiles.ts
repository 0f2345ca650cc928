// Quantiles of the windows of a column, linear between neighbours as NumPy's default.

/** Windows of up to so many rows, two vectors of ranks, are not worth counting. */
const FEW: u32 = 16;
/** Counting is no gain where a window's ranks are spread over so many times its rows. */
const SPREAD: i32 = 8;

/**
 * Computes quantiles `qs` of each window; `out` gets `count` numbers per window, NaN where all of it is null.
 *
 * `ranks` has the number of each value among the `distinct` ones in `sorted`, -1 for null, and `counts` that many zeros;
 * with `distinct` 0 there are none, as too many values are distinct. `scratch` has room for the values of a window.
 */
export function quantiles(
  values: usize,
  ranks: usize,
  sorted: usize,
  distinct: i32,
  counts: usize,
  rows: usize,
  windows: i32,
  qs: usize,
  count: i32,
  scratch: usize,
  out: usize,
): void {
  for (let w = 0; w < windows; w++, out += <usize> count << 3) {
    const start = load<u32>(rows + (<usize> w << 2));
    const end = load<u32>(rows + (<usize> w << 2), 4);
    if (distinct && end - start <= FEW) orderFew(ranks, sorted, start, end, qs, count, scratch, out);
    else if (!distinct || !countMany(ranks, sorted, distinct, counts, start, end, qs, count, out)) {
      selectAny(values, start, end, qs, count, scratch, out);
    }
  }
}

function interpolate(a: f64, b: f64, fraction: f64): f64 {
  if (a == b || fraction == 0) return a + 0;
  if (fraction == 0.5) return a / 2 + b / 2 + 0;
  const step = b - a;
  if (!isFinite<f64>(step)) return a * (1 - fraction) + b * fraction;
  // From the nearer end, as NumPy does: never outside a..b, and equal from both sides.
  return (fraction < 0.5 ? a + step * fraction : b - step * (1 - fraction)) + 0;
}

/**
 * The k-th in order is the value that has at most k less than it, and more than k no greater: looked for by comparing each
 * with all at once.
 */
function orderFew(
  ranks: usize,
  sorted: usize,
  start: u32,
  end: u32,
  qs: usize,
  count: i32,
  scratch: usize,
  out: usize,
): void {
  // No rank is as great: what is left of the vectors is less than nothing.
  v128.store(scratch, i16x8.splat(i16.MAX_VALUE));
  v128.store(scratch, i16x8.splat(i16.MAX_VALUE), 16);
  let n = 0;
  for (let i = start; i < end; i++) {
    const rank = load<i32>(ranks + (<usize> i << 2));
    if (rank < 0) continue;
    store<i16>(scratch + (<usize> n << 1), <i16> rank);
    n++;
  }
  const low8 = v128.load(scratch);
  const high8 = v128.load(scratch, 16);
  for (let m = 0; m < count; m++) {
    let found: f64 = NaN;
    if (n) {
      const at = <f64> (n - 1) * load<f64>(qs + (<usize> m << 3));
      const low = <i32> floor(at);
      const next = low + i32(at > <f64> low);
      let a = -1;
      let b = -1;
      for (let i = scratch; a < 0 || b < 0; i += 2) {
        const rank = <i32> load<i16>(i);
        const all = i16x8.splat(<i16> rank);
        const less = popcnt(i16x8.bitmask(i16x8.lt_s(low8, all)) | i16x8.bitmask(i16x8.lt_s(high8, all)) << 8);
        if (less > next) continue;
        const notGreater = popcnt(i16x8.bitmask(i16x8.le_s(low8, all)) | i16x8.bitmask(i16x8.le_s(high8, all)) << 8);
        if (less <= low && notGreater > low) a = rank;
        if (notGreater > next) b = rank;
      }
      found = interpolate(
        load<f64>(sorted + (<usize> a << 3)),
        load<f64>(sorted + (<usize> b << 3)),
        at - <f64> low,
      );
    }
    store<f64>(out + (<usize> m << 3), found);
  }
}

function countMany(
  ranks: usize,
  sorted: usize,
  distinct: i32,
  counts: usize,
  start: u32,
  end: u32,
  qs: usize,
  count: i32,
  out: usize,
): bool {
  let n = 0;
  let least = distinct;
  let greatest = -1;
  for (let i = start; i < end; i++) {
    const rank = load<i32>(ranks + (<usize> i << 2));
    if (rank < 0) continue;
    n++;
    const slot = counts + (<usize> rank << 2);
    store<i32>(slot, load<i32>(slot) + 1);
    if (rank < least) least = rank;
    if (rank > greatest) greatest = rank;
  }
  const suits = greatest - least <= SPREAD * n;
  if (suits) {
    for (let m = 0; m < count; m++) {
      let found: f64 = NaN;
      if (n) {
        const at = <f64> (n - 1) * load<f64>(qs + (<usize> m << 3));
        const low = <i32> floor(at);
        let rank = least;
        let seen = load<i32>(counts + (<usize> rank << 2));
        while (seen <= low) seen += load<i32>(counts + (<usize> (++rank) << 2));
        const a = load<f64>(sorted + (<usize> rank << 3));
        // The next in order: the same value again, or the next that is there.
        if (at > <f64> low) { while (seen <= low + 1) seen += load<i32>(counts + (<usize> (++rank) << 2)); }
        found = interpolate(a, load<f64>(sorted + (<usize> rank << 3)), at - <f64> low);
      }
      store<f64>(out + (<usize> m << 3), found);
    }
    if (n) memory.fill(counts + (<usize> least << 2), 0, <usize> (greatest - least + 1) << 2);
  } else {
    for (let i = start; i < end; i++) {
      const rank = load<i32>(ranks + (<usize> i << 2));
      if (rank >= 0) store<i32>(counts + (<usize> rank << 2), 0);
    }
  }
  return suits;
}

function selectAny(values: usize, start: u32, end: u32, qs: usize, count: i32, scratch: usize, out: usize): void {
  let n = 0;
  for (let i = start; i < end; i++) {
    const value = load<f64>(values + (<usize> i << 3));
    store<f64>(scratch + (<usize> n << 3), value);
    n += i32(value == value);
  }
  for (let m = 0; m < count; m++) {
    let found: f64 = NaN;
    if (n) {
      const at = <f64> (n - 1) * load<f64>(qs + (<usize> m << 3));
      const low = <i32> floor(at);
      const a = select(scratch, n, low);
      let b = a;
      // Everything behind `low` is now no smaller, so the next in order is the least of it.
      if (at > <f64> low) {
        b = load<f64>(scratch + (<usize> low << 3), 8);
        for (let i = low + 2; i < n; i++) b = min(b, load<f64>(scratch + (<usize> i << 3)));
      }
      found = interpolate(a, b, at - <f64> low);
    }
    store<f64>(out + (<usize> m << 3), found);
  }
}

/**
 * Puts the value that sorting would put at `k` there, with none greater before it and none smaller behind it: Hoare's
 * selection, pivot from the middle of three; where pivots keep failing, from a place that data cannot foresee.
 */
function select(values: usize, n: i32, k: i32): f64 {
  let left = 0;
  let right = n - 1;
  let state: u32 = 1;
  for (let round = 0; right - left > 12; round++) {
    const middle = round < 32 ? (left + right) >> 1 : left + <i32> ((state = state * 1664525 + 1013904223) % <u32> (right - left));
    order(values, left, middle);
    order(values, middle, right);
    order(values, left, middle);
    const pivot = load<f64>(values + (<usize> middle << 3));
    let i = left;
    let j = right;
    while (i <= j) {
      while (load<f64>(values + (<usize> i << 3)) < pivot) i++;
      while (load<f64>(values + (<usize> j << 3)) > pivot) j--;
      if (i <= j) swap(values, i++, j--);
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return load<f64>(values + (<usize> k << 3));
  }
  for (let i = left + 1; i <= right; i++) {
    const value = load<f64>(values + (<usize> i << 3));
    let j = i;
    for (; j > left && load<f64>(values + (<usize> (j - 1) << 3)) > value; j--) {
      store<f64>(values + (<usize> j << 3), load<f64>(values + (<usize> (j - 1) << 3)));
    }
    store<f64>(values + (<usize> j << 3), value);
  }
  return load<f64>(values + (<usize> k << 3));
}

function order(values: usize, i: i32, j: i32): void {
  if (load<f64>(values + (<usize> i << 3)) > load<f64>(values + (<usize> j << 3))) swap(values, i, j);
}

function swap(values: usize, i: i32, j: i32): void {
  const kept = load<f64>(values + (<usize> i << 3));
  store<f64>(values + (<usize> i << 3), load<f64>(values + (<usize> j << 3)));
  store<f64>(values + (<usize> j << 3), kept);
}
