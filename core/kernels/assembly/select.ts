// Quantiles of a window by selection, whatever its values are.

import { interpolate, many, quantileOf, values } from "./ranks";

/** Computes the quantiles of rows `start` to `end`, excluded; `scratch` has room for them. */
export function selectAny(start: u32, end: u32, scratch: usize, out: usize, step: usize): void {
  let n = 0;
  for (let i = start; i < end; i++) {
    const value = load<f64>(values + (<usize> i << 3));
    store<f64>(scratch + (<usize> n << 3), value);
    n += i32(value == value);
  }
  for (let m = 0; m < many; m++, out += step) {
    let found: f64 = NaN;
    if (n) {
      const at = quantileOf(m, n);
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
    store<f64>(out, found);
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
