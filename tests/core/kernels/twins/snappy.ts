/** Snappy's block format, https://github.com/google/snappy/blob/main/format_description.txt. */
import { appendVarint, type ByteSink, reserve } from "../../../../core/parquet/byte_sink.ts";
import { damaged } from "../../../../core/parquet/integers.ts";

/** A match reaches back this far at most, so that offsets have 16 bits. */
const FRAGMENT = 2 ** 16;
const TABLE_BITS = 13;
/** Shorter rests are not searched: four bytes are read at once. */
const MARGIN = 15;

/** Sixteenths of a byte that the search goes on by; one more for each try in vain. */
const FIRST_STEP = 16;

const table = new Uint16Array(2 ** TABLE_BITS);

/**
 * Compresses `input` onto the end of `sink`. Where nothing repeats the search takes longer and longer steps, so that
 * values that are packed already cost little more than copying them.
 */
export function compress(input: Uint8Array, sink: ByteSink): void {
  // No output is longer than this.
  reserve(sink, 32 + input.length + Math.ceil(input.length / 6));
  appendVarint(sink, input.length);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let start = 0; start < input.length; start += FRAGMENT) {
    compressFragment(input, view, start, Math.min(input.length, start + FRAGMENT), sink);
  }
}

function compressFragment(input: Uint8Array, view: DataView, start: number, end: number, sink: ByteSink): void {
  table.fill(0);
  const limit = end - MARGIN;
  let emitted = start;
  let at = start + 1;
  for (let step = FIRST_STEP; at < limit;) {
    const word = view.getUint32(at, true);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
    const match = start + table[slot]!;
    table[slot] = at - start;
    if (view.getUint32(match, true) !== word) {
      at += step++ >>> 4;
      continue;
    }
    let length = 4;
    while (at + length < end && input[match + length] === input[at + length]) length++;
    emitLiteral(input, emitted, at, sink);
    emitCopy(at - match, length, sink);
    at += length;
    emitted = at;
    step = FIRST_STEP;
  }
  emitLiteral(input, emitted, end, sink);
}

function emitLiteral(input: Uint8Array, from: number, to: number, sink: ByteSink): void {
  const length = to - from;
  if (length === 0) return;
  const { bytes } = sink;
  if (length <= 60) bytes[sink.at++] = (length - 1) << 2;
  else if (length <= 256) {
    bytes[sink.at++] = 60 << 2;
    bytes[sink.at++] = length - 1;
  } else {
    bytes[sink.at++] = 61 << 2;
    bytes[sink.at++] = (length - 1) & 255;
    bytes[sink.at++] = (length - 1) >> 8;
  }
  if (length < 24) { for (let i = from; i < to; i++) bytes[sink.at++] = input[i]!; }
  else {
    bytes.set(input.subarray(from, to), sink.at);
    sink.at += length;
  }
}

function emitCopy(offset: number, length: number, sink: ByteSink): void {
  const { bytes } = sink;
  for (let left = length; left > 0;) {
    // No copy is shorter than 4.
    const part = left > 64 ? Math.min(64, left - 4) : left;
    if (part < 12 && offset < 2048) {
      bytes[sink.at++] = 1 | (part - 4) << 2 | offset >> 8 << 5;
      bytes[sink.at++] = offset & 255;
    } else {
      bytes[sink.at++] = 2 | (part - 1) << 2;
      bytes[sink.at++] = offset & 255;
      bytes[sink.at++] = offset >> 8;
    }
    left -= part;
  }
}

/**
 * Fills `output` from `input`.
 *
 * @throws {TypeError} If `input` is damaged or gives another length.
 */
export function decompress(input: Uint8Array, output: Uint8Array): void {
  let at = 0;
  while (input[at++]! >= 128);
  let to = 0;
  while (at < input.length) {
    const tag = input[at++]!;
    const kind = tag & 3;
    let length = tag >> 2;
    let offset = 0;
    if (kind === 0) {
      if (length >= 60) {
        const count = length - 59;
        length = littleEndian(input, at, count);
        at += count;
      }
      length++;
      if (at + length > input.length || to + length > output.length) throw damaged();
      if (length < 24) { for (let i = 0; i < length; i++) output[to++] = input[at++]!; }
      else {
        output.set(input.subarray(at, at + length), to);
        at += length;
        to += length;
      }
      continue;
    }
    if (kind === 1) {
      length = (length & 7) + 4;
      offset = tag >> 5 << 8 | input[at++]!;
    } else {
      length++;
      const count = kind === 2 ? 2 : 4;
      offset = littleEndian(input, at, count);
      at += count;
    }
    if (!(offset > 0 && offset <= to) || to + length > output.length) throw damaged();
    // Copies may overlap: what they write they read again.
    for (const end = to + length; to < end; to++) output[to] = output[to - offset]!;
  }
  if (to !== output.length) throw damaged();
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? NaN);
  return value;
}
