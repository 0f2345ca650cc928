/**
 * Writes structs in Thrift's compact protocol, which Parquet's headers and footer are in:
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { append, appendByte, appendVarint, appendZigzag, type ByteSink } from "./byte_sink.ts";

const TRUE = 1, FALSE = 2, BYTE = 3, I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12;

/** A value with its type. */
export interface Item {
  readonly type: number;
  write(sink: ByteSink): void;
}

/** The fields of a struct by number, ascending; those that are `undefined` are left out. */
export type Fields = Readonly<Record<number, Item | undefined>>;

const encoder = new TextEncoder();

/** A whole number of 32 bits. */
export function i32(value: number): Item {
  return { type: I32, write: (sink) => appendZigzag(sink, value) };
}

/** A whole number of 64 bits, up to 2^53 in size. */
export function i64(value: number): Item {
  return { type: I64, write: (sink) => appendZigzag(sink, value) };
}

/** A whole number of 8 bits. */
export function i8(value: number): Item {
  return { type: BYTE, write: (sink) => appendByte(sink, value) };
}

/** True or false. */
export function bool(value: boolean): Item {
  return { type: value ? TRUE : FALSE, write: () => {} };
}

/** Bytes, or text in UTF-8. */
export function binary(value: Uint8Array | string): Item {
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  return {
    type: BINARY,
    write(sink) {
      appendVarint(sink, bytes.length);
      append(sink, bytes);
    },
  };
}

/** A list of items of one type. */
export function list(items: readonly Item[]): Item {
  return {
    type: LIST,
    write(sink) {
      const type = items[0]?.type ?? STRUCT;
      if (items.length < 15) appendByte(sink, items.length << 4 | type);
      else {
        appendByte(sink, 0xf0 | type);
        appendVarint(sink, items.length);
      }
      for (const item of items) item.write(sink);
    },
  };
}

/** A struct. */
export function struct(fields: Fields): Item {
  return {
    type: STRUCT,
    write(sink) {
      let last = 0;
      // Keys that are whole numbers come in ascending order.
      for (const key in fields) {
        const item = fields[key];
        if (!item) continue;
        const id = Number(key);
        appendByte(sink, (id - last) << 4 | item.type);
        item.write(sink);
        last = id;
      }
      appendByte(sink, 0);
    },
  };
}
