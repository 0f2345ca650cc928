/** Random numbers that are the same on every machine: 32-bit integer arithmetic only. */

/** A stream of random numbers. */
export interface Random {
  /** The next whole number from 0 to 2^32 - 1. */
  next(): number;
  /** The next number from 0 (included) to 1 (excluded). */
  uniform(): number;
  /** A number from `low` to `high`, small ones more often, as waiting times are. */
  skewed(low: number, high: number): number;
}

const WORD = 2 ** 32;
const WARM_UP = 16;

/**
 * Makes stream number `stream` of `seed`; streams of one seed are independent of each other. The generator is sfc32
 * (Chris Doty-Humphrey's Small Fast Counter, as in PractRand): 128 bits of state, 4 ns per number in V8.
 */
export function makeRandom(seed: number, stream: number): Random {
  let a = seed | 0;
  let b = Math.floor(seed / WORD) | 0;
  let c = stream | 0;
  let counter = 1;
  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < WARM_UP; i++) next();
  const uniform = () => next() / WORD;
  const skewed = (low: number, high: number) => {
    const u = uniform();
    return low + (high - low) * u * u;
  };
  return { next, uniform, skewed };
}

/** The limit below which `next()` falls with the given chance. */
export function limitOf(chance: number): number {
  return Math.min(1, chance) * WORD;
}
