/** Parquet files of one column put together by hand, for tests of what no writer at hand makes. */
import { append, createSink } from "../../../core/parquet/byte_sink.ts";
import { CODEC, ENCODING, PAGE, REPETITION } from "../../../core/parquet/format.ts";
import { ThriftWriter } from "../../../core/parquet/thrift_writer.ts";

/** A page, by default one of data without compression. */
export interface MadePage {
  readonly kind?: number;
  /** How many values the header tells of. */
  readonly count: number;
  readonly encoding?: number;
  readonly bytes: readonly number[];
  /** What the header says its size is without compression, if not the number of bytes. */
  readonly size?: number;
  /** Of the second version: bytes of the definition levels and of the repetition levels, and whether the rest is compressed. */
  readonly levels?: number;
  readonly repetition?: number;
  readonly packed?: boolean;
  /** Without what its header tells of its kind. */
  readonly bare?: boolean;
}

/** A column, by default a required one without compression whose chunk has as many values as rows. */
export interface MadeColumn {
  readonly type: number;
  readonly converted?: number;
  /** Whether the logical type, which stands alone then, says that whole numbers have a sign. */
  readonly signed?: boolean;
  readonly repetition?: number;
  readonly codec?: number;
  readonly rows: number;
  readonly chunkValues?: number;
  /** Whether the logical type says that it holds stamps in nanoseconds. */
  readonly nanos?: boolean;
  /** How many columns the schema tells of, and how many chunks the row group has: 1, but for damage. */
  readonly columns?: number;
  readonly chunks?: number;
  /** Another file that has the chunk. */
  readonly file?: string;
}

/** The bytes of a file with one column, `a`, of one row group. */
export function makeFile(column: MadeColumn, pages: readonly MadePage[]): Uint8Array<ArrayBuffer> {
  const sink = createSink();
  const file = new ThriftWriter(sink);
  append(sink, Uint8Array.of(80, 65, 82, 49));
  for (const page of pages) writePage(file, sink, page);
  const start = sink.at;
  writeFooter(file, column);
  append(sink, new Uint8Array(Uint32Array.of(sink.at - start).buffer));
  append(sink, Uint8Array.of(80, 65, 82, 49));
  return sink.bytes.slice(0, sink.at);
}

function writePage(file: ThriftWriter, sink: ReturnType<typeof createSink>, page: MadePage): void {
  const { kind = PAGE.data, count, encoding = ENCODING.plain, bytes, size = bytes.length } = page;
  file.begin();
  file.i32(1, kind);
  file.i32(2, size);
  file.i32(3, bytes.length);
  if (kind === PAGE.dataV2) {
    file.struct(8);
    for (const [i, value] of [count, 0, count, encoding, page.levels ?? 0, page.repetition ?? 0].entries()) {
      file.i32(1 + i, value);
    }
    if (page.packed !== undefined) file.bool(7, page.packed);
    file.end();
  } else if (kind !== PAGE.index && !page.bare) {
    file.struct(kind === PAGE.data ? 5 : 7);
    file.i32(1, count);
    file.i32(2, encoding);
    file.end();
  }
  file.end();
  append(sink, Uint8Array.from(bytes));
}

function writeFooter(file: ThriftWriter, column: MadeColumn): void {
  const { type, converted, repetition = REPETITION.required, codec = CODEC.none, rows, chunkValues = rows } = column;
  const { columns = 1, chunks = 1, file: other } = column;
  file.begin();
  file.structList(2, 2);
  file.begin();
  file.i32(5, columns);
  file.end();
  file.begin();
  file.i32(1, type);
  file.i32(3, repetition);
  file.text(4, "a");
  if (converted !== undefined) file.i32(6, converted);
  if (column.signed !== undefined) {
    file.struct(10);
    file.struct(10);
    file.bool(2, column.signed);
    file.end();
    file.end();
  }
  if (column.nanos) {
    file.struct(10);
    file.struct(8);
    file.bool(1, true);
    file.struct(2);
    file.struct(3);
    for (let level = 0; level < 4; level++) file.end();
  }
  file.end();
  file.i64(3, rows);
  file.structList(4, 1);
  file.begin();
  file.structList(1, chunks);
  for (let chunk = 0; chunk < chunks; chunk++) {
    file.begin();
    if (other !== undefined) file.text(1, other);
    file.struct(3);
    file.i32(4, codec);
    file.i64(5, chunkValues);
    file.i64(9, 4);
    // What some writers put where there is no dictionary.
    file.i64(11, 0);
    file.end();
    file.end();
  }
  file.i64(3, rows);
  file.end();
  file.end();
}

/** The bytes of whole numbers of 64 bits. */
export function int64s(...values: readonly (number | bigint)[]): number[] {
  return [...new Uint8Array(BigInt64Array.from(values, BigInt).buffer)];
}
