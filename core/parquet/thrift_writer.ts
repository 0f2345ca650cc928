/**
 * Writes structs in Thrift's compact protocol, which Parquet's headers and footer are in:
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { append, appendByte, appendVarint, appendZigzag, type ByteSink, reserve } from "./byte_sink.ts";

const TRUE = 1, FALSE = 2, I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12;

const encoder = new TextEncoder();
/** For names, most of what the encoder takes is being called. */
const SHORT = 64;

/**
 * Writes structs field by field, which are in ascending order of their numbers. So no object is made of a field: a day's
 * windows have thousands of them, and what is collected of them later is memory that each child takes until then.
 */
export class ThriftWriter {
  readonly #sink: ByteSink;
  /** The number of the last field. */
  #last = 0;
  /** Those of the structs around this one. */
  readonly #outer: number[] = [];

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Begins a struct that is no field: the whole, or an item of a list. */
  begin(): void {
    this.#outer.push(this.#last);
    this.#last = 0;
  }

  /** Begins a struct that is a field. */
  struct(id: number): void {
    this.#field(id, STRUCT);
    this.begin();
  }

  /** Ends the struct that was begun last. */
  end(): void {
    appendByte(this.#sink, 0);
    this.#last = this.#outer.pop()!;
  }

  /** A whole number of 32 bits. */
  i32(id: number, value: number): void {
    this.#field(id, I32);
    appendZigzag(this.#sink, value);
  }

  /** A whole number of 64 bits, up to 2^52 in size: all are counts, sizes and places. */
  i64(id: number, value: number): void {
    this.#field(id, I64);
    appendZigzag(this.#sink, value);
  }

  /** True or false. */
  bool(id: number, value: boolean): void {
    this.#field(id, value ? TRUE : FALSE);
  }

  /** Text in UTF-8. */
  text(id: number, value: string): void {
    this.#field(id, BINARY);
    this.#text(value);
  }

  /** A number as PLAIN writes it, in eight bytes: whole ones, up to 2^53 in size, or doubles. */
  plain(id: number, value: number, whole: boolean): void {
    this.#field(id, BINARY);
    const sink = this.#sink;
    appendByte(sink, 8);
    reserve(sink, 8);
    if (whole) sink.view.setBigInt64(sink.at, BigInt(value), true);
    else sink.view.setFloat64(sink.at, value, true);
    sink.at += 8;
  }

  /** A list of whole numbers of 32 bits. */
  i32List(id: number, values: readonly number[]): void {
    this.#list(id, I32, values.length);
    for (const value of values) appendZigzag(this.#sink, value);
  }

  /** A list of texts. */
  textList(id: number, values: readonly string[]): void {
    this.#list(id, BINARY, values.length);
    for (const value of values) this.#text(value);
  }

  /** The head of a list of structs: `count` times `begin` and `end` are to follow. */
  structList(id: number, count: number): void {
    this.#list(id, STRUCT, count);
  }

  /** Short form of a head: Parquet's structs have no fields above 15. */
  #field(id: number, type: number): void {
    appendByte(this.#sink, (id - this.#last) << 4 | type);
    this.#last = id;
  }

  #list(id: number, type: number, count: number): void {
    this.#field(id, LIST);
    if (count < 15) return appendByte(this.#sink, count << 4 | type);
    appendByte(this.#sink, 0xf0 | type);
    appendVarint(this.#sink, count);
  }

  #text(value: string): void {
    const sink = this.#sink;
    if (!isShortAscii(value)) {
      const bytes = encoder.encode(value);
      appendVarint(sink, bytes.length);
      return append(sink, bytes);
    }
    appendVarint(sink, value.length);
    reserve(sink, value.length);
    for (let i = 0; i < value.length; i++) sink.bytes[sink.at++] = value.charCodeAt(i);
  }
}

function isShortAscii(value: string): boolean {
  if (value.length > SHORT) return false;
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 127) return false;
  return true;
}
