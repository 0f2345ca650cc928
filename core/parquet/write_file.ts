import { append, createSink, reserve } from "./byte_sink.ts";
import { CONVERTED, MAGIC, REPETITION, TYPE } from "./format.ts";
import { ThriftWriter } from "./thrift_writer.ts";
import { type FileSinks, type WriteColumn, writeColumn } from "./write_column.ts";

/** What a file holds beside its columns. */
export interface FileOptions {
  readonly createdBy: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Rows per row group, so that readers with little memory can read part by part. */
const GROUP_ROWS = 2 ** 20;

const encoder = new TextEncoder();
// Used again for every file, and large enough for most: fresh memory costs page faults, but only where it is touched.
const sink = createSink(2 ** 23);
const footerSink = createSink();
/** A buffer that one large file has grown is not kept. */
const MOST_KEPT = 2 ** 25;

/**
 * Makes a Parquet file of a column of times (microseconds in UTC, none null) and other columns, all of one length. The
 * bytes are good until the next call.
 */
export function writeFile(time: WriteColumn, columns: readonly WriteColumn[], options: FileOptions): Uint8Array {
  if (sink.bytes.length > MOST_KEPT) Object.assign(sink, createSink(2 ** 23));
  if (footerSink.bytes.length > MOST_KEPT) Object.assign(footerSink, createSink());
  sink.at = 0;
  footerSink.at = 0;
  append(sink, encoder.encode(MAGIC));
  const footer = new ThriftWriter(footerSink);
  const sinks = { pages: sink, headers: new ThriftWriter(sink), footer };
  const all = [{ ...time, required: true }, ...columns];
  const rows = time.values.length;
  footer.begin();
  footer.i32(1, 2);
  writeSchema(time, columns, footer);
  footer.i64(3, rows);
  footer.structList(4, Math.ceil(rows / GROUP_ROWS));
  for (let start = 0; start < rows; start += GROUP_ROWS) {
    writeGroup(all, start, Math.min(rows, start + GROUP_ROWS), sinks);
  }
  writeMetadata(options, all.length, footer);
  footer.end();
  append(sink, footerSink.bytes.subarray(0, footerSink.at));
  reserve(sink, 8);
  sink.view.setUint32(sink.at, footerSink.at, true);
  sink.at += 4;
  append(sink, encoder.encode(MAGIC));
  return sink.bytes.subarray(0, sink.at);
}

function writeGroup(columns: readonly WriteColumn[], start: number, end: number, sinks: FileSinks): void {
  const { pages, footer } = sinks;
  const offset = pages.at;
  let fullSize = 0;
  footer.begin();
  footer.structList(1, columns.length);
  for (const column of columns) fullSize += writeColumn(column, start, end, sinks);
  footer.i64(2, fullSize);
  footer.i64(3, end - start);
  footer.i64(5, offset);
  footer.i64(6, pages.at - offset);
  footer.end();
}

function writeSchema(time: WriteColumn, columns: readonly WriteColumn[], footer: ThriftWriter): void {
  footer.structList(2, 2 + columns.length);
  footer.begin();
  footer.text(4, "schema");
  footer.i32(5, 1 + columns.length);
  footer.end();
  footer.begin();
  footer.i32(1, TYPE.int64);
  footer.i32(3, REPETITION.required);
  footer.text(4, time.name);
  footer.i32(6, CONVERTED.timestampMicros);
  footer.struct(10);
  footer.struct(8);
  footer.bool(1, true);
  footer.struct(2);
  footer.struct(2);
  for (let open = 0; open < 5; open++) footer.end();
  for (const { name, type } of columns) {
    footer.begin();
    footer.i32(1, type === "int64" ? TYPE.int64 : TYPE.double);
    footer.i32(3, REPETITION.optional);
    footer.text(4, name);
    footer.end();
  }
}

function writeMetadata({ createdBy, metadata }: FileOptions, columns: number, footer: ThriftWriter): void {
  const entries = Object.entries(metadata);
  footer.structList(5, entries.length);
  for (const [key, value] of entries) {
    footer.begin();
    footer.text(1, key);
    footer.text(2, value);
    footer.end();
  }
  footer.text(6, createdBy);
  footer.structList(7, columns);
  for (let column = 0; column < columns; column++) {
    // Bounds are to be read in the order of the column's type.
    footer.begin();
    footer.struct(1);
    footer.end();
    footer.end();
  }
}
