import { assert, assertEquals, assertThrows } from "@std/assert";
import { TimeUnit } from "apache-arrow";
import fc from "fast-check";
import { type Column, concatTables, readParquet, type Table, writeParquet } from "myx";
import { mergeParts, type Part } from "../../../core/data/merge.ts";
import { borrowNear, recycle } from "../../../core/data/recycle.ts";
import { setProvenance } from "../../../core/data/provenance.ts";
import { readFooter } from "../../../core/engine/footer.ts";
import { TYPE } from "../../../core/parquet/format.ts";
import { writeFile } from "../../../core/parquet/write_file.ts";
import { withShortWrites } from "../../short_writes.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { int64s, makeFile } from "../parquet/made_file.ts";
import { writeOther } from "../parquet/other_writer.ts";

const dir = makeTempDir();

function roundTrip(table: Table): Table {
  writeParquet(`${dir}/t.parquet`, table);
  return readParquet(`${dir}/t.parquet`);
}

const int = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -5, max: 5 }),
  fc.constant(2 ** 53),
  fc.constant(-(2 ** 53)),
);
const cell = (value: fc.Arbitrary<number>) => fc.oneof({ arbitrary: value, weight: 4 }, fc.constant(NaN));

Deno.test("readParquet() gives back what writeParquet() was given", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 7_258_118_400_000_000 }), cell(int), cell(fc.double()))),
    (rows) => {
      const ts = Float64Array.from(rows, ([time]) => time).sort();
      const columns: Column[] = [
        { name: "m0", type: "int64", values: Float64Array.from(rows, ([, value]) => value + 0) },
        { name: "t", type: "float64", values: Float64Array.from(rows, ([, , value]) => value) },
      ];
      const read = roundTrip({ ts, columns, meta: { kept: [1] } });
      assertEquals(read.ts, ts);
      assertEquals(read.meta!.kept, [1]);
      read.columns.forEach(({ name, type, values }, i) => {
        assertEquals([name, type], [columns[i]!.name, columns[i]!.type]);
        // A whole number has no negative zero.
        for (const [row, value] of values.entries()) {
          assertEquals(value, columns[i]!.values[row]! + (type === "int64" ? 0 : 0));
        }
      });
    },
  ));
});

Deno.test("writeParquet() refuses what a reader could not trust", () => {
  const column = (type: Column["type"], ...values: number[]): Column => ({
    name: "m0",
    type,
    values: new Float64Array(values),
  });
  const cases: [Table, string][] = [
    [{ ts: new Float64Array([2, 1]), columns: [] }, "row 1"],
    [{ ts: new Float64Array([1, 1, 2, 0]), columns: [] }, "row 3"],
    [{ ts: new Float64Array([NaN]), columns: [] }, "row 0"],
    [{ ts: new Float64Array([1]), columns: [column("int64", 1, 2)] }, "2 rows"],
    [{ ts: new Float64Array([1]), columns: [column("int64", 1.5)] }, "1.5"],
    [{ ts: new Float64Array([1]), columns: [column("int64", 2 ** 53 + 2)] }, "9007199254740994 in"],
    [{ ts: new Float64Array([1]), columns: [column("int64", Infinity)] }, "Infinity"],
  ];
  for (const [table, message] of cases) {
    assertThrows(() => writeParquet(`${dir}/bad.parquet`, table), TypeError, message);
  }
});

Deno.test("writeParquet() refuses columns that are none, as nobody checks the types of a treatment", () => {
  const ts = new Float64Array(3000);
  const write = (...columns: unknown[]) =>
    writeParquet(`${dir}/bad.parquet`, { ts, columns: columns as readonly Column[] });
  const a = { name: "a", type: "float64", values: ts };
  const cases: [unknown[], string][] = [
    [[{ ...a, values: new Float32Array(3000) }], 'column "a" has its values in Float32Array, expected Float64Array'],
    [[{ ...a, values: new BigInt64Array(3000) }], 'column "a" has its values in BigInt64Array, expected Float64Array'],
    [[{ ...a, values: [...ts] }], 'column "a" has its values in Array, expected Float64Array'],
    [[{ ...a, values: undefined }], 'column "a" has its values in undefined, expected Float64Array'],
    [[{ ...a, type: "Int64" }], 'column "a" has type "Int64", expected "int64" or "float64"'],
    [[{ name: "a", values: ts }], 'column "a" has type undefined, expected "int64" or "float64"'],
    [[a, a], 'column "a" has no name of its own'],
    [[{ ...a, name: "ts" }], 'column "ts" has no name of its own'],
    [[{ ...a, name: undefined }], "column undefined has no name of its own"],
  ];
  for (const [columns, message] of cases) {
    assertThrows(() => write(...columns), TypeError, `Cannot write "bad.parquet": ${message}`);
  }
  const times = new BigInt64Array(3) as unknown as Float64Array;
  assertThrows(() => writeParquet(`${dir}/bad.parquet`, { ts: times, columns: [] }), TypeError, 'column "ts" has its');
});

Deno.test("writeParquet() advises no other type for times that are no whole microseconds", () => {
  assertThrows(
    () => writeParquet(`${dir}/bad.parquet`, { ts: new Float64Array([0, 0.5]), columns: [] }),
    TypeError,
    'Cannot write "bad.parquet": 0.5 in int64 column "ts", row 1, is no whole number within 2^53; round it',
  );
});

Deno.test("writeParquet() records a file anew, whatever was recorded of the one that its table was read from", () => {
  const params = "0".repeat(64);
  const of = (treatment: string) => ({ treatment, treatment_version: "1.0.0", params });
  try {
    setProvenance({ ...of("clean"), inputs: { "a.parquet": "1" } });
    const read = roundTrip({ ts: new Float64Array([1, 2]), columns: [], meta: { kept: 1 } });
    assertEquals(read.meta!.treatment, "clean");
    setProvenance(of("floor"));
    const again = roundTrip({ ...read, ts: new Float64Array([1, 1]) });
    const { version } = read.meta!;
    assertEquals(again.meta, { version, ...of("floor"), distinct_ts: 1, kept: 1 });
  } finally {
    setProvenance(undefined);
  }
});

Deno.test("readParquet() refuses a file that is cut short, and one that is none", () => {
  writeParquet(`${dir}/t.parquet`, { ts: new Float64Array([1, 2]), columns: [] });
  const bytes = Deno.readFileSync(`${dir}/t.parquet`);
  for (
    const part of [
      bytes.subarray(0, -9),
      bytes.subarray(4),
      new Uint8Array(0),
      new TextEncoder().encode("hello world!"),
    ]
  ) {
    Deno.writeFileSync(`${dir}/bad.parquet`, part);
    assertThrows(() => readParquet(`${dir}/bad.parquet`), TypeError, "Cannot read");
  }
});

Deno.test("readParquet() refuses a file that begins with no timestamp, or has times among its numbers", () => {
  const read = (bytes: Uint8Array) => {
    Deno.writeFileSync(`${dir}/bad.parquet`, bytes);
    return readParquet(`${dir}/bad.parquet`);
  };
  const numbers = makeFile({ type: TYPE.int64, rows: 1 }, [{ count: 1, bytes: int64s(5) }]);
  assertThrows(() => read(numbers), TypeError, `Cannot read "${dir}/bad.parquet": its first column is no timestamp`);
  const times = writeOther([0n], TimeUnit.MICROSECOND, [{ name: "received", type: "time", values: [5n] }]);
  assertThrows(() => read(times), TypeError, `column "received" of "${dir}/bad.parquet": it holds times, no numbers`);
});

Deno.test("readParquet() and readFooter() name the file whose recorded metadata are no JSON object", () => {
  const path = `${dir}/meta.parquet`;
  const column = { name: "ts", type: "int64", values: Float64Array.of(1, 2) } as const;
  const write = (myx: string) => {
    Deno.writeFileSync(path, writeFile(column, [], { createdBy: "other", metadata: { myx } }));
    return path;
  };
  for (const text of ['{"added":', "null", "[1]", "5"]) {
    const words = `Cannot read "${path}" as Parquet: what its metadata have as "myx" is no JSON object`;
    assertThrows(() => readParquet(write(text)), TypeError, words);
    assertThrows(() => readFooter(path), TypeError, words);
  }
  // Some write a key without a value.
  assertEquals([readParquet(write("")).meta, readFooter(path)], [undefined, { rows: 2, distinctTs: 1 }]);
});

Deno.test("equal tables give equal bytes whatever was written before", () => {
  const table: Table = {
    ts: new Float64Array([1, 2]),
    columns: [{ name: "a", type: "float64", values: new Float64Array([1, NaN]) }],
    meta: { b: 1, a: 2, c: { z: 1 } },
  };
  writeParquet(`${dir}/first.parquet`, table);
  for (let i = 0; i < 10; i++) writeParquet(`${dir}/other.parquet`, { ...table, meta: { i } });
  writeParquet(`${dir}/second.parquet`, table);
  assertEquals(Deno.readFileSync(`${dir}/first.parquet`), Deno.readFileSync(`${dir}/second.parquet`));
});

Deno.test("readParquet() reads rows that are there, and refuses what is no number of rows", () => {
  writeParquet(`${dir}/t.parquet`, { ts: new Float64Array([1, 2, 3]), columns: [] });
  const rows = (options: { offset?: number; limit?: number }) => [...readParquet(`${dir}/t.parquet`, options).ts];
  assertEquals(rows({ offset: 2, limit: Infinity }), [3]);
  assertEquals([rows({ offset: 9 }), rows({ limit: 0 })], [[], []]);
  for (const wrong of [-1, 0.5, NaN]) {
    assertThrows(() => rows({ offset: wrong }), RangeError, `offset is ${wrong}, expected a number of rows`);
    assertThrows(() => rows({ limit: wrong }), RangeError, `limit is ${wrong}, expected a number of rows`);
  }
});

Deno.test("readParquet() reads the same rows near as elsewhere, of one page or several", () => {
  const rows = 40_000;
  const ts = Float64Array.from({ length: rows }, (_, row) => 1e6 * row);
  const columns = ([["int64", 1, 0], ["float64", 3, 7], ["float64", 0.1, 5]] as const).map((
    [type, step, nulls],
    i,
  ) => ({
    name: `m${i}`,
    type,
    values: ts.map((_, row) => nulls && row % nulls === 0 ? NaN : (row % 30_000) * step),
  }));
  const path = `${dir}/pages.parquet`;
  writeParquet(path, { ts, columns });
  for (
    const [offset, limit] of [[0, rows], [1, rows], [16_384, 16_384], [16_383, 16_386], [20_000, 400], [0, 32_768]]
  ) {
    const near = readParquet(path, { near: true, offset: offset!, limit: limit! });
    const slices = [ts, ...columns.map(({ values }) => values)].map((values) => values.slice(offset, offset! + limit!));
    assertEquals([near.ts, ...near.columns.map(({ values }) => values)].map((values) => values.slice()), slices);
    recycle(near);
  }
  // A page of which the first rows are wanted is not decoded over the column behind.
  const [place, behind] = [borrowNear(400), borrowNear(400).fill(5)];
  recycle({ ts: place, columns: [] });
  assertEquals(readParquet(path, { near: true, limit: 400 }).ts.slice(), ts.slice(0, 400));
  assert(behind.every((value) => value === 5));
  recycle({ ts: behind, columns: [] });
});

Deno.test("readParquet() reads a file larger than any before it, and then a small one", () => {
  for (const rows of [200_000, 1]) {
    const values = Float64Array.from({ length: rows }, (_, row) => Math.sin(row));
    const read = roundTrip({ ts: values.map((_, row) => row), columns: [{ name: "t", type: "float64", values }] });
    assertEquals([read.ts.length, read.columns[0]!.values.every((value, row) => value === values[row])], [rows, true]);
  }
});

function writePart(name: string, table: Table): Part {
  const path = `${dir}/${name}.parquet`;
  writeParquet(path, table);
  return { path, size: Deno.statSync(path).size };
}

Deno.test("mergeParts() equals a stable sort of the parts put one behind another", () => {
  const part = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), cell(fc.integer())), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 9 }), (parts) => {
      const tables = parts.map((rows, i): Table => {
        const sorted = rows.toSorted((a, b) => a[0] - b[0]);
        return {
          ts: Float64Array.from(sorted, ([time]) => time),
          columns: [{
            name: `m${i % 2 ? 10 : 9}`,
            type: "int64",
            values: Float64Array.from(sorted, ([, value]) => value),
          }],
        };
      });
      const files = tables.map((table, i) => writePart(`p${i}`, table));
      mergeParts(files, `${dir}/merged.parquet`);
      const merged = readParquet(`${dir}/merged.parquet`);
      const all = concatTables(tables);
      const order = [...all.ts.keys()].toSorted((a, b) => all.ts[a]! - all.ts[b]!);
      assertEquals([...merged.ts], order.map((row) => all.ts[row]!));
      assertEquals(merged.columns.map(({ name }) => name), tables.length > 1 ? ["m9", "m10"] : ["m9"]);
      for (const { name, values } of all.columns) {
        assertEquals(
          [...merged.columns.find((column) => column.name === name)!.values],
          order.map((row) => values[row]!),
        );
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("mergeParts() keeps what the parts tell successors", () => {
  const metas = [
    { added: { a: 1, b: [1], d: [1], e: null, f: { g: 1 } } },
    {},
    { added: { a: 2, c: 3, d: { 0: 2 }, e: { g: 2 }, f: [2] }, unit: "V" },
  ];
  const parts = metas.map((meta, i) => writePart(`m${i}`, { ts: new Float64Array([i, i]), columns: [], meta }));
  mergeParts(parts, `${dir}/merged.parquet`);
  const { version, ...meta } = readParquet(`${dir}/merged.parquet`).meta!;
  assertEquals(typeof version, "string");
  assertEquals(meta, {
    distinct_ts: 3,
    added: { a: 1, b: [1], c: 3, d: [1], e: null, f: { g: 1 } },
    unit: "V",
  });
});

Deno.test("mergeParts() keeps the name of the time, and puts columns in natural order, flags last", () => {
  const parts = [["m10", "m10__flag", "quality_flag"], ["m2", "m2__flag"]].map((names, i) => {
    const columns = names.map((name): Column => ({ name, type: "int64", values: new Float64Array([i]) }));
    return writePart(`o${i}`, { timeColumn: "Time", ts: new Float64Array([i]), columns });
  });
  mergeParts(parts, `${dir}/merged.parquet`);
  const { timeColumn, columns } = readParquet(`${dir}/merged.parquet`);
  assertEquals([timeColumn, ...columns.map(({ name }) => name)], [
    "Time",
    "m2",
    "m10",
    "m2__flag",
    "m10__flag",
    "quality_flag",
  ]);
});

Deno.test("mergeParts() refuses a column of whole numbers in one part and of others in another", () => {
  const parts = (["int64", "float64"] as const).map((type, i) =>
    writePart(`t${i}`, { ts: new Float64Array([i]), columns: [{ name: "m0", type, values: new Float64Array([i]) }] })
  );
  assertThrows(() => mergeParts(parts, `${dir}/merged.parquet`), TypeError, "it is int64 in one part and float64 in");
});

Deno.test("mergeParts() leaves out what a child still writes once its call has ended", () => {
  const [part, longer] = [1, 10].map((rows) => writePart(`g${rows}`, { ts: new Float64Array(rows), columns: [] }));
  Deno.writeFileSync(part!.path, Deno.readFileSync(longer!.path), { append: true });
  mergeParts([part!], `${dir}/merged.parquet`);
  assertEquals(readParquet(`${dir}/merged.parquet`).ts.length, 1);
});

Deno.test("writeParquet() names the file, not the folder, and says what to do", () => {
  const write = (name: string, values: number[]) =>
    writeParquet(`${dir}/${name}`, {
      ts: Float64Array.from(values, (_, i) => i),
      columns: [{ name: "m0", type: "int64", values: Float64Array.from(values) }],
    });
  assertThrows(
    () => write("a.parquet", [1, 1.5]),
    TypeError,
    'Cannot write "a.parquet": 1.5 in int64 column "m0", row 1, is no whole number within 2^53; write it as float64 or ' +
      "round it",
  );
  const long = "a".repeat(300);
  const error = assertThrows(() => write(long, [1]), Error);
  assertEquals(error.message, `Cannot write "${long}": File name too long`);
  const missing = assertThrows(() => write("missing/a.parquet", [1]), Deno.errors.NotFound);
  assertEquals(missing.message, 'Cannot write "a.parquet": No such file or directory');
});

Deno.test("writeParquet() writes all of a file where the system takes only a part at a time", async () => {
  const ts = Float64Array.from({ length: 500 }, (_, i) => i * i);
  await withShortWrites(() => assertEquals(roundTrip({ ts, columns: [] }).ts, ts));
});
