/** Files of ours, in our hands and in those of other readers. */
import { assert, assertEquals } from "@std/assert";
import { parquetMetadata } from "hyparquet";
import fc from "fast-check";
import { readFile } from "../../../core/parquet/read_file.ts";
import { readOther } from "./other_writer.ts";
import { readStruct, type Struct } from "../../../core/parquet/thrift_reader.ts";
import { writeFile } from "../../../core/parquet/write_file.ts";
import { length, makeSeries, makeTimes, sameBits, series, times, written } from "./series.ts";

/** Names of the encodings that are used. */
const ENCODINGS = { 0: "PLAIN", 3: "RLE", 5: "DELTA_BINARY_PACKED", 8: "RLE_DICTIONARY" } as Record<number, string>;

Deno.test("writeFile() makes what parquet-wasm and readFile() read as the same values", () => {
  fc.assert(
    fc.property(length, times, series, series, (rows, time, whole, float) => {
      const ts = makeTimes(time, rows);
      const columns = [
        { name: "m0", type: "int64", values: makeSeries(whole, rows, whole[0] !== "extremes") },
        { name: "t", type: "float64", values: makeSeries(float, rows, false) },
      ] as const;
      const bytes = written(ts, columns);
      const other = readOther(bytes);
      assertEquals(other.ts!.map(Number), [...ts]);
      const ours = readFile(bytes);
      assertEquals(ours.metadata.get("key"), "välue");
      assertEquals(ours.columns.map(({ type }) => type), ["time", "int64", "float64"]);
      assertEquals(ours.columns[0]!.values, ts);
      columns.forEach(({ name, type, values }, i) => {
        const expected = type === "int64" ? values.map((value) => value + 0) : values;
        assert(sameBits(ours.columns[i + 1]!.values, expected), `${name} read by us`);
        assert(sameBits(Float64Array.from(other[name]!, (v) => v === null ? NaN : Number(v)), expected), name);
      });
    }),
    { numRuns: 150 },
  );
});

Deno.test("readFile() reads any range of rows as a slice of all of them", () => {
  const ts = makeTimes("jitter", 40_000);
  const columns = [
    { name: "m0", type: "int64", values: makeSeries(["walk", 0.01, 1], 40_000, true) },
    { name: "t", type: "float64", values: makeSeries(["random", 0.5, 2], 40_000, false) },
  ] as const;
  const bytes = written(ts, columns);
  const row = fc.oneof(fc.integer({ min: 0, max: 41_000 }), fc.constantFrom(0, 16_383, 16_384, 32_768, 39_999));
  fc.assert(
    fc.property(row, row, (offset, limit) => {
      const read = readFile(bytes, { offset, limit }).columns;
      assertEquals(read[0]!.values, ts.slice(offset, offset + limit));
      columns.forEach(({ values }, i) =>
        assert(sameBits(read[i + 1]!.values, values.slice(offset, offset + limit)), `${offset} ${limit}`)
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("writeFile() makes files of any width, with names and metadata of any length and script", () => {
  const values = new Float64Array([1]);
  const time = { name: "ts", type: "int64", values } as const;
  // Lists have a longer head from 15 items on, and again from 128; the schema has two items more than these.
  for (const width of [0, 12, 13, 14, 15, 125, 126, 127, 128, 900]) {
    const columns = Array.from({ length: width }, (_, i) => {
      // Around the length up to which names are written without an encoder.
      const name = `${i}`.padEnd(60 + i % 8, "m") + (i % 3 ? "" : "\u007f") + (i % 5 ? "" : "é😀");
      return { name, type: i % 2 ? "float64" : "int64", values: new Float64Array([i]) } as const;
    });
    const metadata = Object.fromEntries(Array.from({ length: width }, (_, i) => [`k${i}`, "é".repeat(i)]));
    const bytes = writeFile(time, columns, { createdBy: "test version 1.0.0", metadata }).slice();
    const other = readOther(bytes);
    assertEquals(Object.keys(other), ["ts", ...columns.map(({ name }) => name)]);
    columns.forEach(({ name }, i) => assertEquals(Number(other[name]![0]), i));
    const { schema, key_value_metadata } = parquetMetadata(bytes.buffer);
    assertEquals(schema[1]!.logical_type, { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" });
    assertEquals(key_value_metadata!.map(({ key, value }) => [key, value]), Object.entries(metadata));
    const ours = readFile(bytes);
    assertEquals(ours.columns.map(({ name }) => name), Object.keys(other));
    assertEquals([...ours.metadata], Object.entries(metadata));
  }
});

Deno.test("writeFile() cuts very long tables into row groups that are read as one", () => {
  const rows = 2 ** 20 + 5;
  const ts = makeTimes("1 Hz", rows);
  // Values that hardly compress: more than the buffer holds that is there at first.
  const [walk, random] = [makeSeries(["walk", 0, 3], rows, true), makeSeries(["random", 0, 4], rows, false)];
  const bytes = written(ts, [{ name: "m0", type: "int64", values: walk }, {
    name: "t",
    type: "float64",
    values: random,
  }]);
  assert(bytes.length > 2 ** 23);
  assertEquals(parquetMetadata(bytes.buffer).row_groups.map(({ num_rows }) => num_rows), [2n ** 20n, 5n]);
  for (const [i, values] of [ts, walk, random].entries()) assert(sameBits(readFile(bytes).columns[i]!.values, values));
  assertEquals(
    readFile(bytes, { offset: 2 ** 20 - 1, limit: 3 }).columns[0]!.values,
    ts.slice(2 ** 20 - 1, 2 ** 20 + 2),
  );
});

Deno.test("writeFile() says in the footer what its pages are", () => {
  const rows = 40_000;
  const bytes = written(makeTimes("jitter", rows), [
    { name: "delta", type: "int64", values: makeSeries(["walk", 0.1, 1], rows, true) },
    { name: "dictionary", type: "float64", values: makeSeries(["decimals", 0, 2], rows, false) },
    { name: "plain", type: "float64", values: makeSeries(["random", 0.1, 3], rows, false) },
    { name: "null", type: "float64", values: makeSeries(["null", 0, 4], rows, false) },
  ]);
  const { schema, row_groups: [group] } = parquetMetadata(bytes.buffer);
  const { columns, total_byte_size, total_compressed_size } = group!;
  const cursor = { bytes, at: 4 };
  assertEquals(group!.file_offset, 4n);
  const sums = { full: 0, packed: 0 };
  columns.forEach(({ meta_data }, i) => {
    const { type, path_in_schema, num_values, dictionary_page_offset, data_page_offset, ...chunk } = meta_data!;
    assertEquals([type, path_in_schema], [schema[i + 1]!.type, [schema[i + 1]!.name]]);
    const start = cursor.at;
    assertEquals(Number(dictionary_page_offset ?? data_page_offset), start);
    const encodings = new Set<number>([3]);
    let [full, values] = [0, 0];
    while (values < rows) {
      const page = cursor.at;
      const { 1: kind, 2: size, 3: packed, 5: data, 7: dictionary } = readStruct(cursor);
      const header = (data ?? dictionary) as Struct;
      if (kind === 0 && values === 0) assertEquals(Number(data_page_offset), page);
      if (kind === 0) values += Number(header[1]);
      encodings.add(Number(header[2]));
      full += cursor.at - page + Number(size);
      cursor.at += Number(packed);
    }
    assertEquals([values, full, cursor.at - start], [
      Number(num_values),
      Number(chunk.total_uncompressed_size),
      Number(chunk.total_compressed_size),
    ]);
    assertEquals(dictionary_page_offset !== undefined, encodings.has(8));
    assertEquals(new Set(chunk.encodings), new Set([...encodings].map((number) => ENCODINGS[number])));
    sums.full += full;
    sums.packed += cursor.at - start;
  });
  assertEquals([sums.full, sums.packed], [Number(total_byte_size), Number(total_compressed_size)]);
});

Deno.test("writeFile() states null counts and bounds, with zero on the safe side", () => {
  const bytes = written(new Float64Array([1, 2, 3]), [
    { name: "a", type: "int64", values: new Float64Array([5, NaN, -7]) },
    { name: "b", type: "float64", values: new Float64Array([0, NaN, NaN]) },
    { name: "c", type: "float64", values: new Float64Array(3).fill(NaN) },
  ]);
  const chunks = parquetMetadata(bytes.buffer).row_groups[0]!.columns.map(({ meta_data }) => meta_data!);
  assertEquals(new Set(chunks.map(({ codec }) => codec)), new Set(["SNAPPY"]));
  const bounds = chunks.slice(1).map(({ statistics }) =>
    [statistics!.null_count, statistics!.min_value, statistics!.max_value] as const
  );
  assertEquals(bounds[0], [1n, -7n, 5n]);
  assertEquals([bounds[1]![0], Object.is(bounds[1]![1], -0), Object.is(bounds[1]![2], 0)], [2n, true, true]);
  assertEquals(bounds[2], [3n, undefined, undefined]);
});
