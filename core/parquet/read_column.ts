/** The rows of one column, page by page. */
import { begin, bytes, doubles, isNear, mark, rewind, take } from "../kernels/arena.ts";
import { kernels } from "../kernels/kernels.ts";
import { loadPage } from "./decompress.ts";
import { CODEC, PAGE } from "./format.ts";
import { damaged } from "./integers.ts";
import type { ChunkInfo } from "./read_footer.ts";
import { type Dictionary, type Piece, readPlain, readValues, type Stored } from "./read_values.ts";
import { readStruct, readVarint, type Struct } from "./thrift_reader.ts";

/** A column to read. */
export interface ReadColumn extends Stored {
  readonly optional: boolean;
}

/** Rows of a row group to read: those from `from` to `to` (excluded) go to `out` from `at` on. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly out: Float64Array;
  readonly at: number;
}

/** No writer makes larger pages. */
const LARGEST = 2 ** 28;

/**
 * Reads rows of a column chunk; pages without any of them are passed over.
 *
 * @throws {TypeError} If it is damaged or written in a way that is not supported.
 */
export function readChunk(file: Uint8Array, chunk: ChunkInfo, column: ReadColumn, part: Part): void {
  const cursor = { bytes: file, at: chunk.start };
  let dictionary: Dictionary | undefined;
  begin();
  for (let row = 0; row < part.to;) {
    const header = readStruct(cursor);
    const [size, packed] = [Number(header[2]), Number(header[3])];
    if (!(size >= 0 && size <= LARGEST && packed >= 0 && cursor.at + packed <= file.length)) throw damaged();
    const input = file.subarray(cursor.at, cursor.at + packed);
    cursor.at += packed;
    if (header[1] === PAGE.dictionary) {
      dictionary = readDictionary(loadPage(chunk.codec, input, size), size, header[7] as Struct, column);
    }
    if (header[1] !== PAGE.data && header[1] !== PAGE.dataV2) continue;
    const data = (header[1] === PAGE.data ? header[5] : header[8]) as Struct | undefined;
    if (!data) throw damaged();
    const rows = Number(data[1]);
    if (!(rows >= 0) || row + rows > chunk.values) throw damaged();
    if (rows > 0 && row + rows > part.from) {
      const start = mark();
      const page = header[1] === PAGE.data
        ? openPage(loadPage(chunk.codec, input, size), size, Number(data[2]), column)
        : openPageV2(input, data, size, chunk.codec, column);
      readRows(page, rows, row, column, dictionary, part);
      rewind(start);
    }
    row += rows;
  }
}

/** A page without compression in the kernels' memory. */
interface Page {
  /** Empty where every row has a value. */
  readonly levels: Piece;
  readonly values: Piece;
  readonly encoding: number;
}

function openPage(at: number, size: number, encoding: number, { optional }: ReadColumn): Page {
  const end = at + size;
  if (!optional) return { levels: { at, end: at }, values: { at, end }, encoding };
  const length = size < 4 ? NaN : new DataView(bytes(at, 4).buffer, at).getUint32(0, true);
  if (!(4 + length <= size)) throw damaged();
  const values = at + 4 + length;
  return { levels: { at: at + 4, end: values }, values: { at: values, end }, encoding };
}

/** In the second version, levels are never compressed and values may not be. */
function openPageV2(input: Uint8Array, header: Struct, size: number, codec: number, column: ReadColumn): Page {
  const [length, repetition] = [Number(header[5] ?? 0), Number(header[6] ?? 0)];
  const rest = size - length - repetition;
  if (!(rest >= 0 && length >= 0 && repetition >= 0 && length + repetition <= input.length)) throw damaged();
  const levels = loadPage(CODEC.none, input.subarray(repetition, repetition + length), length);
  // Of no values, some writers compress nothing, and others leave nothing to compress.
  const packed = header[7] === false || rest === 0 ? CODEC.none : codec;
  const at = loadPage(packed, rest === 0 ? new Uint8Array() : input.subarray(length + repetition), rest);
  const end = levels + (column.optional ? length : 0);
  return { levels: { at: levels, end }, values: { at, end: at + rest }, encoding: Number(header[4]) };
}

function readDictionary(page: number, size: number, header: Struct | undefined, column: ReadColumn): Dictionary {
  const count = Number(header?.[1]);
  if (!(count >= 0 && count <= LARGEST / 8)) throw damaged();
  const at = take(8 * count);
  readPlain({ at: page, end: page + size }, column, at, count);
  return { at, size: count };
}

/** Puts those rows of a page that `part` wants in place. `row` is the number of its first. */
function readRows(
  { levels, values, encoding }: Page,
  rows: number,
  row: number,
  column: ReadColumn,
  dictionary: Dictionary | undefined,
  { from, to, out, at }: Part,
): void {
  if (rows > LARGEST / 8) throw damaged();
  // A page of which all is wanted is decoded where it belongs.
  const inPlace = isNear(out) && from <= row && row + rows <= to;
  const decoded = inPlace ? out.byteOffset + 8 * (at + row - from) : take(8 * rows);
  const present = take(rows);
  const count = levels.end > levels.at ? readLevels(levels, rows, present) : rows;
  // A page of nulls may have no bytes for its values at all.
  if (count > 0) readValues(encoding, values, column, dictionary, decoded, count);
  if (count < rows) kernels().spread(decoded, present, rows, count);
  if (inPlace) return;
  const [first, last] = [Math.max(0, from - row), Math.min(rows, to - row)];
  out.set(doubles(decoded + 8 * first, last - first), at + row + first - from);
}

/** Reads which rows have a value, and returns how many; sets `present` only where not all have one. */
function readLevels({ at, end }: Piece, rows: number, present: number): number {
  const cursor = { bytes: bytes(at, end - at), at: 0 };
  // Mostly it says at once that no row is null.
  if (readVarint(cursor) === 2 * rows && cursor.bytes[cursor.at] === 1) return rows;
  if (!kernels().decodeHybrid(at, end, 1, present, rows, 0, 2)) throw damaged();
  return kernels().countOnes(present, rows);
}
