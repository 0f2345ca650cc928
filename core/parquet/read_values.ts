/** The values of one page, nulls left out, as doubles in the kernels' memory. */
import { bytes, doubles, take } from "../kernels/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import { ENCODING, TYPE } from "./format.ts";
import { damaged, exact, type Integer, wrap } from "./integers.ts";

/** How a column's values are stored. */
export interface Stored {
  /** Physical type. */
  readonly type: number;
  /** What the bits of whole numbers mean. */
  readonly integer: Integer;
}

/** A dictionary in the kernels' memory. */
export interface Dictionary {
  readonly at: number;
  readonly size: number;
}

/** Bytes in the kernels' memory. */
export interface Piece {
  readonly at: number;
  readonly end: number;
}

const WORD = 2 ** 32;
const MAX = 2 ** 53;
const SIZES: Readonly<Record<number, number>> = {
  [TYPE.int32]: 4,
  [TYPE.int64]: 8,
  [TYPE.int96]: 12,
  [TYPE.float]: 4,
  [TYPE.double]: 8,
};

/**
 * Decodes `count` values to `out`.
 *
 * @throws {TypeError} If the bytes make no sense, or a whole number is above 2^53 in size.
 */
export function readValues(
  encoding: number,
  { at, end }: Piece,
  stored: Stored,
  dictionary: Dictionary | undefined,
  out: number,
  count: number,
): void {
  if (encoding === ENCODING.delta) return readDelta({ at, end }, stored.integer, out, count);
  if (encoding === ENCODING.plain) return readPlain({ at, end }, stored, out, count);
  if (encoding === ENCODING.byteStreamSplit) return readSplit({ at, end }, stored, out, count);
  if (encoding !== ENCODING.rleDictionary && encoding !== ENCODING.plainDictionary) {
    throw new TypeError(`its encoding, number ${encoding}, is not supported`);
  }
  if (!dictionary || at >= end) throw damaged();
  const width = bytes(at, 1)[0]!;
  const known = dictionary.size > 0 && width <= 32;
  // Numbers of no bits may have no bytes at all.
  if (known && width === 0) doubles(out, count).fill(doubles(dictionary.at, 1)[0]!);
  else if (!known || !kernels().decodeHybrid(at + 1, end, width, out, count, dictionary.at, dictionary.size)) {
    throw damaged();
  }
}

function readDelta({ at, end }: Piece, { bits, signed, divisor }: Integer, out: number, count: number): void {
  const large = take(8);
  const kind = (bits === 64 ? 2 : 0) + (signed ? 0 : 1);
  const fault = kernels().decodeDelta(at, end, kind, divisor, out, count, large);
  if (fault === 1) throw damaged();
  if (fault === 2) {
    const value = new DataView(bytes(large, 8).buffer, large).getBigInt64(0, true);
    throw new TypeError(`${bits === 64 && !signed ? BigInt.asUintN(64, value) : value} is above 2^53`);
  }
}

/** One value behind another, as the machine has them. */
export function readPlain({ at, end }: Piece, stored: Stored, out: number, count: number): void {
  const size = SIZES[stored.type] ?? NaN;
  if (!(at + size * count <= end)) throw damaged();
  // Not by views of doubles: the bytes are aligned to nothing.
  if (stored.type === TYPE.double) bytes(out, 8 * count).set(bytes(at, 8 * count));
  else {
    makeRoom(count, size);
    page.set(bytes(at, size * count));
    decodePage(stored, out, count);
  }
}

/** A page and its values away from the kernels' memory, in which loops are slow. */
let page = new Uint8Array(0);
let decoded = new Float64Array(0);

function makeRoom(count: number, size: number): void {
  if (page.length < size * count) page = new Uint8Array(size * count);
  if (decoded.length < count) decoded = new Float64Array(count);
}

function decodePage({ type, integer }: Stored, out: number, count: number): void {
  const size = SIZES[type]!;
  const [values, view] = [decoded, new DataView(page.buffer)];
  for (let i = 0; i < count; i++) {
    const offset = size * i;
    if (type === TYPE.float) values[i] = view.getFloat32(offset, true);
    else if (type === TYPE.double) values[i] = view.getFloat64(offset, true);
    else if (type === TYPE.int32) {
      values[i] = integer.signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
    } else if (type === TYPE.int96) values[i] = julianMicros(view, offset);
    else {
      const high = view.getInt32(offset + 4, true);
      const value = high * WORD + view.getUint32(offset, true);
      // 2^53 + 1 reads as 2^53: there the stored number itself has to be asked.
      const plain = value > -MAX && value < MAX && (high >= 0 || integer.signed) && integer.divisor === 1n;
      values[i] = plain ? value : wrap(view.getBigInt64(offset, true), integer);
    }
  }
  doubles(out, count).set(values.subarray(0, count));
}

/** Microseconds since 1970 from nanoseconds of a day and a Julian day, which counts from noon. */
function julianMicros(view: DataView, offset: number): number {
  const nanos = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * WORD;
  const days = view.getInt32(offset + 8, true) - 2_440_588;
  const micros = days * 86_400e6 + Math.floor(nanos / 1000);
  if (micros > -MAX && micros < MAX) return micros;
  return exact(BigInt(days) * 86_400_000_000n + view.getBigUint64(offset, true) / 1000n);
}

/** First bytes of all values, then second bytes, and so on. */
function readSplit({ at, end }: Piece, stored: Stored, out: number, count: number): void {
  const size = SIZES[stored.type] ?? NaN;
  if (!(at + size * count <= end)) throw damaged();
  makeRoom(count, size);
  const from = bytes(at, size * count).slice();
  for (let part = 0; part < size; part++) {
    for (let i = 0; i < count; i++) page[size * i + part] = from[part * count + i]!;
  }
  decodePage(stored, out, count);
}
