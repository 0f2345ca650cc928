/**
 * Column arrays to use again: fresh ones cost page faults, and every day of every file needs the same sizes.
 */

const free = new Map<number, Float64Array[]>();
/** What the pool keeps at most, in numbers: 64 MB. */
const MOST = 8 * 2 ** 20;
let kept = 0;

/** An array of `length` numbers, whatever they are. */
export function borrow(length: number): Float64Array {
  const array = free.get(length)?.pop();
  if (!array) return new Float64Array(length);
  kept -= length;
  return array;
}

/** Hands an array back; the caller must not touch it again. */
export function giveBack(array: Float64Array): void {
  if (array.length === 0 || kept + array.length > MOST) return;
  kept += array.length;
  const arrays = free.get(array.length);
  if (arrays) arrays.push(array);
  else free.set(array.length, [array]);
}
