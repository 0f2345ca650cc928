/**
 * Column memory to use again: fresh memory costs page faults, a third of what reading a file takes, and every day needs
 * as much as the one before.
 */
import { isNear } from "../kernels/arena.ts";
import { lendNear, roomOf, takeBack } from "../kernels/near.ts";
import type { Table } from "./table.ts";

/** Sizes are rounded up to multiples of these, as days differ by some rows. */
const STEP = 2 ** 12;
const LARGE_STEP = 2 ** 16;
const LARGE = 2 ** 19;
/** What is kept at most, in bytes. */
const MOST = 2 ** 25;

/** By size, maybe none left of it; sizes that were used last stand last. */
const free = new Map<number, ArrayBuffer[]>();
let kept = 0;

/** Returns a column of `length` values, which are anything: the caller writes all of them. */
export function borrowColumn(length: number): Float64Array<ArrayBuffer> {
  // Rounded up, the columns of 5,000 parts of a few rows each would take 250 MB.
  if (8 * length < STEP / 2) return new Float64Array(length);
  const step = 8 * length < LARGE ? STEP : LARGE_STEP;
  const size = Math.max(1, Math.ceil(8 * length / step)) * step;
  const fit = fitting(size);
  if (fit === undefined) return new Float64Array(new ArrayBuffer(size), 0, length);
  const buffers = free.get(fit)!;
  kept -= fit;
  free.delete(fit);
  free.set(fit, buffers);
  return new Float64Array(buffers.pop()!, 0, length);
}

/**
 * Returns a near column of `length` values, which are anything, while there is room for one; else one as `borrowColumn`
 * does. Near columns lie where the kernels work: those need not copy them, but loops of TypeScript over them are four times
 * as slow, and whatever comes of them is gone when the call of the treatment ends.
 */
export function borrowNear(length: number): Float64Array<ArrayBuffer> {
  return (8 * length < STEP / 2 ? undefined : lendNear(length)) ?? borrowColumn(length);
}

/** A column of `length` values, which are anything, in the memory of one that nobody looks at again, if that is enough. */
export function reuse(column: Float64Array, length: number): Float64Array {
  const { buffer, byteOffset } = column;
  const room = isNear(column) ? roomOf(column) : (buffer.byteLength - byteOffset) / 8;
  return length <= room ? new Float64Array(buffer, byteOffset, length) : borrowNear(length);
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
    if (!(buffer instanceof ArrayBuffer) || size === 0 || size % STEP !== 0 || size > MOST) continue;
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
