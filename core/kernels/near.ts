/**
 * Near columns: they lie in the kernels' memory, which spares the copying there and back that others take. They are good
 * until the call of a treatment ends, since no collector knows of them, and loops of TypeScript over them are two to four
 * times as slow, since that memory can grow: so they are for columns that kernels work on.
 */
import { doubles, isNear, NEAR, NEAR_ROOM, reach } from "./arena.ts";

/** Rows that kernels may have before a near column and behind it. */
export const MARGIN = 16;
const MARGIN_BYTES = 8 * MARGIN;
const STEP = 2 ** 12;
const LARGE_STEP = 2 ** 16;
const LARGE = 2 ** 19;

/** Memory of the near room, and how many rows the column has that it is lent for. */
interface Piece {
  readonly at: number;
  readonly size: number;
  length: number;
}

let top = NEAR;
let free: Piece[] = [];
/** By the address of their column. */
const lent = new Map<number, Piece>();

/** How many bytes a column of so many is given, so that it fits one of a day that is some rows longer. */
export function roundUp(bytes: number): number {
  const step = bytes < LARGE ? STEP : LARGE_STEP;
  return Math.max(1, Math.ceil(bytes / step)) * step;
}

/** Lends a near column whose values are anything; `undefined` where no room is left. */
export function lendNear(length: number): Float64Array<ArrayBuffer> | undefined {
  const piece = takePiece(roundUp(8 * length + 2 * MARGIN_BYTES));
  if (!piece) return undefined;
  const at = piece.at + MARGIN_BYTES;
  piece.length = length;
  lent.set(at, piece);
  return doubles(at, length);
}

/** Lends a near column anew with another length, if there is that much room where it begins. */
export function lendAgain(column: Float64Array, length: number): Float64Array<ArrayBuffer> | undefined {
  const piece = lent.get(column.byteOffset);
  if (!piece || 8 * length + 2 * MARGIN_BYTES > piece.size) return undefined;
  piece.length = length;
  return doubles(column.byteOffset, length);
}

/** Takes back the near column that values are of; once they are, or were not lent, they are left alone. */
export function takeBack({ byteOffset }: Float64Array): void {
  // Mostly they begin where it does.
  const piece = lent.get(byteOffset) ??
    lent.values().find(({ at, size }) => at <= byteOffset && byteOffset < at + size);
  if (!piece) return;
  lent.delete(piece.at + MARGIN_BYTES);
  free.push(piece);
  if (lent.size === 0) takeBackAll();
}

/** Takes all near columns back. */
export function takeBackAll(): void {
  top = NEAR;
  free = [];
  lent.clear();
}

/** Whether values are all of a near column: only these have its margins before and behind. */
export function hasMargins(values: Float64Array): boolean {
  return isNear(values) && lent.get(values.byteOffset)?.length === values.length;
}

/** A piece that is free again, but not one far too large, or a fresh one. */
function takePiece(wanted: number): Piece | undefined {
  const known = free.findIndex(({ size }) => size >= wanted && size <= 2 * wanted);
  if (known >= 0) return free.splice(known, 1)[0];
  if (top + wanted > NEAR + NEAR_ROOM) return undefined;
  try {
    reach(top + wanted);
  } catch {
    return undefined; // The process may have no more memory.
  }
  const piece = { at: top, size: wanted, length: 0 };
  top += wanted;
  return piece;
}
