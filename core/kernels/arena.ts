/**
 * The kernels' memory, handed out piece by piece and all taken back at once. Whoever begins anew ends what others hold:
 * nothing in it outlives the call that put it there. It grows as needed and is used again, so that columns of one day
 * after another cost no fresh pages.
 */
import { kernels } from "./kernels.ts";

const PAGE = 2 ** 16;
/** Below lie the kernels' own constants, and what stays zero between calls. */
const FIRST = 2 ** 18;
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
  const { memory } = kernels();
  const missing = top - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return at;
}

/** A view of doubles; good until the next `take`. */
export function doubles(at: number, count: number): Float64Array<ArrayBuffer> {
  return new Float64Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** A view of 32-bit numbers; good until the next `take`. */
export function ints(at: number, count: number): Int32Array<ArrayBuffer> {
  return new Int32Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** A view of bytes; good until the next `take`. */
export function bytes(at: number, count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kernels().memory.buffer as ArrayBuffer, at, count);
}

/** Puts doubles into a new piece. */
export function put(values: Float64Array): number {
  const at = take(values.byteLength);
  doubles(at, values.length).set(values);
  return at;
}

/** Puts 32-bit numbers into a new piece. */
export function putInts(values: Int32Array | Uint32Array): number {
  const at = take(values.byteLength);
  ints(at, values.length).set(values);
  return at;
}
