/**
 * Near columns: they lie in the kernels' memory, which spares the copying there and back that others take. They are good
 * until the call of a treatment ends, since no collector knows of them, and loops of TypeScript over them are four times as
 * slow, since that memory can grow: so they are for columns that kernels work on.
 */
import { doubles, isNear, NEAR, NEAR_ROOM, reach } from "./arena.ts";

/** Rows that may be written before a near column and behind it. */
export const MARGIN = 16;
const MARGIN_BYTES = 8 * MARGIN;
/** Sizes are rounded up to multiples of these: what one day had is to hold one that is some rows longer. */
const STEP = 2 ** 12;
const LARGE_STEP = 2 ** 16;
const LARGE = 2 ** 19;

interface Piece {
  readonly at: number;
  readonly size: number;
}

let top = NEAR;
let free: Piece[] = [];
/** By the address of their column. */
const lent = new Map<number, Piece>();

/** Lends a near column whose values are anything; `undefined` where no room is left. */
export function lendNear(length: number): Float64Array<ArrayBuffer> | undefined {
  const step = 8 * length < LARGE ? STEP : LARGE_STEP;
  const size = Math.ceil((8 * length + 2 * MARGIN_BYTES) / step) * step;
  const piece = takeFree(size) ?? takeFresh(size);
  if (!piece) return undefined;
  const at = piece.at + MARGIN_BYTES;
  lent.set(at, piece);
  return doubles(at, length);
}

/** Takes a near column back, by its first row; what was not lent, or is taken back already, is left alone. */
export function takeBack(column: Float64Array): void {
  const piece = lent.get(column.byteOffset);
  if (!piece) return;
  lent.delete(column.byteOffset);
  free.push(piece);
}

/** Takes all near columns back. */
export function takeBackAll(): void {
  top = NEAR;
  free = [];
  lent.clear();
}

/** How many rows a near column could have where it begins; 0 if it does not begin where one was lent. */
export function roomOf(column: Float64Array): number {
  const piece = lent.get(column.byteOffset);
  return piece ? piece.size / 8 - 2 * MARGIN : 0;
}

/** Whether near values have their margins: not those that lie in the midst of a column. */
export function hasMargins(values: Float64Array): boolean {
  return isNear(values) && values.length <= roomOf(values);
}

/** The smallest piece that is large enough; what it has to spare stays free. */
function takeFree(size: number): Piece | undefined {
  let best = -1;
  for (const [i, piece] of free.entries()) {
    if (piece.size >= size && !(free[best]?.size! <= piece.size)) best = i;
  }
  if (best < 0) return undefined;
  const [{ at, size: all }] = free.splice(best, 1) as [Piece];
  if (all > size) free.push({ at: at + size, size: all - size });
  return { at, size };
}

function takeFresh(size: number): Piece | undefined {
  if (top + size > NEAR + NEAR_ROOM) return undefined;
  const at = top;
  top += size;
  reach(top);
  return { at, size };
}
