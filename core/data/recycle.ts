/**
 * Column memory to use again: fresh memory costs page faults, a third of what reading a file takes, and every day needs
 * as much as the one before.
 */
import { isNear } from "../kernels/arena.ts";
import { lendAgain, lendNear, roundUp, takeBack } from "../kernels/near.ts";
import type { Table } from "./table.ts";

/** Smaller columns are not kept: rounded up, those of 5,000 parts of a few rows each would take 250 MB. */
const LEAST = 2 ** 11;
/** What is kept at most, in bytes. */
const MOST = 2 ** 24;

/** By size, maybe none left of it; sizes that were used last stand last. */
const free = new Map<number, ArrayBuffer[]>();
let kept = 0;
/** Memory that somebody holds. What is handed back twice would be lent to two; what was never borrowed is its owner's. */
const lent = new WeakSet<ArrayBufferLike>();

/** Returns a column of `length` values, which are anything: the caller writes all of them. */
export function borrowColumn(length: number): Float64Array<ArrayBuffer> {
  if (8 * length < LEAST) return new Float64Array(length);
  const size = roundUp(8 * length);
  const fit = fitting(size);
  if (fit === undefined) return lend(new ArrayBuffer(size), length);
  const buffers = free.get(fit)!;
  kept -= fit;
  free.delete(fit);
  free.set(fit, buffers);
  return lend(buffers.pop()!, length);
}

function lend(buffer: ArrayBuffer, length: number): Float64Array<ArrayBuffer> {
  lent.add(buffer);
  return new Float64Array(buffer, 0, length);
}

/**
 * Returns a near column of `length` values, which are anything, while there is room for one; else one as `borrowColumn`
 * does. Near columns lie where the kernels work: these need not copy them, but loops of TypeScript over them are two to
 * four times as slow, all that memory would be cloned with one, and what comes of them is gone when the call of the
 * treatment ends.
 */
export function borrowNear(length: number): Float64Array<ArrayBuffer> {
  return (8 * length < LEAST ? undefined : lendNear(length)) ?? borrowColumn(length);
}

/**
 * A borrowed column with another length, in the same memory where that is enough: its first values are then the same.
 * Nobody may look at the column itself again.
 */
export function reuse(column: Float64Array, length: number): Float64Array {
  if (isNear(column)) return lendAgain(column, length) ?? borrowNear(length);
  const { buffer, byteOffset } = column;
  return 8 * length <= buffer.byteLength - byteOffset
    ? new Float64Array(buffer, byteOffset, length)
    : borrowNear(length);
}

/** The least size that some are left of and that is large enough, but not by far: days are guessed to be a bit longer. */
function fitting(size: number): number | undefined {
  let best: number | undefined;
  for (const [other, { length }] of free) {
    if (length > 0 && other >= size && other <= 1.25 * size && !(best! <= other)) best = other;
  }
  return best;
}

/**
 * Hands the memory of tables back, to be used for others. Nobody may look at their columns again, nor at what shares their
 * memory. Columns that were not borrowed are left alone.
 */
export function recycle(...tables: readonly Table[]): void {
  const columns = tables.flatMap(({ ts, columns }) => [ts, ...columns.map(({ values }) => values)]);
  const [near, far] = [columns.filter(isNear), columns.filter((values) => !isNear(values))];
  near.forEach(takeBack);
  for (const buffer of new Set(far.map(({ buffer }) => buffer))) {
    const size = buffer.byteLength;
    if (!lent.delete(buffer) || !(buffer instanceof ArrayBuffer) || size === 0 || size > MOST) continue;
    const buffers = free.get(size) ?? [];
    free.delete(size);
    free.set(size, buffers);
    buffers.push(buffer);
    kept += size;
    while (kept > MOST) dropOldest();
  }
}

/** Lets a column go of the size that nobody has asked for or handed back for longest. */
function dropOldest(): void {
  const [size, buffers] = free.entries().next().value!;
  if (buffers.pop()) kept -= size;
  if (!buffers.length) free.delete(size);
}
