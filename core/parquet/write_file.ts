import { append, type ByteSink, createSink, reserve } from "./byte_sink.ts";
import { CONVERTED, MAGIC, REPETITION, TYPE } from "./format.ts";
import { bool, i32, i64, type Item, list, struct, text } from "./thrift_writer.ts";
import { type WriteColumn, writeColumn } from "./write_column.ts";

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
/** A buffer that one large file has grown is not kept. */
const MOST_KEPT = 2 ** 25;

/**
 * Makes a Parquet file of a column of times (microseconds in UTC, none null) and other columns, all of one length. The
 * bytes are good until the next call.
 */
export function writeFile(time: WriteColumn, columns: readonly WriteColumn[], options: FileOptions): Uint8Array {
  if (sink.bytes.length > MOST_KEPT) Object.assign(sink, createSink(2 ** 23));
  sink.at = 0;
  append(sink, encoder.encode(MAGIC));
  const all = [{ ...time, required: true }, ...columns];
  const rows = time.values.length;
  const groups: Item[] = [];
  for (let start = 0; start < rows; start += GROUP_ROWS) {
    groups.push(writeGroup(all, start, Math.min(rows, start + GROUP_ROWS), sink));
  }
  const footer = sink.at;
  struct({
    1: i32(2),
    2: list([struct({ 4: text("schema"), 5: i32(all.length) }), timeSchema(time), ...columns.map(columnSchema)]),
    3: i64(rows),
    4: list(groups),
    5: list(Object.entries(options.metadata).map(([key, value]) => struct({ 1: text(key), 2: text(value) }))),
    6: text(options.createdBy),
    // Bounds are to be read in the order of the column's type.
    7: list(all.map(() => struct({ 1: struct({}) }))),
  }).write(sink);
  reserve(sink, 8);
  sink.view.setUint32(sink.at, sink.at - footer, true);
  sink.at += 4;
  append(sink, encoder.encode(MAGIC));
  return sink.bytes.subarray(0, sink.at);
}

function writeGroup(columns: readonly WriteColumn[], start: number, end: number, sink: ByteSink): Item {
  const offset = sink.at;
  const chunks = columns.map((column) => writeColumn(column, start, end, sink));
  return struct({
    1: list(chunks.map(({ entry }) => entry)),
    2: i64(chunks.reduce((sum, { fullSize }) => sum + fullSize, 0)),
    3: i64(end - start),
    5: i64(offset),
    6: i64(sink.at - offset),
  });
}

function timeSchema({ name }: WriteColumn): Item {
  const timestamp = struct({ 1: bool(true), 2: struct({ 2: struct({}) }) });
  return struct({
    1: i32(TYPE.int64),
    3: i32(REPETITION.required),
    4: text(name),
    6: i32(CONVERTED.timestampMicros),
    10: struct({ 8: timestamp }),
  });
}

function columnSchema({ name, type }: WriteColumn): Item {
  return struct({
    1: i32(type === "int64" ? TYPE.int64 : TYPE.double),
    3: i32(REPETITION.optional),
    4: text(name),
  });
}
