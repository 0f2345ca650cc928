// A column whose quantiles are looked for. Its values are compared by their ranks where not too many are distinct: 16 bits,
// the number of each in the ascending list of distinct ones.

/** The rank of a null. Without sign it is the greatest, with sign the least. */
export const NULL: i32 = -1;

export let values: usize = 0;
export let ranks: usize = 0;
/** The value of each rank, and how many there are; 0 if there are no ranks. */
export let sorted: usize = 0;
export let distinct: i32 = 0;
/** How many quantiles are wanted. */
export let many: i32 = 0;
let qs: usize = 0;

/** Sets the column that is looked at from now on, and which quantiles of it. */
export function setColumn(
  newValues: usize,
  newRanks: usize,
  newSorted: usize,
  newDistinct: i32,
  newQs: usize,
  count: i32,
): void {
  values = newValues;
  ranks = newRanks;
  sorted = newSorted;
  distinct = newDistinct;
  qs = newQs;
  many = count;
}

/** Where quantile `m` of `n` values lies, from 0 to `n - 1`. */
export function quantileOf(m: i32, n: i32): f64 {
  return <f64> (n - 1) * load<f64>(qs + (<usize> m << 3));
}

/** The value of a rank. */
export function valueOf(rank: i32): f64 {
  return load<f64>(sorted + (<usize> rank << 3));
}

/** The value `fraction` of the way from `a` to `b`, which is no smaller. */
export function interpolate(a: f64, b: f64, fraction: f64): f64 {
  if (fraction == 0) return a + 0;
  if (fraction == 0.5) {
    // Two equal neighbours are as likely as not: a branch would often be foreseen wrongly. Halves of the least may be 0.
    const low = f64x2.splat(a);
    const equal = f64x2.eq(low, f64x2.splat(b));
    return f64x2.extract_lane(v128.bitselect(low, f64x2.splat(a / 2 + b / 2), equal), 0) + 0;
  }
  if (a == b) return a + 0;
  const step = b - a;
  if (!isFinite<f64>(step)) return a * (1 - fraction) + b * fraction;
  // From the nearer end, as NumPy does: never outside a..b, and equal from both sides.
  return (fraction < 0.5 ? a + step * fraction : b - step * (1 - fraction)) + 0;
}

/** Loads the ranks of up to eight rows. Sixteen bytes must be there; what is behind `rows` counts as null. */
export function loadRanks(at: usize, rows: i32): v128 {
  return v128.or(v128.load(at), i16x8.le_s(i16x8.splat(<i16> min(rows, 8)), i16x8(0, 1, 2, 3, 4, 5, 6, 7)));
}

/** Ranks whole numbers from `least` on, eight at a time; `sorted` gets the value of each of the `distinct` ranks. */
export function rankWhole(values: usize, count: i32, least: f64, distinct: i32, ranks: usize, sorted: usize): void {
  for (let i = 0; i < count; i += 8, values += 64, ranks += 16) {
    v128.store(ranks, i16x8.narrow_i32x4_s(rankFour(values, least), rankFour(values + 32, least)));
  }
  for (let rank = 0; rank < distinct; rank++) store<f64>(sorted + (<usize> rank << 3), least + <f64> rank);
}

/** Numbers four values from `least` on. Comparisons with NaN are false: of a null, -1 is left. */
function rankFour(values: usize, least: f64): v128 {
  const none = f64x2.splat(NULL);
  const first = f64x2.pmax(none, f64x2.sub(v128.load(values), f64x2.splat(least)));
  const second = f64x2.pmax(none, f64x2.sub(v128.load(values, 16), f64x2.splat(least)));
  return v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(first), i32x4.trunc_sat_f64x2_s_zero(second), 0, 2);
}

/**
 * Ranks values by what `findDistinct` found, the `entries`, which are lost, and by these in ascending order, nulls last.
 * Returns how many are not null.
 */
export function rankDistinct(
  codes: usize,
  count: i32,
  entries: usize,
  size: i32,
  sorted: usize,
  ranks: usize,
): i32 {
  let valid = size;
  while (valid && isNaN(load<f64>(sorted + (<usize> (valid - 1) << 3)))) valid--;
  for (let code = 0; code < size; code++) {
    const value = load<f64>(entries + (<usize> code << 3));
    // The last that is no greater: by their bits -0 and 0 are two values, and as numbers one.
    let low = 0;
    let high = valid;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (load<f64>(sorted + (<usize> middle << 3)) <= value) low = middle + 1;
      else high = middle;
    }
    store<i32>(entries + (<usize> code << 3), low - 1);
  }
  for (let i = 0; i < count; i++) {
    const code = load<u16>(codes + (<usize> i << 1));
    store<i16>(ranks + (<usize> i << 1), <i16> load<i32>(entries + (<usize> code << 3)));
  }
  return valid;
}
