/** The kernels of Parquet's encodings equal their plain twins, bit by bit. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { begin, bytes, doubles, ints, put, take, ZEROS } from "../../../core/kernels/arena.ts";
import { kernels } from "../../../core/kernels/kernels.ts";
import { appendByte, appendVarint, appendZigzag, createSink } from "../../../core/parquet/byte_sink.ts";
import type { Integer } from "../../../core/parquet/integers.ts";
import { decodeDelta } from "./twins/delta_decode.ts";
import { encodeDelta } from "./twins/delta_encode.ts";
import { findDistinct } from "./twins/dictionary.ts";
import { decodeHybrid, packCodes } from "./twins/hybrid.ts";
import { compress, decompress } from "./twins/snappy.ts";

const MAX = 2 ** 53;

/** Bytes into the kernels' memory; returns where they are. */
function load(content: Uint8Array): number {
  const at = take(content.length);
  bytes(at, content.length).set(content);
  return at;
}

/** What a call throws or returns. */
function outcome<T>(call: () => T): T | "fails" {
  try {
    return call();
  } catch (error) {
    assert(error instanceof TypeError);
    return "fails";
  }
}

const length = fc.oneof(fc.constantFrom(0, 1, 2, 31, 32, 33, 34, 128, 129, 130, 257), fc.integer({ min: 0, max: 300 }));
/** Whole numbers that keep within a size, from one bit to 53. */
const scattered = fc.tuple(length, fc.integer({ min: 1, max: 53 })).chain(([rows, bits]) =>
  fc.array(fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) }), { minLength: rows, maxLength: rows })
);

/** A number of up to so many bits, small ones as likely as large ones. */
function sized(most: number): fc.Arbitrary<bigint> {
  return fc.integer({ min: 0, max: most }).chain((bits) =>
    fc.bigInt({ min: -(2n ** BigInt(bits)), max: 2n ** BigInt(bits) })
  );
}

/** Numbers that rise or fall by nearly as much each time. */
function steady(first: fc.Arbitrary<bigint>, step: fc.Arbitrary<bigint>): fc.Arbitrary<bigint[]> {
  const noise = fc.integer({ min: 0, max: 18 }).chain((bits) =>
    length.chain((rows) => fc.array(fc.integer({ min: 0, max: 2 ** bits }), { minLength: rows, maxLength: rows }))
  );
  return fc.tuple(first, step, noise).map(([first, step, noise]) =>
    noise.map((value, i) => first + BigInt(i) * step + BigInt(value))
  );
}

const whole = fc.oneof(
  scattered,
  steady(sized(52), sized(43)).filter((values) => values.every((value) => value <= MAX && value >= -MAX)),
)
  .map((values) => values.map(Number));

Deno.test("encodeDelta() gives its twin's bytes, and decodeDelta() the numbers back", () => {
  fc.assert(
    fc.property(whole, (values) => {
      begin();
      const column = put(Float64Array.from(values));
      const out = take(9 * values.length + 4000);
      const end = kernels().encodeDelta(column, values.length, out, take(1024));
      const encoded = bytes(out, end - out).slice();
      assertEquals(encoded, encodeDelta(values));
      const decoded = take(8 * values.length);
      const behind = take(64);
      bytes(behind, 64).fill(7);
      assertEquals(kernels().decodeDelta(out, end, 2, 1n, decoded, values.length, take(8)), 0);
      assert(bytes(behind, 64).every((byte) => byte === 7));
      assertEquals([...doubles(decoded, values.length)], values.map((value) => value + 0));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("decodeDelta() equals its twin on numbers of any kind, and on damaged bytes", () => {
  const kinds = fc.record({
    bits: fc.constantFrom<32 | 64>(32, 64),
    signed: fc.boolean(),
    divisor: fc.constantFrom(1n, 1000n),
  });
  // Across the bounds, in small steps and large ones.
  const edge = fc.constantFrom(BigInt(MAX) - 2n ** 16n, 2n ** 16n - BigInt(MAX));
  const leaving = fc.oneof(
    steady(edge, sized(20)),
    steady(sized(40), fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n })),
  );
  const damage = fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 1 });
  // Nanoseconds take more bits than a double has.
  const nanos = fc.array(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(whole, nanos, leaving), kinds, damage, (values, kind: Integer, change) => {
      begin();
      const encoded = encodeDelta(values);
      if (change) encoded[change[0] % encoded.length] = change[1];
      const expected = outcome(() => decodeDelta(encoded, kind));
      const at = load(encoded);
      const count = values.length;
      const decoded = take(8 * count);
      const number = (kind.bits === 64 ? 2 : 0) + (kind.signed ? 0 : 1);
      const fault = kernels().decodeDelta(at, at + encoded.length, number, kind.divisor, decoded, count, take(8));
      // The twin takes block sizes and counts as they come.
      if (change && (fault || expected === "fails" || expected.length !== count)) return;
      if (expected === "fails") assertEquals(fault, 2);
      else assertEquals([fault, [...doubles(decoded, count)]], [0, expected.map((value) => value + 0)]);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("decodeDelta() notices a number that leaves the bounds within a block of any size", () => {
  begin();
  const sink = createSink();
  for (const size of [8192, 1, 8193]) appendVarint(sink, size);
  appendZigzag(sink, 2 ** 51); // The first number.
  appendZigzag(sink, 2 ** 40 - 1); // The least difference.
  appendByte(sink, 0); // So wide are the differences beside the least: all are equal.
  const encoded = sink.bytes.subarray(0, sink.at);
  const at = load(encoded);
  assertEquals(kernels().decodeDelta(at, at + encoded.length, 2, 1n, take(8 * 8193), 8193, take(8)), 2);
});

Deno.test("decodeDelta() refuses bytes that end too soon, wherever that is", () => {
  fc.assert(fc.property(whole.filter((values) => values.length > 0), fc.nat(), (values, cut) => {
    begin();
    const encoded = encodeDelta(values);
    const at = load(encoded);
    const end = at + cut % encoded.length;
    assertEquals(kernels().decodeDelta(at, end, 2, 1n, take(8 * values.length), values.length, take(8)), 1);
  }));
});

Deno.test("decodeDelta() refuses heads that make no sense, and differences of more than 64 bits", () => {
  const decode = (block: number, minis: number, total: number, width = 0) => {
    begin();
    const sink = createSink();
    for (const number of [block, minis, total]) appendVarint(sink, number);
    for (const byte of [0, 0, width]) appendByte(sink, byte);
    for (let i = 0; i < 400; i++) appendByte(sink, 0);
    const at = load(sink.bytes.subarray(0, sink.at));
    return kernels().decodeDelta(at, at + sink.at, 2, 1n, take(8 * 3), 3, take(8));
  };
  assertEquals([decode(128, 4, 3), decode(128, 4, 3, 64)], [0, 0]);
  assertEquals([decode(128, 4, 2), decode(128, 4, 4), decode(128, 4, 3, 65)], [1, 1, 1]);
  for (const [block, minis] of [[128, 0], [0, 4], [4, 8], [132, 4], [48, 4], [130, 4]] as const) {
    assertEquals(decode(block, minis, 3), 1, `${block} ${minis}`);
  }
});

Deno.test("decodeDelta() takes numbers up to 2^53 in size, be they first or not, and none above", () => {
  for (const kind of [2, 3]) {
    for (const most of kind === 2 ? [2n ** 53n, -(2n ** 53n)] : [2n ** 53n]) {
      const above = most < 0n ? most - 1n : most + 1n;
      for (const values of [[most], [0n, most], [above], [0n, above]]) {
        begin();
        const encoded = encodeDelta(values);
        const [at, found, large] = [load(encoded), take(8 * values.length), take(8)];
        const fault = kernels().decodeDelta(at, at + encoded.length, kind, 1n, found, values.length, large);
        assertEquals(fault, values.includes(above) ? 2 : 0);
        if (!fault) assertEquals([...doubles(found, values.length)], values.map(Number));
        else assertEquals(new BigInt64Array(bytes(large, 8).slice().buffer)[0], above);
      }
    }
  }
});

Deno.test("packCodes() and decodeHybrid() equal their twins for any width", () => {
  const codes = fc.oneof(fc.constantFrom(1, 8), fc.integer({ min: 1, max: 31 })).chain((width) =>
    fc.tuple(fc.constant(width), fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { maxLength: 80, size: "max" }))
  );
  fc.assert(fc.property(codes, fc.integer({ min: 1, max: 40 }), ([width, values], repeats) => {
    begin();
    const packed = packCodes(values, width);
    if (width <= 14) {
      const list = load(new Uint8Array(Uint16Array.from(values).buffer));
      const out = take(width * 16);
      const end = kernels().packCodes(list, values.length, width, out);
      assertEquals(bytes(out, end - out).slice(), packed);
    }
    // A packed run, then one of equal numbers.
    const last = values.at(-1) ?? 0;
    const groups = Math.ceil(values.length / 8);
    const run = [2 * repeats, last & 255, last >> 8 & 255, last >> 16 & 255, last >> 24 & 255].slice(
      0,
      1 + Math.ceil(width / 8),
    );
    const both = Uint8Array.from([...(groups ? [2 * groups + 1] : []), ...packed, ...run]);
    const count = 8 * groups + repeats;
    const expected = decodeHybrid(both, width, count);
    const at = load(both);
    if (width <= 12) {
      const table = put(Float64Array.from({ length: 2 ** width }, (_, i) => i / 3));
      const found = take(8 * count);
      assert(kernels().decodeHybrid(at, at + both.length, width, found, count, table, 2 ** width));
      assertEquals([...doubles(found, count)], expected.map((code) => code / 3));
      const most = Math.max(...expected);
      assertEquals(kernels().decodeHybrid(at, at + both.length, width, found, count, table, most), 0);
    }
    if (width <= 8) {
      const found = take(count);
      assert(kernels().decodeHybrid(at, at + both.length, width, found, count, 0, 256));
      assertEquals([...bytes(found, count)], expected);
      if (width === 1) assertEquals(kernels().countOnes(found, count), expected.filter((code) => code === 1).length);
      // Cut short it has too few.
      assertEquals(kernels().decodeHybrid(at, at + both.length - 1, width, found, count, 0, 256), 0);
    }
  }));
});

const input = fc.tuple(fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(300))), fc.boolean())
  .map(([pieces, long]) => {
    const bytes = pieces.flatMap(([piece, times]) => Array.from({ length: times + 1 }, () => [...piece]).flat());
    return Uint8Array.from(long ? [...bytes, ...bytes, ...bytes] : bytes);
  });

Deno.test("decodeHybrid() takes a last group that is cut to the numbers it holds, and none that is cut further", () => {
  const codes = fc.integer({ min: 1, max: 8 }).chain((width) =>
    fc.tuple(fc.constant(width), fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { minLength: 1, maxLength: 40 }))
  );
  fc.assert(fc.property(codes, ([width, values]) => {
    begin();
    const packed = packCodes(values, width).slice(0, Math.ceil(values.length * width / 8));
    const run = Uint8Array.from([2 * Math.ceil(values.length / 8) + 1, ...packed]);
    const [at, found] = [load(run), take(values.length)];
    const decode = (end: number) => kernels().decodeHybrid(at, end, width, found, values.length, 0, 256);
    assert(decode(at + run.length));
    assertEquals([...bytes(found, values.length)], values);
    assertEquals(decode(at + run.length - 1), 0);
  }));
});

Deno.test("compress() gives its twin's bytes, and decompress() fails where its twin does", () => {
  fc.assert(fc.property(input, fc.option(fc.tuple(fc.nat(), fc.nat(255))), (content, change) => {
    begin();
    const sink = createSink(1);
    compress(content, sink);
    const expected = sink.bytes.slice(0, sink.at);
    const out = take(content.length * 2 + 64);
    const end = kernels().compress(load(content), content.length, out, take(kernels().compressScratch()));
    assertEquals(bytes(out, end - out).slice(), expected);
    if (change) expected[change[0] % expected.length] = change[1];
    const theirs = new Uint8Array(content.length);
    const same = outcome(() => decompress(expected, theirs));
    const back = take(content.length);
    const worked = kernels().decompress(load(expected), expected.length, back, content.length);
    assertEquals(Boolean(worked), same !== "fails");
    if (worked) assertEquals(bytes(back, content.length).slice(), theirs);
  }));
});

Deno.test("decompress() refuses bytes that end too soon or give too much, and writes little behind the size", () => {
  const unpack = (packed: number, length: number, size: number) => {
    const [out, behind] = [take(size), take(400)];
    bytes(out + size, behind + 400 - out - size).fill(7);
    const worked = Boolean(kernels().decompress(packed, length, out, size));
    assert(bytes(out + size + 15, 384).every((byte) => byte === 7));
    return worked;
  };
  // Of literals with lengths of one, two and three bytes, and of any.
  const random = fc.constantFrom(1, 60, 61, 100, 256, 257, 300)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
  fc.assert(
    fc.property(fc.oneof(random, input.filter(({ length }) => length > 0)), fc.nat(), (content, cut) => {
      begin();
      const sink = createSink(1);
      compress(content, sink);
      const packed = load(sink.bytes.subarray(0, sink.at));
      assert(unpack(packed, sink.at, content.length));
      assert(!unpack(packed, sink.at, content.length + 1));
      for (const less of [1, 20, 300, cut]) {
        assert(!unpack(packed, sink.at, content.length - 1 - less % content.length));
      }
      // The bytes that are missing are there.
      for (let end = 0; end < Math.min(8, sink.at); end++) assert(!unpack(packed, end, content.length));
      for (const less of [0, 1, 2, 3, cut]) assert(!unpack(packed, sink.at - 1 - less % sink.at, content.length));
    }),
  );
});

Deno.test("decompress() refuses copies of what is not there", () => {
  begin();
  // Four bytes, and then four from so many bytes ahead of them.
  for (const kind of [1, 2, 3]) {
    const copies = [0, 3, 4, 5].map((offset) => {
      const copy = kind === 1 ? [1, offset] : [kind | 3 << 2, offset, 0, ...kind === 3 ? [0, 0] : []];
      const packed = Uint8Array.of(8, 3 << 2, 1, 2, 3, 4, ...copy);
      return Boolean(kernels().decompress(load(packed), packed.length, take(8), 8));
    });
    assertEquals(copies, [false, true, true, false]);
  }
});

Deno.test("measure(), closeUp(), countBits() and spread() agree with plain loops", () => {
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, 0, -0, Infinity, -Infinity, MAX, 0.5));
  fc.assert(fc.property(fc.array(value, { maxLength: 170, size: "max" }), (values) => {
    begin();
    const column = put(Float64Array.from(values));
    const found = take(24);
    const valid = values.filter((x) => !Number.isNaN(x));
    const fractions = valid.filter((x) => Number.isFinite(x) && !Number.isInteger(x)).length;
    const expected = [Math.min(...valid) + 0, Math.max(...valid) + 0, fractions];
    assertEquals(kernels().measure(column, values.length, found), values.length - valid.length);
    assertEquals([...doubles(found, 3)].map((x) => x + 0), expected);
    const bits = take(Math.ceil(values.length / 8));
    const closed = take(8 * values.length);
    for (const to of [closed, column]) {
      assertEquals(kernels().closeUp(column, values.length, bits, found, to), values.length - valid.length);
      assertEquals([...doubles(found, 3)].map((x) => x + 0), expected);
      if (to === closed) assertEquals([...doubles(column, values.length)], values);
      if (to === column || valid.length < values.length) assertEquals([...doubles(to, valid.length)], valid);
    }
    const levels = values.map((x) => Number.isNaN(x) ? 0 : 1);
    assertEquals(bytes(bits, Math.ceil(values.length / 8)).slice(), packCodes(levels, 1));
    assertEquals(kernels().countBits(bits, values.length), valid.length);
    const spread = take(8 * values.length + 8);
    doubles(spread, valid.length).set(valid);
    kernels().spread(spread, load(Uint8Array.from(levels)), values.length, valid.length);
    assertEquals([...doubles(spread, values.length)], values);
  }));
});

Deno.test("findDistinct() equals its twin, and leaves its tables empty", () => {
  const make = fc.constantFrom<(i: number) => number>(
    (i) => i,
    (i) => i / 100,
    (i) => i % 3 ? -0 : 0,
    (i) => 1 / Math.sqrt(i),
    (i) => i % 7 ? i : NaN,
  );
  fc.assert(
    fc.property(make, fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 0, max: 40_000 }), (make, modulus, n) => {
      begin();
      const values = Float64Array.from({ length: n }, (_, i) => make((i * 7919) % modulus));
      const [codes, entries] = [take(2 * n), take(8 * 2 ** 14)];
      const size = kernels().findDistinct(put(values), n, codes, entries, ZEROS);
      const expected = new Int32Array(n);
      const distinct = findDistinct(values, n, expected);
      assertEquals(size, distinct?.length ?? -1);
      if (distinct) {
        assertEquals(doubles(entries, size).slice(), distinct.slice());
        assertEquals(Int32Array.from(new Uint16Array(bytes(codes, 2 * n).slice().buffer)), expected);
      }
      assert(ints(ZEROS, 2 ** 14).every((word) => word === 0));
    }),
    { numRuns: 40 },
  );
});
