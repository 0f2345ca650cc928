/**
 * The `q`-quantile (0 to 1) of the first `n` of `values`, linear between neighbours as NumPy's default. `values` is
 * reordered. `n` is at least 1, and no value is `NaN`.
 */
export function quantile(values: Float64Array, n: number, q: number): number {
  const at = (n - 1) * q;
  const low = Math.floor(at);
  const fraction = at - low;
  const a = select(values, n, low);
  if (fraction === 0) return a + 0;
  // Everything behind `low` is now no smaller, so the next in order is the least of it.
  let b = values[low + 1]!;
  for (let i = low + 2; i < n; i++) if (values[i]! < b) b = values[i]!;
  return interpolate(a, b, fraction) + 0;
}

/** The value `fraction` of the way from `a` to `b`, which is no smaller. */
export function interpolate(a: number, b: number, fraction: number): number {
  if (a === b) return a;
  if (fraction === 0.5) return a / 2 + b / 2;
  const step = b - a;
  if (!Number.isFinite(step)) return a * (1 - fraction) + b * fraction;
  // From the nearer end, as NumPy does: never outside a..b, and equal from both sides.
  return fraction < 0.5 ? a + step * fraction : b - step * (1 - fraction);
}

/**
 * Puts the value that sorting would put at `k` there, with none greater before it and none smaller behind it: Hoare's
 * selection, pivot from the middle of three, a sort where pivots keep failing. Medians of 4 windows cost a fifth of what
 * sorting each window costs (`deno bench -A tests/bench/aggregate_bench.ts`).
 */
function select(values: Float64Array, n: number, k: number): number {
  let left = 0;
  let right = n - 1;
  for (let round = 0; right - left > 12; round++) {
    if (round === 64) {
      values.subarray(left, right + 1).sort();
      return values[k]!;
    }
    const middle = (left + right) >>> 1;
    order(values, left, middle);
    order(values, middle, right);
    order(values, left, middle);
    const pivot = values[middle]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) swap(values, i++, j--);
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return values[k]!;
  }
  for (let i = left + 1; i <= right; i++) {
    const value = values[i]!;
    let j = i;
    for (; j > left && values[j - 1]! > value; j--) values[j] = values[j - 1]!;
    values[j] = value;
  }
  return values[k]!;
}

function order(values: Float64Array, i: number, j: number): void {
  if (values[i]! > values[j]!) swap(values, i, j);
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i]!;
  values[i] = values[j]!;
  values[j] = kept;
}
