// What the bytes of a text tell of how it is encoded.

const TAB: i32 = 9, LF: i32 = 10, CR: i32 = 13, SPACE: i32 = 32, DELETE: i32 = 127;

/** The first byte of each pair, of 16. */
const FIRSTS: i32 = 0x5555;
/** The last bytes, where they are fewer than 16. */
const REST = memory.data(16, 16);

/**
 * Counts, into `out`: pairs of a byte and NUL, pairs of NUL and a byte, control bytes, bytes that are not NUL, CRs that
 * something stands behind, and LFs. Sixteen bytes at a time, one bit for each.
 */
export function countBytes(at: usize, count: i32, out: usize): void {
  let little = 0, big = 0, control = 0, filled = 0, returns = 0, feeds = 0;
  let pending = 0;
  for (let left = count; left > 0; left -= 16, at += 16) {
    let all = 0xffff;
    if (left < 16) {
      all = (1 << left) - 1;
      memory.copy(REST, at, left);
      at = REST;
    }
    const bytes = v128.load(at);
    const something = ~where(bytes, 0) & all;
    // Those of a pair as one.
    const pairs = FIRSTS & all & (all >> 1);
    little += popcnt(something & ~(something >> 1) & pairs);
    big += popcnt(~something & (something >> 1) & pairs);
    filled += popcnt(something);
    const low = i8x16.bitmask(i8x16.lt_u(bytes, i8x16.splat(<i8> (SPACE + 1)))) & something;
    const feed = where(bytes, LF) & all;
    const cr = where(bytes, CR) & all;
    feeds += popcnt(feed);
    const blank = (where(bytes, TAB) | where(bytes, SPACE) | feed | cr) & all;
    control += popcnt((low & ~blank) | (where(bytes, DELETE) & all));
    if (!(cr | pending)) continue;
    const text = something & ~blank;
    // What stands last has all CRs before it behind something.
    const behind = text ? 32 - clz(text) : 0;
    const before = cr & ((1 << behind) - 1);
    if (text) {
      returns += pending + popcnt(before);
      pending = 0;
    }
    pending += popcnt(cr & ~before);
  }
  store<i32>(out, little);
  store<i32>(out, big, 4);
  store<i32>(out, control, 8);
  store<i32>(out, filled, 12);
  store<i32>(out, returns, 16);
  store<i32>(out, feeds, 20);
}

/** A bit for each byte that is this one. */
function where(bytes: v128, byte: i32): i32 {
  return i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8> byte)));
}
