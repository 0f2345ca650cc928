// Digits of decimal numbers, eight at once. A loop ends after now three of them, now four, which processors guess wrong; what
// is done to all the bytes of a word needs no guess.

/** Powers of ten up to 10^16. */
export const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
]);

/** Eight characters as one word, the first in its lowest byte, less `0` each: digits become 0 to 9, others more. */
// @ts-ignore: decorator
@inline
export function loadEight(at: usize): u64 {
  return load<u64>(at) ^ 0x3030303030303030;
}

/** How many of eight characters are digits before the first other: 0 to 8. */
// @ts-ignore: decorator
@inline
export function countDigits(word: u64): u64 {
  // Adding 0x76 lifts what is above 9 to 0x80 or more. Only bytes of 0x8a or more carry, and to those behind.
  return ctz(((word + 0x7676767676767676) | word) & 0x8080808080808080) >> 3;
}

/** The number that the first of eight characters are, at least one. */
// @ts-ignore: decorator
@inline
export function numberOf(word: u64, digits: u64): u64 {
  // They move to the upper end, and zeros come in before them.
  word <<= 64 - (digits << 3);
  // Neighbours become numbers of two digits, then of four, then of eight: `10 * first + second` for all pairs at once.
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
  return (word * 10000 + (word >> 32)) & 0xffffffff;
}
