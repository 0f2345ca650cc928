/**
 * Parquet files in and out of a `Table`.
 *
 * parquet-wasm is quick when told how: no dictionary, delta encoding for whole numbers and times, one batch per read.
 */
import {
  type Data,
  DataType,
  Field,
  Float64,
  Int64,
  makeData,
  Precision,
  RecordBatch,
  Schema,
  Struct,
  Table as ArrowTable,
  tableFromIPC,
  tableToIPC,
  Timestamp,
  TimeUnit,
} from "apache-arrow";
import * as wasm from "parquet-wasm";
import { VERSION } from "../version.ts";
import { METADATA_KEY } from "./metadata_key.ts";
import { provenance } from "./provenance.ts";
import type { Column, Table } from "./table.ts";

/** Whole numbers up to here are exact in a double. */
const MAX_INT = 2 ** 53;
const WORD = 2 ** 32;

/**
 * Writes `table` to `path`.
 *
 * @throws {TypeError} If `ts` is null or descends somewhere, a column's length differs from `ts`, or an int64 column
 * holds a fraction or a number above 2^53 in size.
 * @throws {Error} If the file cannot be written: the disk is full, the name too long.
 */
export function writeParquet(path: string | URL, table: Table): void {
  const name = String(path).replace(/^.*[/\\]/s, "");
  checkTable(table, name);
  const rows = table.ts.length;
  const time = new Timestamp(TimeUnit.MICROSECOND, "UTC");
  const timeName = table.timeColumn ?? "ts";
  const fields: Field[] = [new Field(timeName, time, false)];
  const children: Data[] = [makeData({ type: time, length: rows, nullCount: 0, data: toInt64(table.ts) })];
  const properties = new wasm.WriterPropertiesBuilder()
    .setCreatedBy(`myx version ${VERSION}`)
    .setCompression(wasm.Compression.SNAPPY)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(wasm.EnabledStatistics.Chunk);
  let builder = properties.setColumnEncoding(timeName, wasm.Encoding.DELTA_BINARY_PACKED);
  for (const { name, type, values } of table.columns) {
    const { bitmap, nullCount } = validity(values);
    const shared = { length: rows, nullCount, nullBitmap: nullCount ? bitmap : null };
    if (type === "int64") {
      builder = builder.setColumnEncoding(name, wasm.Encoding.DELTA_BINARY_PACKED);
      children.push(makeData({ type: new Int64(), data: toInt64(values), ...shared }));
    } else {
      children.push(makeData({ type: new Float64(), data: values, ...shared }));
    }
    fields.push(new Field(name, type === "int64" ? new Int64() : new Float64(), true));
  }
  const schema = new Schema(fields);
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }),
  );
  const metadata = { version: VERSION, ...provenance(), distinct_ts: countDistinct(table.ts), ...table.meta };
  const bytes = wasm.writeParquet(
    wasm.Table.fromIPCStream(tableToIPC(new ArrowTable(schema, batch), "stream")),
    builder.setKeyValueMetadata(new Map([[METADATA_KEY, JSON.stringify(metadata)]])).build(),
  );
  try {
    Deno.writeFileSync(path, bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Its path is one of a staging folder, which nobody knows. Its class and code tell others what happened.
    error.message = `Cannot write "${name}": ${error.message.replace(/ \(os error \d+\).*$/s, "")}`;
    throw error;
  }
}

/** Which rows to read; all of them by default. */
export interface RowRange {
  /** How many rows to pass over. */
  readonly offset?: number;
  /** How many rows to read at most. */
  readonly limit?: number;
}

/**
 * Reads a Parquet file whose first column is a timestamp. Integers and floats of any width become `int64` and `float64`.
 *
 * @throws {TypeError} If the file is not Parquet, does not begin with a timestamp, has a column of another type, or an
 * integer above 2^53 in size.
 */
export function readParquet(path: string | URL, rows: RowRange = {}): Table {
  const arrow = decode(path, rows);
  const [time, ...fields] = arrow.schema.fields;
  if (!time || !DataType.isTimestamp(time.type)) {
    throw new TypeError(`Cannot read "${path}": its first column is no timestamp`);
  }
  const columns = fields.map(({ name, type: stored }, i): Column => {
    const type = DataType.isInt(stored) ? "int64" : DataType.isFloat(stored) ? "float64" : undefined;
    if (!type) throw new TypeError(`Cannot read column "${name}" of "${path}": type ${stored} is no number`);
    return { name, type, values: toFloat64(arrow.getChildAt(i + 1), `${name} of ${path}`) };
  });
  const ts = toFloat64(arrow.getChildAt(0), `${time.name} of ${path}`);
  const factor = [1e6, 1e3, 1, 1e-3][time.type.unit]!;
  if (factor !== 1) { for (let i = 0; i < ts.length; i++) ts[i] = Math.floor(ts[i]! * factor); }
  const text = arrow.schema.metadata.get(METADATA_KEY);
  return {
    ts,
    columns,
    ...(time.name === "ts" ? {} : { timeColumn: time.name }),
    ...(text ? { meta: JSON.parse(text) } : {}),
  };
}

function decode(path: string | URL, rows: RowRange): ArrowTable {
  const bytes = Deno.readFileSync(path);
  try {
    // One batch for the whole file: with the default of 1,024 rows the conversion costs four times as much.
    return tableFromIPC(wasm.readParquet(bytes, { batchSize: 2 ** 31 - 1, ...rows }).intoIPCStream());
  } catch (cause) {
    throw new TypeError(`Cannot read "${path}" as Parquet: ${cause}`, { cause });
  }
}

function checkTable(table: Table, file: string): void {
  const { ts } = table;
  for (let i = 0; i < ts.length; i++) {
    if (!(ts[i]! >= (i ? ts[i - 1]! : -MAX_INT))) {
      throw new TypeError(`Cannot write "${file}": ts is null or goes back in row ${i}`);
    }
  }
  for (const { name, type, values } of table.columns) {
    if (values.length !== ts.length) {
      throw new TypeError(`Cannot write "${file}": column "${name}" has ${values.length} rows and ts ${ts.length}`);
    }
    if (type === "int64") {
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (value === value && !(Number.isInteger(value) && Math.abs(value) <= MAX_INT)) {
          throw new TypeError(
            `Cannot write "${file}": ${value} in int64 column "${name}", row ${i}, is no whole number within 2^53; ` +
              "write it as float64 or round it",
          );
        }
      }
    }
  }
}

/** Whole numbers as little-endian Int64, made by two 32-bit words: BigInt costs ten times as much. Null becomes 0. */
function toInt64(values: Float64Array): BigInt64Array {
  const out = new BigInt64Array(values.length);
  const words = new Int32Array(out.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    const high = Math.floor(value / WORD);
    words[2 * i] = value - high * WORD;
    words[2 * i + 1] = high;
  }
  return out;
}

function validity(values: Float64Array): { bitmap: Uint8Array; nullCount: number } {
  const bitmap = new Uint8Array((values.length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! === values[i]!) bitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return { bitmap, nullCount };
}

function toFloat64(vector: ReturnType<ArrowTable["getChildAt"]>, what: string): Float64Array {
  const out = new Float64Array(vector!.length);
  let at = 0;
  for (const data of vector!.data) {
    const { values, nullBitmap, nullCount, length, offset } = data;
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      const words = new Int32Array(values.buffer, values.byteOffset, 2 * length);
      for (let i = 0; i < length; i++) out[at + i] = words[2 * i + 1]! * WORD + (words[2 * i]! >>> 0);
    } else if (values instanceof Uint16Array && DataType.isFloat(data.type) && data.type.precision === Precision.HALF) {
      throw new TypeError(`Cannot read ${what}: half-precision floats are not supported`);
    } else {
      out.set(values.subarray(0, length), at);
    }
    if (nullCount && nullBitmap?.length) {
      for (let i = 0; i < length; i++) {
        const bit = offset + i;
        if (!(nullBitmap[bit >> 3]! & (1 << (bit & 7)))) out[at + i] = NaN;
      }
    }
    if (DataType.isInt(data.type)) {
      for (let i = 0; i < length; i++) {
        // 2^53 + 1 reads as 2^53: there the stored number itself has to be asked.
        if (Math.abs(out[at + i]!) >= MAX_INT && !isExact(values[i]!)) {
          throw new TypeError(`Cannot read ${what}: ${values[i]} is above 2^53`);
        }
      }
    }
    at += length;
  }
  return out;
}

function isExact(value: bigint | number): boolean {
  return BigInt(value) <= BigInt(MAX_INT) && BigInt(value) >= -BigInt(MAX_INT);
}

function countDistinct(ts: Float64Array): number {
  let count = ts.length ? 1 : 0;
  for (let i = 1; i < ts.length; i++) if (ts[i] !== ts[i - 1]) count++;
  return count;
}
