import { assertEquals } from "@std/assert";
import { createSink } from "../../../core/parquet/byte_sink.ts";
import { readStruct } from "../../../core/parquet/thrift_reader.ts";
import { ThriftWriter } from "../../../core/parquet/thrift_writer.ts";

/** A struct of every kind of field, in a sink that has so many bytes at first. */
function write(size: number): Uint8Array {
  const sink = createSink(size);
  const writer = new ThriftWriter(sink);
  writer.begin();
  writer.i32(1, -3);
  writer.i64(2, 2 ** 52);
  writer.i64(3, -(2 ** 52));
  writer.bool(4, true);
  writer.bool(5, false);
  writer.text(6, "short".repeat(9));
  writer.text(7, "é".repeat(100));
  writer.plain(8, -7, true);
  writer.plain(9, 0.5, false);
  writer.i32List(10, [0, 1, -1]);
  writer.textList(11, Array.from({ length: 15 }, (_, i) => `${i}`));
  writer.structList(12, 2);
  for (const value of [5, 6]) {
    writer.begin();
    writer.i32(15, value);
    writer.end();
  }
  writer.struct(13);
  writer.i32(2, 127);
  writer.end();
  // The least number of two bytes.
  writer.i32(15, 64);
  writer.end();
  return sink.bytes.slice(0, sink.at);
}

Deno.test("ThriftWriter writes what readStruct() reads", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const read = readStruct({ bytes: write(2 ** 16), at: 0 });
  assertEquals(read, {
    1: -3,
    2: 2 ** 52,
    3: -(2 ** 52),
    4: true,
    5: false,
    6: text("short".repeat(9)),
    7: text("é".repeat(100)),
    8: Uint8Array.of(249, 255, 255, 255, 255, 255, 255, 255),
    9: Uint8Array.of(0, 0, 0, 0, 0, 0, 224, 63),
    10: [0, 1, -1],
    11: Array.from({ length: 15 }, (_, i) => text(`${i}`)),
    12: [{ 15: 5 }, { 15: 6 }],
    13: { 2: 127 },
    15: 64,
  });
});

Deno.test("ThriftWriter writes the same bytes wherever its sink has to grow", () => {
  const bytes = write(2 ** 16);
  for (let size = 0; size <= bytes.length; size++) assertEquals([size, write(size)], [size, bytes]);
});
