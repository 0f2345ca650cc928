// Quantiles of a window by counting how often it has each rank.

import { distinct, interpolate, loadRanks, many, NULL, quantileOf, ranks, valueOf } from "./ranks";

/** Counting is no gain where a window's ranks are spread over so many times its rows. */
const SPREAD: i32 = 8;

/** A window that was counted. */
@unmanaged
class Part {
  /** Where its counts stand, from those of the least rank on; 0 if it was not. */
  counts: usize;
  values: i32;
  least: i32;
  greatest: i32;
}

/** Zeros before and after each window, one per rank. */
let counts: usize = 0;

/** Windows counted before: those that lie in a longer one as a whole are added, and their rows not looked at. */
let finer: usize = 0;
let finerRows: usize = 0;
let finerEnd: usize = 0;

/** The windows of now, and where the counts of the next one are kept. */
let parts: usize = 0;
let room: usize = 0;

let n: i32 = 0;
let least: i32 = 0;
let greatest: i32 = 0;

/** Begins a column; `zeros` are as many as it has ranks. */
export function beginColumn(zeros: usize): void {
  counts = zeros;
  finerEnd = 0;
}

/** Begins windows; `kept` has room for all parts and counts. */
export function beginCounting(kept: usize, windows: i32): void {
  parts = kept;
  room = kept + <usize> windows * offsetof<Part>();
  memory.fill(parts, 0, room - parts);
}

/** Ends the windows that `rows` bounds. Those that come are put together from them, if they were counted. */
export function endCounting(rows: usize, windows: i32): void {
  if (room == parts + <usize> windows * offsetof<Part>()) return;
  finer = parts;
  finerRows = rows;
  finerEnd = rows + (<usize> windows << 2);
}

/** Computes the quantiles of window `w`; false where counting is no gain. */
export function countMany(w: i32, start: u32, end: u32, out: usize, step: usize): bool {
  n = 0;
  least = distinct;
  greatest = -1;
  for (let row = start; row < end;) {
    while (finerRows < finerEnd && load<u32>(finerRows, 4) <= row) {
      finerRows += 4;
      finer += offsetof<Part>();
    }
    const next = finerRows < finerEnd ? min(end, load<u32>(finerRows, 4)) : end;
    const whole = finerRows < finerEnd && load<u32>(finerRows) == row && load<u32>(finerRows, 4) == next;
    if (whole && changetype<Part>(finer).counts) addPart(changetype<Part>(finer));
    else countRows(row, next);
    row = next;
  }
  if (greatest - least > SPREAD * n) {
    for (let i = start; i < end; i++) {
      const rank = <i32> load<i16>(ranks + (<usize> i << 1));
      if (rank != NULL) store<i32>(counts + (<usize> rank << 2), 0);
    }
    return false;
  }
  for (let m = 0; m < many; m++, out += step) store<f64>(out, n ? pick(quantileOf(m, n)) : NaN);
  keep(changetype<Part>(parts + <usize> w * offsetof<Part>()));
  return true;
}

function countRows(start: u32, end: u32): void {
  const from = ranks + (<usize> start << 1);
  const to = ranks + (<usize> end << 1);
  const none = i16x8.splat(<i16> NULL);
  let low = none;
  let high = none;
  for (let at = from; at < to; at += 16) {
    const eight = loadRanks(at, <i32> (to - at) >> 1);
    low = i16x8.min_u(low, eight);
    high = i16x8.max_s(high, eight);
    n += popcnt(i16x8.bitmask(i16x8.ne(eight, none)));
  }
  // The lanes' least and greatest.
  low = i16x8.min_u(low, v128.shuffle<i16>(low, low, 4, 5, 6, 7, 0, 1, 2, 3));
  high = i16x8.max_s(high, v128.shuffle<i16>(high, high, 4, 5, 6, 7, 0, 1, 2, 3));
  low = i16x8.min_u(low, v128.shuffle<i16>(low, low, 2, 3, 0, 1, 6, 7, 4, 5));
  high = i16x8.max_s(high, v128.shuffle<i16>(high, high, 2, 3, 0, 1, 6, 7, 4, 5));
  low = i16x8.min_u(low, v128.shuffle<i16>(low, low, 1, 0, 3, 2, 5, 4, 7, 6));
  high = i16x8.max_s(high, v128.shuffle<i16>(high, high, 1, 0, 3, 2, 5, 4, 7, 6));
  least = min(least, <i32> i16x8.extract_lane_u(low, 0));
  greatest = max(greatest, <i32> i16x8.extract_lane_s(high, 0));
  for (let at = from; at < to; at += 2) {
    const rank = <i32> load<i16>(at);
    if (rank == NULL) continue;
    const slot = counts + (<usize> rank << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
}

function addPart(part: Part): void {
  n += part.values;
  least = min(least, part.least);
  greatest = max(greatest, part.greatest);
  let from = part.counts;
  const end = counts + (<usize> part.greatest << 2);
  for (let slot = counts + (<usize> part.least << 2); slot <= end; slot += 16, from += 16) {
    v128.store(slot, i32x4.add(v128.load(slot), v128.load(from)));
  }
}

/** The value at `at` of those counted, in their order. */
function pick(at: f64): f64 {
  const low = <i32> floor(at);
  let rank = least;
  let seen = load<i32>(counts + (<usize> rank << 2));
  while (seen <= low) seen += load<i32>(counts + (<usize> (++rank) << 2));
  const a = valueOf(rank);
  // The next in order: the same value again, or the next that is there.
  if (at > <f64> low) { while (seen <= low + 1) seen += load<i32>(counts + (<usize> (++rank) << 2)); }
  return interpolate(a, valueOf(rank), at - <f64> low);
}

/** Moves the counts into a part, four at a time: those behind the greatest rank are 0, or behind those of all ranks. */
function keep(part: Part): void {
  part.counts = room;
  part.values = n;
  part.least = least;
  part.greatest = greatest;
  const end = counts + (<usize> greatest << 2);
  for (let slot = counts + (<usize> least << 2); slot <= end; slot += 16, room += 16) {
    v128.store(room, v128.load(slot));
    v128.store(slot, i32x4.splat(0));
  }
}
