// Runs of equal numbers and bit-packed ones in turn: how levels and dictionary indices are written.

/** Packs 16-bit numbers of up to 14 bits and returns where they end; up to 15 bytes more are written. */
export function packCodes(codes: usize, count: i32, width: u32, out: usize): usize {
  const steps = i32x4.splat(1 | 1 << (16 + width));
  const low = i64x2.splat(0xffffffff);
  for (; count > 0; count -= 8, codes += 16, out += width) {
    // Eight take as many bytes as one takes bits. What is behind the last counts as 0.
    const there = i16x8.gt_s(i16x8.splat(<i16> min(count, 8)), i16x8(0, 1, 2, 3, 4, 5, 6, 7));
    const eight = v128.and(v128.load(codes), there);
    const pairs = i32x4.dot_i16x8_s(eight, steps);
    const fours = v128.or(v128.and(pairs, low), i64x2.shr_u(v128.andnot(pairs, low), 32 - 2 * width));
    const first = <u64> i64x2.extract_lane(fours, 0);
    const second = <u64> i64x2.extract_lane(fours, 1);
    store<u64>(out, first | second << (4 * width));
    store<u64>(out, second >> (64 - 4 * width), 8);
  }
  return out;
}

let cursor: usize = 0;

function readHead(end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 63 && cursor < end; shift += 7) {
    const byte = load<u8>(cursor++);
    value |= <u64> (byte & 127) << shift;
    if (byte < 128) return value;
  }
  return 0;
}

/**
 * Reads `count` numbers of `width` bits from `at` to `end`, as bytes where `lookup` is 0, else as what `lookup` has for
 * them; eight bytes must follow, and up to 15 more may be written. Returns false where the bytes make no sense, or a
 * number is not below `limit`.
 */
export function decodeHybrid(
  at: usize,
  end: usize,
  width: u32,
  out: usize,
  count: i32,
  lookup: usize,
  limit: u32,
): bool {
  cursor = at;
  const mask: u64 = (1 << <u64> width) - 1;
  for (let i = 0; i < count;) {
    const head = readHead(end);
    const length = head & 1 ? (head >> 1) << 3 : head >> 1;
    if (length == 0) return false;
    const stop = <i32> min(<u64> count, <u64> i + length);
    if (head & 1) {
      // The last group may be cut to the numbers it holds.
      if (<u64> (end - cursor) << 3 < <u64> (stop - i) * width) return false;
      if (width == 1 && !lookup && limit > 1) {
        spreadBits(cursor, out + i, out + stop);
        i = stop;
      }
      let bit = <u64> cursor << 3;
      for (; i < stop; i++, bit += width) {
        const code = <u32> (load<u64>(<usize> (bit >> 3)) >> (bit & 7) & mask);
        if (code >= limit) return false;
        if (lookup) store<f64>(out + (<usize> i << 3), load<f64>(lookup + (<usize> code << 3)));
        else store<u8>(out + i, <u8> code);
      }
      cursor += min(end - cursor, <usize> ((length >> 3) * width));
      continue;
    }
    const bytes = (width + 7) >> 3;
    if (cursor + bytes > end) return false;
    const code = <u32> (load<u64>(cursor) & mask);
    cursor += bytes;
    if (code >= limit) return false;
    if (!lookup) memory.fill(out + i, <u8> code, stop - i);
    else {
      const value = load<f64>(lookup + (<usize> code << 3));
      for (let to = i; to < stop; to++) store<f64>(out + (<usize> to << 3), value);
    }
    i = stop;
  }
  return true;
}

/** Makes bits bytes, 16 at a time. */
function spreadBits(at: usize, out: usize, stop: usize): void {
  const bit = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const one = i8x16.splat(1);
  for (; out < stop; out += 16, at += 2) {
    const both = i16x8.splat(load<i16>(at));
    const bits = v128.and(v128.shuffle<i8>(both, both, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), bit);
    v128.store(out, v128.and(i8x16.eq(bits, bit), one));
  }
}

/** How many of `count` bytes, each 0 or 1, are 1. */
export function countOnes(bytes: usize, count: i32): i32 {
  let ones = 0;
  let at = bytes;
  for (const last = bytes + (count & ~15); at < last; at += 16) {
    ones += popcnt(i8x16.bitmask(i8x16.ne(v128.load(at), i8x16.splat(0))));
  }
  for (const end = bytes + count; at < end; at++) ones += load<u8>(at);
  return ones;
}
