/** Reads structs in Thrift's compact protocol; see `thrift_writer.ts`. */

/** A field's value: numbers are exact up to 2^53. */
export type Value = number | boolean | Uint8Array | readonly Value[] | Struct;

/** The fields of a struct by number. */
export interface Struct {
  readonly [id: number]: Value | undefined;
}

/** Bytes and where to read on. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const TRUE = 1, FALSE = 2, BYTE = 3, I16 = 4, I32 = 5, I64 = 6, DOUBLE = 7, BINARY = 8, LIST = 9, SET = 10, STRUCT = 12;

/**
 * Reads a struct.
 *
 * @throws {TypeError} If the bytes end within it, or it has what no Parquet file has.
 */
export function readStruct(cursor: Cursor): Struct {
  const fields: Record<number, Value> = {};
  for (let id = 0;;) {
    const head = readByte(cursor);
    if (head === 0) return fields;
    id = head >> 4 ? id + (head >> 4) : readZigzag(cursor);
    fields[id] = readValue(cursor, head & 15);
  }
}

function readValue(cursor: Cursor, type: number): Value {
  switch (type) {
    case TRUE:
    case FALSE:
      return type === TRUE;
    case BYTE:
      return readByte(cursor) << 24 >> 24;
    case I16:
    case I32:
    case I64:
      return readZigzag(cursor);
    case DOUBLE:
      return new DataView(readBytes(cursor, 8).slice().buffer).getFloat64(0, true);
    case BINARY:
      return readBytes(cursor, readVarint(cursor));
    case LIST:
    case SET:
      return readList(cursor);
    case STRUCT:
      return readStruct(cursor);
  }
  throw new TypeError(`its metadata have a field of type ${type}`);
}

function readList(cursor: Cursor): Value[] {
  const head = readByte(cursor);
  const type = head & 15;
  const count = head >> 4 === 15 ? readVarint(cursor) : head >> 4;
  const values: Value[] = [];
  // In a list a boolean is a byte.
  for (let i = 0; i < count; i++) values.push(type <= FALSE ? readByte(cursor) === TRUE : readValue(cursor, type));
  return values;
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw new TypeError("its metadata are cut short");
  return byte;
}

function readBytes(cursor: Cursor, count: number): Uint8Array {
  const end = cursor.at + count;
  if (end > cursor.bytes.length) throw new TypeError("its metadata are cut short");
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

/** Reads a whole number of variable length. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1;; scale *= 128) {
    const byte = readByte(cursor);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

/** Reads a signed whole number of variable length. */
function readZigzag(cursor: Cursor): number {
  const value = readVarint(cursor);
  return value % 2 ? -(value + 1) / 2 : value / 2;
}
