import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse as parseCsv } from "@std/csv/parse";
import { TimeUnit } from "apache-arrow";
import fc from "fast-check";
import type { Table } from "myx";
import { roundExactly } from "../core/data/round_exactly.ts";
import { writeOther } from "../core/parquet/other_writer.ts";
import { runTreatment, tableOf } from "../harness.ts";
import { withShortWrites } from "../short_writes.ts";

const NAME = "EXP_1__bio_signal__2026-01-20";

/** The file's only CSV. */
async function convert(table: Table, params: Record<string, unknown> = {}) {
  const outcome = await runTreatment("parquet_to_csv", { [`${NAME}.parquet`]: table }, params);
  assertEquals(outcome.names, [`${NAME}.csv`]);
  return outcome.text(`${NAME}.csv`);
}

/** Seconds of 2026-01-20T09:00Z. */
const AT = Date.parse("2026-01-20T09:00:00Z") / 1000;

Deno.test("parquet_to_csv writes a header, UTC times, all columns and empty fields for null", async () => {
  const table = tableOf(
    ["m0", "m10", "temp", "quality_flag"],
    [[AT, 812, null, 18.94, 0], [AT + 1, null, -7, null, 2]],
    "iifi",
  );
  assertEquals(
    await convert(table),
    "ts;m0;m10;temp;quality_flag\n2026-01-20T09:00:00Z;812;;18.94;0\n2026-01-20T09:00:01Z;;-7;;2\n",
  );
});

Deno.test("parquet_to_csv names each CSV as its Parquet file, the window too", async () => {
  const table = tableOf(["m0"], [[AT, 1]]);
  const input = Object.fromEntries(["", "__10s", "__5min"].map((window) => [`${NAME}${window}.parquet`, table]));
  const { names } = await runTreatment("parquet_to_csv", input);
  assertEquals(names, [`${NAME}.csv`, `${NAME}__10s.csv`, `${NAME}__5min.csv`]);
});

Deno.test("parquet_to_csv leaves a neighbour's file to its own call, and writes a header where there is no row", async () => {
  const input = {
    [`${NAME}.parquet`]: tableOf(["m0"], []),
    "EXP_1__bio_signal__2026-01-21.parquet": tableOf(["m0"], []),
  };
  const outcome = await runTreatment("parquet_to_csv", input, {}, { halo: ["EXP_1__bio_signal__2026-01-21.parquet"] });
  assertEquals([outcome.names, outcome.text(`${NAME}.csv`)], [[`${NAME}.csv`], "ts;m0\n"]);
});

Deno.test("parquet_to_csv writes as many fraction digits as the file needs, the same on all lines", async () => {
  const times = async (...seconds: number[]) =>
    (await convert(tableOf([], seconds.map((s) => [AT + s])))).split("\n").slice(1, -1).map((line) => line.slice(17));
  assertEquals(await times(0, 1), ["00Z", "01Z"]);
  assertEquals(await times(0, 0.25), ["00.000Z", "00.250Z"]);
  assertEquals(await times(0.25, 1), ["00.250Z", "01.000Z"]);
  assertEquals(await times(0, 0.5, 1.000001), ["00.000000Z", "00.500000Z", "01.000001Z"]);
});

Deno.test("parquet_to_csv tells a time that is null", async () => {
  for (const unit of [TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND]) {
    for (const [row, times] of [[0n, null, 5n], [null, 5n]].map((times) => [times.indexOf(null), times] as const)) {
      await assertRejects(
        () => runTreatment("parquet_to_csv", { [`${NAME}.parquet`]: writeOther(times, unit, []) }),
        TypeError,
        `Cannot write "${NAME}.parquet" as CSV: its time is null in row ${row}`,
      );
    }
  }
});

Deno.test("parquet_to_csv keeps both hours of an autumn night apart by their offsets", async () => {
  const night = Date.parse("2026-10-25T00:30:00Z") / 1000;
  const text = await convert(tableOf([], [[night], [night + 3600]]), { tz: "Europe/Paris" });
  assertEquals(text, "ts\n2026-10-25T02:30:00+02:00\n2026-10-25T02:30:00+01:00\n");
  assertStringIncludes(await convert(tableOf([], [[0]]), { tz: "Africa/Monrovia" }), "1969-12-31T23:15:30-00:44:30");
  assertStringIncludes(await convert(tableOf([], [[AT]]), { tz: "America/St_Johns" }), "T05:30:00-03:30");
  assertStringIncludes(await convert(tableOf([], [[AT]]), { tz: "Europe/London" }), "T09:00:00+00:00");
});

Deno.test("parquet_to_csv rounds floats to decimals, half to even by the exact double, and whole numbers never", async () => {
  const table = tableOf(["n", "x"], [[AT, 5, 2.675], [AT + 1, 6, 0.125], [AT + 2, 7, -0.001]], "if");
  const cells = async (decimals: number) =>
    (await convert(table, { decimals })).split("\n").slice(1, -1).map((line) => line.replace(/^[^;]*;/, ""));
  assertEquals(await cells(2), ["5;2.67", "6;0.12", "7;0.00"]);
  assertEquals(await cells(0), ["5;3", "6;0", "7;0"]);
});

Deno.test("parquet_to_csv picks columns by name or glob, in the order of the file", async () => {
  const names = ["m0", "m1", "m10", "a.b", "aXb", "m0__flag", "quality_flag"];
  const table = tableOf(names, [[AT, ...names.keys()]]);
  const picked = async (...columns: string[]) => (await convert(table, { columns })).split("\n")[0];
  assertEquals(await picked("m1*"), "ts;m1;m10");
  assertEquals(await picked("quality_flag", "m0"), "ts;m0;quality_flag");
  assertEquals(await picked("a.b"), "ts;a.b");
  assertEquals(await picked("*__flag", "m0*"), "ts;m0;m0__flag");
  assertEquals(await picked("*"), `ts;${names.join(";")}`);
  assertEquals(await picked(), `ts;${names.join(";")}`);
});

Deno.test("parquet_to_csv leaves out a file that has none of the columns, and says so", async () => {
  const input = {
    [`${NAME}.parquet`]: tableOf(["m0"], [[AT, 1]]),
    "EXP_1__environment__2026-01-20.parquet": tableOf(["temp"], [[AT, 1]]),
  };
  const { names, warnings } = await runTreatment("parquet_to_csv", input, { columns: ["m*", "x"] });
  assertEquals(names, [`${NAME}.csv`]);
  assertEquals(warnings, ['No CSV of domain "environment": none of its columns is "m*", "x"']);
});

Deno.test("parquet_to_csv refuses a delimiter that could be part of a value, and an unknown zone", async () => {
  for (const delimiter of [".", "-", ":", "1", "e", "Z", '"', " ", "\n", ";;", ""]) {
    await assertRejects(() => convert(tableOf([], [[AT]]), { delimiter }), TypeError, "Cannot use delimiter");
  }
  await assertRejects(() => convert(tableOf([], [[AT]]), { tz: "Nowhere/Land" }), TypeError, "Nowhere/Land");
});

Deno.test("parquet_to_csv writes files beyond one batch row by row", async () => {
  const rows = Array.from({ length: 8640 }, (_, i) => [AT + i, i % 7 ? i / 3 : null]);
  const lines = (await convert(tableOf(["x"], rows, "f"))).split("\n");
  const stamp = (i: number) => new Date((AT + i) * 1000).toISOString().replace(".000", "");
  assertEquals(lines, ["ts;x", ...rows.map((_, i) => `${stamp(i)};${i % 7 ? i / 3 : ""}`), ""]);
});

Deno.test("parquet_to_csv writes all of a file where the system takes only a part at a time", async () => {
  const table = tableOf(["m0"], Array.from({ length: 1000 }, (_, i) => [AT + i, i]));
  const text = await convert(table);
  await withShortWrites(async () => assertEquals(await convert(table), text));
});

const ZONES = ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"];

/** Tables of any columns and values; times lie in one UTC day, at a grain of seconds, milliseconds or microseconds. */
const anyTable = fc.record({
  names: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== "ts"), { maxLength: 4 }),
  day: fc.constantFrom("2026-01-20", "2026-03-29", "2026-10-25", "1970-01-01", "2199-12-31"),
  grain: fc.constantFrom(1e6, 1e3, 1),
  rows: fc.array(
    fc.tuple(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.array(
        fc.oneof(
          fc.constant(NaN),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.double({ min: -100, max: 100, noNaN: true }),
        ),
        { minLength: 4, maxLength: 4 },
      ),
    ),
    { maxLength: 12 },
  ),
  whole: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
}).map(({ names, day, grain, rows, whole }): Table => {
  const times = rows.map(([part]) => Math.floor(part * 86_400e6 / grain) * grain).sort((a, b) => a - b);
  const type = (c: number) => whole[c] ? "int64" as const : "float64" as const;
  const fit = (x: number, c: number) => whole[c] ? Math.round(x / 2 ** 980 % 2 ** 53 || x % 2 ** 53) : x;
  return {
    ts: Float64Array.from(times, (time) => Date.parse(day) * 1e3 + time),
    columns: names.map((name, c) => ({
      name,
      type: type(c),
      values: Float64Array.from(rows, ([, v]) => fit(v[c]!, c)),
    })),
  };
});

Deno.test("parquet_to_csv equals a slow and plain writer, read back by another CSV reader", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyTable,
      fc.constantFrom(...ZONES),
      fc.constantFrom(";", ",", "\t", "|", "é"),
      fc.option(fc.nat(12)),
      async (table, tz, delimiter, decimals) => {
        const text = await convert(table, { tz, delimiter, decimals });
        assert(!text.startsWith("\ufeff") && text.endsWith("\n"));
        const [header, ...rows]: string[][] = parseCsv(text, { separator: delimiter });
        assertEquals(header, ["ts", ...table.columns.map(({ name }) => name)]);
        const grain = [1e6, 1e3, 1].find((size) => table.ts.every((time) => time % size === 0));
        const smallestUnit = { 1e6: "second", 1e3: "millisecond", 1: "microsecond" }[String(grain)] as "second";
        const expected = Array.from(table.ts, (time, i) => {
          const here = Temporal.Instant.fromEpochNanoseconds(BigInt(time) * 1000n).toZonedDateTimeISO(tz);
          const stamp = here.toString({ smallestUnit, timeZoneName: "never" });
          return [
            tz === "UTC" ? stamp.replace("+00:00", "Z") : stamp,
            ...table.columns.map(({ type, values }) => {
              const value = values[i]!;
              if (Number.isNaN(value)) return "";
              if (type === "int64") return String(BigInt(value));
              return decimals === null ? String(value === 0 ? 0 : value) : roundExactly(value, decimals);
            }),
          ];
        });
        assertEquals(rows, expected);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("parquet_to_csv and parse back give the same table", async () => {
  const named = anyTable.map((table) => ({
    ...table,
    columns: table.columns.map((column, c) => ({ ...column, name: `${column.type === "int64" ? "m" : "x"}${c}` })),
  }));
  const domains = { bio_signal: { prefix: "m", dtype: "int" }, environment: { prefix: "x", dtype: "float" } };
  await fc.assert(
    fc.asyncProperty(named, fc.constantFrom(...ZONES), async (table, tz) => {
      fc.pre(table.ts.length > 0 && table.columns.length > 0);
      const text = await convert(table, { tz });
      const back = await runTreatment("parse", { "a.csv": text }, { domains, format: "csv" }, { settled: true });
      assertEquals(back.rejects, []);
      const tables = back.names.map((name) => back.table(name));
      for (const { ts } of tables) assertEquals(ts, table.ts);
      const columns = tables.flatMap(({ columns }) => columns);
      const plain = (of: Table["columns"]) =>
        of.map(({ name, type, values }) => [name, type, ...values].map((x) => x === 0 ? 0 : x))
          .sort((a, b) => a[0]! < b[0]! ? -1 : 1);
      assertEquals(plain(columns), plain(table.columns));
    }),
    { numRuns: 60 },
  );
});
