// Quantiles of windows of few rows: eight of them, one per lane of vectors, are sorted at once.

import { interpolate, loadRanks, many, NULL, quantileOf, ranks, valueOf } from "./ranks";

/** So many rows a window may have. */
export const FEW: u32 = 16;

/** Ranks of 8 windows of 16 rows, the first half of each and then the second, and room for them. */
const MATRIX = memory.data(256, 16);
const OTHER = memory.data(256, 16);
/** Bytes of one half. */
const HALF: usize = 128;
/** Numbers of the windows, and how many values each has. */
const WINDOWS = memory.data(32, 16);
const COUNTS = memory.data(32, 16);

let filled = 0;
let tallest = 0;

/** Takes a window of up to `FEW` rows; the quantiles of all taken so far are put out when there are eight. */
export function takeFew(window: i32, start: i32, rows: i32, out: usize, step: usize): void {
  const first = loadRanks(ranks + (<usize> start << 1), rows);
  const second = loadRanks(ranks + (<usize> start << 1) + 16, rows - 8);
  const none = i16x8.splat(<i16> NULL);
  const count = popcnt(i16x8.bitmask(i16x8.ne(first, none))) + popcnt(i16x8.bitmask(i16x8.ne(second, none)));
  v128.store(MATRIX + (<usize> filled << 4), first);
  v128.store(MATRIX + (<usize> filled << 4) + HALF, second);
  store<i32>(WINDOWS + (<usize> filled << 2), window);
  store<i32>(COUNTS + (<usize> filled << 2), count);
  tallest = max(tallest, rows);
  if (++filled == 8) finishFew(out, step);
}

/** Puts out the quantiles of the windows taken. The next quantile of a window stands `step` bytes behind. */
export function finishFew(out: usize, step: usize): void {
  if (!filled) return;
  transpose(MATRIX, OTHER);
  if (tallest > 8) transpose(MATRIX + HALF, OTHER + HALF);
  sortLanes(tallest);
  for (let m = 0; m < many; m++, out += step) {
    // Most windows have as many values as the one before.
    let n = 0;
    let low: usize = 0;
    let next: usize = 0;
    let fraction: f64 = 0;
    for (let lane: usize = 0; lane < <usize> filled; lane++) {
      const count = load<i32>(COUNTS + (lane << 2));
      if (count != n) {
        n = count;
        const at = quantileOf(m, n);
        low = <usize> floor(at);
        fraction = at - <f64> low;
        next = low + usize(fraction > 0);
      }
      let found: f64 = NaN;
      if (n) {
        const a = valueOf(load<u16>(OTHER + (low << 4) + (lane << 1)));
        found = interpolate(a, valueOf(load<u16>(OTHER + (next << 4) + (lane << 1))), fraction);
      }
      store<f64>(out + (<usize> load<i32>(WINDOWS + (lane << 2)) << 3), found);
    }
  }
  filled = 0;
  tallest = 0;
}

/** Makes rows of 8 vectors their lanes; three rounds of shuffling them like cards do that. Ends in `other`. */
function transpose(matrix: usize, other: usize): void {
  shuffle(matrix, other);
  shuffle(other, matrix);
  shuffle(matrix, other);
}

function shuffle(from: usize, to: usize): void {
  for (let at: usize = 0; at < HALF / 2; at += 16) {
    const a = v128.load(from + at);
    const b = v128.load(from + at, 64);
    v128.store(to + 2 * at, v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to + 2 * at, v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
}

/** Sorts each lane of the first vectors by bubbling two at once, without branches that depend on a value; nulls go last. */
function sortLanes(rows: i32): void {
  for (let last = OTHER + (<usize> (rows - 1) << 4); last > OTHER; last -= 32) {
    const first = v128.load(OTHER);
    const second = v128.load(OTHER, 16);
    let low = i16x8.min_u(first, second);
    let high = i16x8.max_u(first, second);
    for (let at = OTHER; at + 16 < last; at += 16) {
      const next = v128.load(at, 32);
      v128.store(at, i16x8.min_u(low, next));
      const middle = i16x8.max_u(low, next);
      low = i16x8.min_u(high, middle);
      high = i16x8.max_u(high, middle);
    }
    v128.store(last - 16, low);
    v128.store(last, high);
  }
}
