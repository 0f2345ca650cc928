/**
 * The kernels' memory, handed out piece by piece and all taken back at once. Whoever begins anew ends what others hold:
 * nothing in it outlives the call that put it there, but near columns. It grows as needed and is used again, so that
 * columns of one day after another cost no fresh pages.
 */
import { kernels } from "./kernels.ts";

const PAGE = 2 ** 16;
/** Where near columns lie (see near.ts); below are the kernels' own constants, and what stays zero between calls. */
export const NEAR = 2 ** 18;
/** Room for near columns, in bytes: a day of 90 columns, a row each second. */
export const NEAR_ROOM = 2 ** 26;
const FIRST = NEAR + NEAR_ROOM;
/** Room behind every piece: kernels read and write whole words. */
const SPARE = 16;

let top = FIRST;
let begun = 0;

/** 128 KB for tables that kernels search in; the first half is zero before and after each call. */
export const ZEROS = PAGE;

/** Takes everything back. */
export function begin(): void {
  top = FIRST;
  begun++;
}

/** How often it was begun: who finds the same number again still has what was handed out. */
export function age(): number {
  return begun;
}

/** How much is handed out, to go back to with `rewind`. */
export function mark(): number {
  return top;
}

/** Takes back what was handed out since `mark`. */
export function rewind(to: number): void {
  top = to;
}

/** Hands out a piece of memory with anything in it. */
export function take(bytes: number): number {
  const at = top;
  top += Math.ceil((bytes + SPARE) / 16) * 16;
  reach(top);
  return at;
}

/** Grows the memory where it ends before `end`. */
export function reach(end: number): void {
  const { memory } = kernels();
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}

/** A view of doubles; good until they are taken back. */
export function doubles(at: number, count: number): Float64Array<ArrayBuffer> {
  return new Float64Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** A view of 32-bit numbers; good until they are taken back. */
export function ints(at: number, count: number): Int32Array<ArrayBuffer> {
  return new Int32Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** A view of bytes; good until they are taken back. */
export function bytes(at: number, count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** Puts doubles into a new piece, but near ones, which are not moved: kernels must only read what was put. */
export function put(values: Float64Array): number {
  if (isNear(values)) return values.byteOffset;
  const at = take(values.byteLength);
  doubles(at, values.length).set(values);
  return at;
}

/** Whether values lie in the kernels' memory. */
export function isNear(values: Float64Array): boolean {
  return values.buffer === kernels().memory.buffer;
}

/**
 * Where kernels are to write the `count` values of `out`: there, if it is near, or in a new piece that `deliver` copies.
 *
 * @throws {RangeError} If `out` has another length.
 */
export function target(out: Float64Array, count: number): number {
  if (out.length !== count) throw new RangeError(`Cannot put ${count} values into an array of ${out.length}`);
  return isNear(out) ? out.byteOffset : take(out.byteLength);
}

/** Moves what was written at `target(out)` to `out`. */
export function deliver(at: number, out: Float64Array): void {
  if (!isNear(out)) out.set(doubles(at, out.length));
}

/** Puts 32-bit numbers into a new piece. */
export function putInts(values: Int32Array | Uint32Array): number {
  const at = take(values.byteLength);
  ints(at, values.length).set(values);
  return at;
}
