/**
 * Writes structs in Thrift's compact protocol, which Parquet's headers and footer are in:
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { append, appendByte, appendVarint, appendZigzag, type ByteSink, reserve } from "./byte_sink.ts";

const TRUE = 1, FALSE = 2, I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12;

/** A value with its type. */
export interface Item {
  readonly type: number;
  write(sink: ByteSink): void;
}

/** The fields of a struct by number, up to 15; those that are `undefined` are left out. */
export type Fields = Readonly<Record<number, Item | undefined>>;

const encoder = new TextEncoder();
/** For names, most of what the encoder takes is being called. */
const SHORT = 64;
/** Of Parquet's structs none has more fields, so that their numbers fit into the short form of a head. */
const LAST_FIELD = 15;

/** A whole number of 32 bits. */
export function i32(value: number): Item {
  return { type: I32, write: (sink) => appendZigzag(sink, value) };
}

/** A whole number of 64 bits, up to 2^53 in size. */
export function i64(value: number): Item {
  return { type: I64, write: (sink) => appendZigzag(sink, value) };
}

/** True or false. */
export function bool(value: boolean): Item {
  return { type: value ? TRUE : FALSE, write: () => {} };
}

/** Text in UTF-8. */
export function text(value: string): Item {
  return {
    type: BINARY,
    write(sink) {
      if (!isShortAscii(value)) {
        const bytes = encoder.encode(value);
        appendVarint(sink, bytes.length);
        return append(sink, bytes);
      }
      appendVarint(sink, value.length);
      reserve(sink, value.length);
      for (let i = 0; i < value.length; i++) sink.bytes[sink.at++] = value.charCodeAt(i);
    },
  };
}

function isShortAscii(value: string): boolean {
  if (value.length > SHORT) return false;
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false;
  return true;
}

/** A number as PLAIN writes it, in eight bytes: whole ones, up to 2^53 in size, or doubles. */
export function plain(value: number, whole: boolean): Item {
  return {
    type: BINARY,
    write(sink) {
      appendByte(sink, 8);
      reserve(sink, 8);
      if (whole) sink.view.setBigInt64(sink.at, BigInt(value), true);
      else sink.view.setFloat64(sink.at, value, true);
      sink.at += 8;
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
      // Not `for (const key in fields)`, which makes a text of every number.
      for (let id = 1; id <= LAST_FIELD; id++) {
        const item = fields[id];
        if (!item) continue;
        appendByte(sink, (id - last) << 4 | item.type);
        item.write(sink);
        last = id;
      }
      appendByte(sink, 0);
    },
  };
}
