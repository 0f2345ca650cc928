// Spikes: values further than a threshold from the median of the rows around them, for windows of few rows.

/**
 * Sets `codes[row]` to `mark` for each row from `start` to `end` whose value is further than `threshold` from the median of
 * the rows from `before` ahead of it to `after` behind it, cut where the values end; returns how many there are. `ranges`
 * are the least and the greatest value of each `block` rows, in turn.
 */
export function markSpikes(
  values: usize,
  count: i32,
  start: i32,
  end: i32,
  before: i32,
  after: i32,
  threshold: f64,
  ranges: usize,
  block: i32,
  codes: usize,
  mark: u32,
): i32 {
  let found = 0;
  for (let first = start; first < end;) {
    const next = min(end, first - first % block + block);
    const least = max(0, first - before) / block;
    const greatest = min(count - 1, next - 1 + after) / block;
    if (!isQuiet(ranges + (<usize> least << 4), ranges + (<usize> greatest << 4), threshold)) {
      for (let row = first; row < next; row++) {
        const from = values + (<usize> max(0, row - before) << 3);
        const to = values + (<usize> min(count, row + after + 1) << 3);
        if (!isSpike(load<f64>(values + (<usize> row << 3)), from, to, threshold)) continue;
        store<u8>(codes + row, <u8> mark);
        found++;
      }
    }
    first = next;
  }
  return found;
}

/** Whether the values of the blocks from `block` to `last` lie within `threshold` of each other. */
function isQuiet(block: usize, last: usize, threshold: f64): bool {
  let least: f64 = Infinity;
  let greatest: f64 = -Infinity;
  for (; block <= last; block += 16) {
    least = min(least, load<f64>(block));
    greatest = max(greatest, load<f64>(block, 8));
  }
  return least > greatest || greatest - least <= threshold;
}

/** Whether x is further than `threshold` from the median of the values at `from` to `to`, excluded. A null is not. */
function isSpike(x: f64, from: usize, to: usize, threshold: f64): bool {
  const xs = f64x2.splat(x);
  const limit = f64x2.splat(threshold);
  let present = i64x2.splat(0);
  let under = i64x2.splat(0);
  let over = i64x2.splat(0);
  let at = from;
  // A comparison that holds is -1.
  for (; at + 16 <= to; at += 16) {
    const pair = v128.load(at);
    present = i64x2.sub(present, f64x2.eq(pair, pair));
    under = i64x2.sub(under, f64x2.gt(f64x2.sub(xs, pair), limit));
    over = i64x2.sub(over, f64x2.gt(f64x2.sub(pair, xs), limit));
  }
  let values = <i32> (i64x2.extract_lane(present, 0) + i64x2.extract_lane(present, 1));
  let below = <i32> (i64x2.extract_lane(under, 0) + i64x2.extract_lane(under, 1));
  let above = <i32> (i64x2.extract_lane(over, 0) + i64x2.extract_lane(over, 1));
  if (at < to) {
    const v = load<f64>(at);
    values += i32(v == v);
    below += i32(x - v > threshold);
    above += i32(v - x > threshold);
  }
  const half = values >> 1;
  if (below < half && above < half) return false;
  if (below > half || above > half) return true;
  // Exactly half of the values: the two in the middle decide.
  return !(values & 1) && (below == half || above == half) &&
    Math.abs(x - middle(x, from, to, threshold, below == half)) > threshold;
}

/** The median where exactly half of the values lie further than `threshold` below x (`far`), or above it. */
function middle(x: f64, from: usize, to: usize, threshold: f64, far: bool): f64 {
  let lower: f64 = -Infinity;
  let upper: f64 = Infinity;
  for (; from < to; from += 8) {
    const v = load<f64>(from);
    if (far ? x - v > threshold : !(v - x > threshold)) {
      if (v > lower) lower = v;
    } else if (v < upper) upper = v;
  }
  // Their sum may be beyond the range of a double.
  const sum = lower + upper;
  return isFinite(sum) ? sum / 2 : lower / 2 + upper / 2;
}
