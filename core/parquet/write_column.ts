/** One column chunk: its pages and what the footer says of it. */
import { begin, bytes, doubles, isNear, put, rewind, take, ZEROS } from "../kernels/arena.ts";
import { kernels, MOST_DISTINCT } from "../kernels/kernels.ts";
import { append, type ByteSink } from "./byte_sink.ts";
import { CODEC, ENCODING, PAGE, TYPE } from "./format.ts";
import type { ThriftWriter } from "./thrift_writer.ts";

/** A column to write. */
export interface WriteColumn {
  readonly name: string;
  readonly type: "int64" | "float64";
  /** `NaN` is null. */
  readonly values: Float64Array;
  /** Whether it may hold nulls at all. */
  readonly required?: boolean;
}

/** Where a file is put together. */
export interface FileSinks {
  /** The pages. */
  readonly pages: ByteSink;
  readonly headers: ThriftWriter;
  /** What is to follow behind all pages. */
  readonly footer: ThriftWriter;
}

/** Rows per page: few enough that a reader of some rows has little to decode, many enough that headers cost little. */
const PAGE_ROWS = 2 ** 14;
/** What a page's values and levels take at most, or a dictionary. */
const PAGE_BYTES = 9 * PAGE_ROWS + 1024;
const MAX_INT = 2 ** 53;

/**
 * Writes rows `start` to `end` of a column and what the footer says of them. Returns their size without compression.
 *
 * @throws {TypeError} If an int64 column holds a fraction or a number above 2^53 in size.
 */
export function writeColumn(
  { name, type, values, required }: WriteColumn,
  start: number,
  end: number,
  sinks: FileSinks,
): number {
  const { pages, footer } = sinks;
  const { closeUp, countBits, findDistinct, encodeDelta, packCodes, memory } = kernels();
  const rows = end - start;
  const whole = type === "int64";
  begin();
  const column = put(values.subarray(start, end));
  // Where the values that are not null go, should there be others.
  const closed = isNear(values) ? take(8 * rows) : column;
  const bits = take(Math.ceil(rows / 8));
  const found = take(24);
  const nulls = closeUp(column, rows, bits, found, closed);
  const present = nulls ? closed : column;
  const [min, max, fractions] = doubles(found, 3) as unknown as [number, number, number];
  if (whole && (fractions > 0 || min < -MAX_INT || max > MAX_INT)) {
    throw notWhole(name, values, start, required);
  }
  const count = rows - nulls;
  const codes = take(2 * rows);
  const entries = take(8 * MOST_DISTINCT);
  const scratch = take(8 * 128);
  const page = take(PAGE_BYTES);
  const offset = pages.at;
  let fullSize = 0;
  const distinct = whole ? -1 : findDistinct(present, count, codes, entries, ZEROS);
  const encoding = whole ? ENCODING.delta : distinct >= 0 ? ENCODING.rleDictionary : ENCODING.plain;
  if (distinct >= 0) fullSize += writePage(PAGE.dictionary, entries, 8 * distinct, distinct, ENCODING.plain, sinks);
  const data = pages.at;
  // Bits that the number of a dictionary's last entry takes.
  const width = 32 - Math.clz32(distinct - 1 > 0 ? distinct - 1 : 0);
  for (let row = 0, at = 0; row < rows; row += PAGE_ROWS) {
    const size = Math.min(PAGE_ROWS, rows - row);
    let to = page;
    let taken = size;
    if (!required) {
      to += 4;
      if (nulls) taken = countBits(bits + row / 8, size);
      // One bit each, in groups of eight; or one run of what is the same for all.
      if (taken > 0 && taken < size) {
        const groups = Math.ceil(size / 8);
        to = writeVarint(to, 2 * groups + 1);
        bytes(to, groups).set(bytes(bits + row / 8, groups));
        to += groups;
      } else to = writeRun(to, size, taken ? 1 : 0);
      new DataView(memory.buffer).setUint32(page, to - page - 4, true);
    }
    if (encoding === ENCODING.delta) to = encodeDelta(present + 8 * at, taken, to, scratch) >>> 0;
    else if (encoding === ENCODING.plain) {
      bytes(to, 8 * taken).set(bytes(present + 8 * at, 8 * taken));
      to += 8 * taken;
    } else {
      bytes(to, 1)[0] = width;
      if (width === 0) to = writeRun(to + 1, taken, 0);
      else to = packCodes(codes + 2 * at, taken, width, writeVarint(to + 1, 2 * Math.ceil(taken / 8) + 1)) >>> 0;
    }
    fullSize += writePage(PAGE.data, page, to - page, size, encoding, sinks);
    at += taken;
  }
  footer.begin();
  footer.i64(2, 0);
  footer.struct(3);
  footer.i32(1, whole ? TYPE.int64 : TYPE.double);
  footer.i32List(2, distinct >= 0 ? [ENCODING.rle, encoding, ENCODING.plain] : [ENCODING.rle, encoding]);
  footer.textList(3, [name]);
  footer.i32(4, CODEC.snappy);
  footer.i64(5, rows);
  footer.i64(6, fullSize);
  footer.i64(7, pages.at - offset);
  footer.i64(9, data);
  if (distinct >= 0) footer.i64(11, offset);
  footer.struct(12);
  footer.i64(3, nulls);
  if (count) footer.plain(5, max === 0 ? 0 : max, whole);
  if (count) footer.plain(6, min === 0 ? -0 : min, whole);
  footer.end();
  footer.end();
  footer.end();
  return fullSize;
}

function notWhole(name: string, values: Float64Array, start: number, required = false): TypeError {
  const row = values.findIndex((value, i) =>
    i >= start && !Number.isNaN(value) && !(Number.isInteger(value) && Math.abs(value) <= MAX_INT)
  );
  return new TypeError(
    `${values[row]} in int64 column "${name}", row ${row}, is no whole number within 2^53; ` +
      (required ? "round it" : "write it as float64 or round it"),
  );
}

/** Writes a whole number of variable length, and returns where it ends. */
function writeVarint(at: number, value: number): number {
  const view = bytes(at, 5);
  let length = 0;
  for (; value >= 128; value >>>= 7) view[length++] = value | 128;
  view[length++] = value;
  return at + length;
}

/** Writes `count` times `value`, and returns where that ends. */
function writeRun(at: number, count: number, value: number): number {
  const end = writeVarint(at, 2 * count);
  bytes(end, 1)[0] = value;
  return end + 1;
}

/** Puts a page behind its header, and returns the size of both without compression. */
function writePage(
  kind: number,
  page: number,
  size: number,
  rows: number,
  encoding: number,
  { pages, headers }: FileSinks,
): number {
  const { compress, compressScratch } = kernels();
  const packed = take(size + Math.ceil(size / 6) + 32);
  const length = (compress(page, size, packed, take(compressScratch())) >>> 0) - packed;
  const start = pages.at;
  headers.begin();
  headers.i32(1, kind);
  headers.i32(2, size);
  headers.i32(3, length);
  headers.struct(kind === PAGE.data ? 5 : 7);
  headers.i32(1, rows);
  headers.i32(2, encoding);
  if (kind === PAGE.data) {
    headers.i32(3, ENCODING.rle);
    headers.i32(4, ENCODING.rle);
  }
  headers.end();
  headers.end();
  const header = pages.at - start;
  append(pages, bytes(packed, length));
  rewind(packed);
  return header + size;
}
