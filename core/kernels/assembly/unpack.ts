// Differences of few bits become numbers, eight at a time: eight take as many bytes as one takes bits.

/** So many bits a difference may have: with those before it in its byte they lie within four bytes. */
export const FEW_BITS: u64 = 16;

/** Per width, for the first four of eight numbers and then the others: which bytes each lies in, and a factor. */
const PLACES = memory.data(17 * 64, 16);
/** The first and the second vector of four numbers. */
const BYTES: usize = 0, FACTORS: usize = 16, EIGHT: usize = 64;
/** Where the others begin. */
export const FOUR: usize = 32;

let ready = false;

/** The factor moves a number to where its lowest bit is the one of value 128. */
function prepare(): void {
  for (let width: u32 = 0; width <= <u32> FEW_BITS; width++) {
    for (let i: u32 = 0; i < 8; i++) {
      // The other four begin with a byte or in the middle of one.
      const bit = i < 4 ? i * width : (i - 4) * width + (4 * width & 7);
      const lane = PLACES + width * EIGHT + (<usize> i >> 2) * FOUR + ((i & 3) << 2);
      store<u32>(lane + BYTES, (bit >> 3) * 0x01010101 + 0x03020100);
      store<u32>(lane + FACTORS, 1 << (7 - (bit & 7)));
    }
  }
  ready = true;
}

/** Where it says how differences of `width` bits are unpacked. */
export function placesOf(width: usize): usize {
  if (!ready) prepare();
  return PLACES + width * EIGHT;
}

/**
 * Puts at `out` what four differences at `from`, each greater by `least`, make of the number `before`, which it has twice,
 * and returns the last one likewise. Four differences must fit into 31 bits; sixteen bytes are read.
 */
// @ts-ignore: decorator
@inline
export function addFour(from: usize, places: usize, mask: v128, least: v128, before: v128, out: usize): v128 {
  const none = i32x4.splat(0);
  const lanes = i8x16.swizzle(v128.load(from), v128.load(places + BYTES));
  const numbers = v128.and(i32x4.shr_u(i32x4.mul(lanes, v128.load(places + FACTORS)), 7), mask);
  let four = i32x4.add(numbers, least);
  // To each the one before it, and then the two before these.
  four = i32x4.add(four, v128.shuffle<i32>(none, four, 0, 4, 5, 6));
  four = i32x4.add(four, v128.shuffle<i32>(none, four, 0, 1, 4, 5));
  const last = f64x2.add(before, f64x2.convert_low_i32x4_s(v128.shuffle<i32>(four, four, 2, 3, 2, 3)));
  v128.store(out, f64x2.add(before, f64x2.convert_low_i32x4_s(four)));
  v128.store(out, last, 16);
  return v128.shuffle<f64>(last, last, 1, 1);
}
