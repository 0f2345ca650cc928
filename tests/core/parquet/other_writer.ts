/** Parquet files by another hand, parquet-wasm (the Rust crates arrow and parquet), for tests of ours. */
import {
  type Data,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Timestamp,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
} from "apache-arrow";
import { Field } from "apache-arrow";
import * as wasm from "parquet-wasm";

/** The types of columns there are, and what holds their values. */
export const TYPES = {
  int8: [new Int8(), Int8Array],
  int16: [new Int16(), Int16Array],
  int32: [new Int32(), Int32Array],
  int64: [new Int64(), BigInt64Array],
  uint8: [new Uint8(), Uint8Array],
  uint16: [new Uint16(), Uint16Array],
  uint32: [new Uint32(), Uint32Array],
  uint64: [new Uint64(), BigUint64Array],
  float32: [new Float32(), Float32Array],
  float64: [new Float64(), Float64Array],
  time: [new Timestamp(TimeUnit.MICROSECOND, "UTC"), BigInt64Array],
} as const;

export type TypeName = keyof typeof TYPES;

/** A column: `null` is null. */
export interface OtherColumn {
  readonly name: string;
  readonly type: TypeName;
  readonly values: readonly (number | bigint | null)[];
}

export { wasm };

/** Which of these values are not null, as Arrow has it. */
function bitmapOf(values: readonly unknown[]): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => bitmap[i >> 3]! |= (value === null ? 0 : 1) << (i & 7));
  return bitmap;
}

/** Writes times, in units of `unit`, and columns with the properties that `build` sets. */
export function writeOther(
  times: readonly (bigint | null)[],
  unit: TimeUnit,
  columns: readonly OtherColumn[],
  build: (builder: wasm.WriterPropertiesBuilder) => wasm.WriterPropertiesBuilder = (builder) => builder,
): Uint8Array<ArrayBuffer> {
  const length = times.length;
  const time = new Timestamp(unit, "UTC");
  const noTime = times.filter((value) => value === null).length;
  const fields: Field[] = [new Field("ts", time, noTime > 0)];
  const children: Data[] = [makeData({
    type: time,
    length,
    nullCount: noTime,
    ...(noTime > 0 ? { nullBitmap: bitmapOf(times) } : {}),
    data: BigInt64Array.from(times, (value) => value ?? 0n),
  })];
  for (const { name, type, values } of columns) {
    const [arrow, Values] = TYPES[type];
    const nullBitmap = bitmapOf(values);
    // deno-lint-ignore no-explicit-any -- one of ten kinds of arrays
    const data = (Values as any).from(
      values,
      (value: number | bigint | null) => value ?? (Values === BigInt64Array || Values === BigUint64Array ? 0n : 0),
    );
    const nullCount = values.filter((value) => value === null).length;
    fields.push(new Field(name, arrow, true));
    children.push(makeData({ type: arrow, length, nullCount, nullBitmap, data } as never));
  }
  const schema = new Schema(fields);
  const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
  const table = wasm.Table.fromIPCStream(tableToIPC(new Table(schema, batch), "stream"));
  return new Uint8Array(wasm.writeParquet(table, build(new wasm.WriterPropertiesBuilder()).build()));
}

/** What parquet-wasm reads: columns of numbers, `null` for null. */
export function readOther(bytes: Uint8Array): Record<string, (number | bigint | null)[]> {
  const table = tableFromIPC(wasm.readParquet(bytes).intoIPCStream());
  return Object.fromEntries(table.schema.fields.map(({ name }, i) => {
    const column = table.getChildAt(i)!;
    const values = column.data.flatMap((data) =>
      Array.from({ length: data.length }, (_, row) => data.getValid(row) ? data.values[row] : null)
    );
    return [name, values];
  }));
}
