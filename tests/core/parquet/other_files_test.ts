/** Files of other writers, and damaged ones, in our hands. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TimeUnit } from "apache-arrow";
import fc from "fast-check";
import { CONVERTED, TYPE } from "../../../core/parquet/format.ts";
import { readFile } from "../../../core/parquet/read_file.ts";
import { int64s, makeFile } from "./made_file.ts";
import { type OtherColumn, type TypeName, wasm, writeOther } from "./other_writer.ts";
import { makeSeries, makeTimes, randoms, sameBits, written } from "./series.ts";

type NumberName = Exclude<TypeName, "time">;

const LIMITS: Readonly<Record<NumberName, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 53n), 2n ** 53n],
  uint8: [0n, 255n],
  uint16: [0n, 2n ** 16n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 53n],
  float32: [-1000n, 1000n],
  float64: [-(2n ** 53n), 2n ** 53n],
};

function otherColumn(type: NumberName, rows: number, seed: number): OtherColumn {
  const random = randoms(seed);
  const [low, high] = LIMITS[type];
  const values = Array.from({ length: rows }, () => {
    const pick = random.next().value!;
    if (pick < 0.2) return null;
    const value = pick < 0.3 ? low : pick < 0.4 ? high : low + BigInt(Math.floor(Number(high - low) * pick)) / 3n;
    return type === "int64" || type === "uint64" ? value : Number(value) / (type.startsWith("float") ? 8 : 1);
  });
  return { name: type, type, values };
}

Deno.test("readFile() reads what parquet-wasm writes, in every encoding, compression and version", () => {
  const { Compression, Encoding, WriterVersion } = wasm;
  const compressions = [
    Compression.UNCOMPRESSED,
    Compression.SNAPPY,
    Compression.GZIP,
    Compression.BROTLI,
    Compression.ZSTD,
    Compression.LZ4_RAW,
  ];
  const rows = 3000;
  const ts = makeTimes("jitter", rows);
  const columns = (Object.keys(LIMITS) as NumberName[]).map((type, i) => otherColumn(type, rows, i));
  columns.push({ name: "null", type: "int32", values: new Array(rows).fill(null) });
  for (const compression of compressions) {
    for (const version of [WriterVersion.V1, WriterVersion.V2]) {
      for (const encoding of [undefined, Encoding.PLAIN, Encoding.DELTA_BINARY_PACKED, Encoding.BYTE_STREAM_SPLIT]) {
        const bytes = writeOther([...ts].map(BigInt), TimeUnit.MICROSECOND, columns, (builder) => {
          builder = builder.setCompression(compression).setWriterVersion(version).setDataPageSizeLimit(4000)
            .setMaxRowGroupSize(1900).setDictionaryEnabled(encoding === undefined);
          if (encoding === undefined) return builder;
          for (const { name, type } of columns) {
            const fits = encoding !== Encoding.DELTA_BINARY_PACKED || !type.startsWith("float");
            builder = builder.setColumnEncoding(name, fits ? encoding : Encoding.PLAIN);
          }
          return builder;
        });
        const read = readFile(bytes);
        assertEquals(read.columns[0]!.values, ts);
        columns.forEach(({ name, type, values }, i) => {
          const found = read.columns[i + 1]!;
          assertEquals([found.name, found.type], [name, type.startsWith("float") ? "float64" : "int64"]);
          const expected = Float64Array.from(values, (value) => value === null ? NaN : Number(value));
          assert(
            sameBits(found.values, type === "float32" ? expected.map(Math.fround) : expected),
            `${name}, compression ${compression}, version ${version}, encoding ${encoding}`,
          );
        });
      }
    }
  }
});

Deno.test("readFile() reads times in any unit as microseconds, rounded down, from all row groups", () => {
  const units: [TimeUnit, bigint[], number[]][] = [
    [TimeUnit.MILLISECOND, [1_700_000_000_123n, 1_700_000_000_124n], [1_700_000_000_123_000, 1_700_000_000_124_000]],
    [TimeUnit.MICROSECOND, [-1n, 1_700_000_000_123_456n], [-1, 1_700_000_000_123_456]],
    [TimeUnit.NANOSECOND, [-1n, 1_700_000_000_123_456_789n], [-1, 1_700_000_000_123_456]],
  ];
  for (const [unit, times, expected] of units) {
    for (const encoding of [wasm.Encoding.PLAIN, wasm.Encoding.DELTA_BINARY_PACKED]) {
      const bytes = writeOther(
        times,
        unit,
        [],
        (builder) => builder.setDictionaryEnabled(false).setColumnEncoding("ts", encoding).setMaxRowGroupSize(1),
      );
      assertEquals([...readFile(bytes).columns[0]!.values], expected);
    }
  }
});

Deno.test("readFile() refuses whole numbers that a double cannot hold", () => {
  for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n]) {
    for (const encoding of [wasm.Encoding.PLAIN, wasm.Encoding.DELTA_BINARY_PACKED]) {
      for (const values of [[value], [1n, value], [value, 1n]]) {
        const column = { name: "a", type: "int64", values } as const;
        const bytes = writeOther(
          values.map((_, i) => BigInt(i)),
          TimeUnit.MICROSECOND,
          [column],
          (builder) => builder.setDictionaryEnabled(false).setColumnEncoding("a", encoding),
        );
        assertThrows(() => readFile(bytes), TypeError, `column "a": ${value} is above 2^53`);
      }
    }
  }
  const column = { name: "a", type: "uint64", values: [2n ** 64n - 1n] } as const;
  const bytes = writeOther([0n], TimeUnit.MICROSECOND, [column], (builder) => builder);
  assertThrows(() => readFile(bytes), TypeError, "18446744073709551615 is above 2^53");
});

Deno.test("readFile() reads INT96 and times of old writers, and refuses what a double cannot hold of microseconds", () => {
  // Nanoseconds of the day, and the day.
  const int96 = (nanos: bigint, day: number) => [...int64s(nanos), ...int64s(day + 2_440_588).slice(0, 4)];
  const micros = (type: number, bytes: number[], converted?: number) => {
    const column = { type, rows: 2, ...(converted === undefined ? {} : { converted }) };
    return [...readFile(makeFile(column, [{ count: 2, bytes }])).columns[0]!.values];
  };
  const late = int96(86_399_999_999_999n, 20_000);
  assertEquals(micros(TYPE.int96, [...int96(1999n, -1), ...late]), [-86_400_000_000 + 1, 20_001 * 86_400e6 - 1]);
  assertEquals(micros(TYPE.int64, int64s(-1, 1_700_000_000_123), CONVERTED.timestampMillis), [
    -1000,
    1.700000000123e15,
  ]);
  assertEquals(micros(TYPE.int64, int64s(-1, 2n ** 53n), CONVERTED.timestampMicros), [-1, 2 ** 53]);
  // The microseconds of the last day there are.
  const rest = 2n ** 53n - 86_400_000_000n * 104_249n;
  assertEquals(micros(TYPE.int96, [...late, ...int96(rest * 1000n + 999n, 104_249)])[1], 2 ** 53);
  const far: [number, number[], string, number?][] = [
    [TYPE.int96, int96((rest + 1n) * 1000n, 104_249), "9007199254740993"],
    [TYPE.int96, int96(0n, -104_250), "-9007200000000000"],
    [TYPE.int64, int64s(9_007_199_254_741), "9007199254741000", CONVERTED.timestampMillis],
    [TYPE.int64, int64s(-253_402_300_799_999), "-253402300799999000", CONVERTED.timestampMillis],
  ];
  for (const [type, bytes, value, converted] of far) {
    assertThrows(() => micros(type, [...bytes, ...bytes], converted), TypeError, `column "a": ${value} is above 2^53`);
  }
});

Deno.test("readFile() ends with a TypeError, a RangeError or some values, whatever bytes of a file are damaged", () => {
  const ts = makeTimes("gaps", 700);
  const files = [
    written(ts, [
      { name: "m0", type: "int64", values: makeSeries(["walk", 0.5, 1], 700, true) },
      { name: "t", type: "float64", values: makeSeries(["decimals", 0, 2], 700, false) },
    ]),
    writeOther(
      [...ts].map(BigInt),
      TimeUnit.NANOSECOND,
      [otherColumn("int32", 700, 4)],
      (builder) => builder.setCompression(wasm.Compression.LZ4_RAW).setWriterVersion(wasm.WriterVersion.V2),
    ),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (
      file,
      changes,
    ) => {
      const bytes = file.slice();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      try {
        readFile(bytes);
      } catch (error) {
        assert(error instanceof TypeError || error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 1500 },
  );
});
