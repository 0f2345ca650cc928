import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { snappyUncompress } from "hyparquet";
import { createSink } from "../../../../core/parquet/byte_sink.ts";
import { compress, decompress } from "./snappy.ts";

/** Bytes in which some stretches repeat, up to three fragments of 64 KB long. */
const input = fc.tuple(fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(300))), fc.boolean())
  .map(([pieces, long]) => {
    const bytes = pieces.flatMap(([piece, times]) => Array.from({ length: times + 1 }, () => [...piece]).flat());
    return Uint8Array.from(long ? [...bytes, ...bytes, ...bytes] : bytes);
  });

Deno.test("compress() makes what decompress() and hyparquet turn back", () => {
  fc.assert(fc.property(input, (bytes) => {
    const sink = createSink(1);
    compress(bytes, sink);
    const packed = sink.bytes.subarray(0, sink.at);
    const output = new Uint8Array(bytes.length);
    decompress(packed, output);
    assertEquals(output, bytes);
    const theirs = new Uint8Array(bytes.length);
    if (bytes.length) snappyUncompress(packed, theirs);
    assertEquals(theirs, bytes);
  }));
});

Deno.test("compress() shrinks what repeats and hardly lengthens what does not", () => {
  const size = (bytes: Uint8Array) => {
    const sink = createSink();
    compress(bytes, sink);
    return sink.at;
  };
  const zeros = size(new Uint8Array(100_000));
  const noise = size(crypto.getRandomValues(new Uint8Array(60_000)));
  assertEquals([zeros < 6000, noise < 60_100], [true, true]);
});

Deno.test("decompress() refuses what is damaged", () => {
  const wrong = [[], [5], [4, 0], [1, 4, 65], [4, 1, 0], [4, 0, 65, 5, 9], [200, 1, 254, 255, 255, 255, 255]];
  for (const bytes of wrong) {
    assertThrows(() => decompress(Uint8Array.from(bytes), new Uint8Array(4)), TypeError, "damaged");
  }
});
