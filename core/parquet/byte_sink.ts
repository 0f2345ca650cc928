/** Bytes that grow at their end. The fields are for hot loops, which write at `at` after `reserve`. */
export interface ByteSink {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  /** Where the next byte goes. */
  at: number;
}

/** Makes an empty sink. */
export function createSink(size = 2 ** 16): ByteSink {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
}

/** Makes room for `count` bytes more; `bytes` and `view` may be others afterwards. */
export function reserve(sink: ByteSink, count: number): void {
  if (sink.at + count <= sink.bytes.length) return;
  const larger = new Uint8Array(Math.max(2 * sink.bytes.length, sink.at + count));
  larger.set(sink.bytes.subarray(0, sink.at));
  sink.bytes = larger;
  sink.view = new DataView(larger.buffer);
}

/** Adds bytes. */
export function append(sink: ByteSink, bytes: Uint8Array): void {
  reserve(sink, bytes.length);
  sink.bytes.set(bytes, sink.at);
  sink.at += bytes.length;
}

/** Adds one byte. */
export function appendByte(sink: ByteSink, byte: number): void {
  reserve(sink, 1);
  sink.bytes[sink.at++] = byte;
}

/** Adds a whole number from 0 to 2^54 in the format's variable length. */
export function appendVarint(sink: ByteSink, value: number): void {
  reserve(sink, 10);
  while (value >= 128) {
    sink.bytes[sink.at++] = value % 128 + 128;
    value = Math.floor(value / 128);
  }
  sink.bytes[sink.at++] = value;
}

/** Adds a whole number up to 2^52 in size, zigzag: 0, -1, 1, -2, ... */
export function appendZigzag(sink: ByteSink, value: number): void {
  appendVarint(sink, value < 0 ? -2 * value - 1 : 2 * value);
}
