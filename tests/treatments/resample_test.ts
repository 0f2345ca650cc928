import { assertEquals, assertRejects } from "@std/assert";
import { DAY_US, type Table } from "myx";
import { writeFile } from "../../core/parquet/write_file.ts";
import { type Input, runTreatment, tableOf } from "../harness.ts";

const DAY_BEFORE = "pil-90__bio_signal__1970-01-01.parquet";
const DAY = "pil-90__bio_signal__1970-01-02.parquet";
const DAY_AFTER = "pil-90__bio_signal__1970-01-03.parquet";
const MIDNIGHT = 86_400;

type Rows = (number | null)[][];

/** Resamples the second of three days; rows are `[seconds of the day, ...values]`. */
async function resample(names: string[], rows: Rows, params: Record<string, unknown> = {}, types?: string) {
  const shifted = rows.map(([second, ...values]) => [MIDNIGHT + second!, ...values]);
  const outcome = await runTreatment("resample", { [DAY]: tableOf(names, shifted, types) }, params);
  assertEquals(outcome.names, [DAY]);
  return { ...outcome, rows: rowsOf(outcome.table(DAY)) };
}

/** A table as rows `[seconds of the day, ...values]` with null for NaN. */
function rowsOf({ ts, columns }: Table): Rows {
  return Array.from(ts, (time, i) => [
    (time - DAY_US) / 1e6,
    ...columns.map(({ values }) => Number.isNaN(values[i]!) ? null : values[i]!),
  ]);
}

/** Resamples the second of three days with the others as halo. */
async function resampleAmong(input: Input, params: Record<string, unknown>) {
  const halo = Object.keys(input).filter((name) => name !== DAY);
  const outcome = await runTreatment("resample", input, params, { halo });
  assertEquals(outcome.names, [DAY]);
  return { ...outcome, rows: rowsOf(outcome.table(DAY)) };
}

const method = (name: string) => ({ agg_method: { bio_signal: name } });

Deno.test("resample() floors stamps to freq and keeps the first value of a cell", async () => {
  const { rows } = await resample(["m0"], [[10.2, 1], [10.9, 2], [11.000001, 3], [12.999999, 4]]);
  assertEquals(rows, [[10, 1], [11, 3], [12, 4]]);
});

Deno.test("resample() skips nulls with first and last, column by column", async () => {
  const input: Rows = [[1.1, null, 5], [1.2, 7, null], [1.3, 8, 6], [1.4, null, null]];
  assertEquals((await resample(["m0", "m1"], input, method("first"))).rows, [[1, 7, 5]]);
  assertEquals((await resample(["m0", "m1"], input, method("nearest"))).rows, [[1, 7, 5]]);
  assertEquals((await resample(["m0", "m1"], input, method("last"))).rows, [[1, 8, 6]]);
});

Deno.test("resample() aggregates by mean, median, min and max without nulls", async () => {
  const input: Rows = [[1.1, 9, 9], [1.2, 2, null], [1.3, null, 4], [1.4, 4, null]];
  assertEquals((await resample(["a", "b"], input, method("mean"), "ff")).rows, [[1, 5, 6.5]]);
  assertEquals((await resample(["a", "b"], input, method("median"), "ff")).rows, [[1, 4, 6.5]]);
  assertEquals((await resample(["a", "b"], input, method("min"), "ff")).rows, [[1, 2, 4]]);
  assertEquals((await resample(["a", "b"], input, method("max"), "ff")).rows, [[1, 9, 9]]);
});

Deno.test("resample() keeps Int64, rounding means and medians half to even", async () => {
  const input: Rows = [[1.1, 1, 2, -1, 1], [1.2, 2, 3, -2, 1], [2.1, 1, 1, -1, 2], [2.2, 1, 1, -1, 5], [
    2.3,
    2,
    3,
    -3,
    4,
  ]];
  const names = ["a", "b", "c", "d"];
  const mean = await resample(names, input, method("mean"));
  assertEquals(mean.rows, [[1, 2, 2, -2, 1], [2, 1, 2, -2, 4]]);
  assertEquals(mean.table(DAY).columns.map(({ type }) => type), ["int64", "int64", "int64", "int64"]);
  assertEquals((await resample(names, input, method("median"))).rows, [[1, 2, 2, -2, 1], [2, 1, 1, -1, 4]]);
});

Deno.test("resample() takes first for Int64 and mean for Float64 in domains it has no method for", async () => {
  const file = "a__flow__1970-01-01.parquet";
  const input = { [file]: tableOf(["a", "b"], [[1.1, 1, 1], [1.2, 3, 3]], "if") };
  const { table } = await runTreatment("resample", input, {});
  assertEquals(table(file).columns.map(({ values }) => [...values]), [[1], [2]]);
});

Deno.test("resample() fills a gap of exactly max_gap_fill_s and leaves a longer one null throughout", async () => {
  const { rows, metrics } = await resample(["m0"], [[0, 1], [3, 2], [7, 3]]);
  assertEquals(rows, [[0, 1], [1, 1], [2, 1], [3, 2], [4, null], [5, null], [6, null], [7, 3]]);
  assertEquals(metrics, { filled: 2 });
});

Deno.test("resample() measures gaps in cells times freq", async () => {
  const params = { freq: "10s", max_gap_fill_s: 19 };
  assertEquals((await resample(["m0"], [[0, 1], [20, 2]], params)).rows, [[0, 1], [10, 1], [20, 2]]);
  assertEquals((await resample(["m0"], [[0, 1], [30, 2]], params)).rows, [[0, 1], [10, null], [20, null], [30, 2]]);
  // 0.3 / 0.1 is below 3 in doubles.
  const fine = await resample(["m0"], [[0, 1], [0.4, 2]], { freq: "0.1s", max_gap_fill_s: 0.3 });
  assertEquals(fine.rows.map((row) => row[1]), [1, 1, 1, 1, 2]);
});

Deno.test("resample() judges gaps per column, counts rows of nulls as gap, and fills nothing open at the end", async () => {
  const { rows, metrics } = await resample(["m0", "m1"], [[0, 1, null], [1, null, 5], [2, 3, null], [3, 4, null]]);
  assertEquals(rows, [[0, 1, null], [1, 1, 5], [2, 3, null], [3, 4, null]]);
  assertEquals(metrics, { filled: 1 });
});

Deno.test("resample() fills nothing with max_gap_fill_s 0", async () => {
  const { rows, metrics } = await resample(["m0"], [[0, 1], [2, 2]], { max_gap_fill_s: 0 });
  assertEquals(rows, [[0, 1], [1, null], [2, 2]]);
  assertEquals(metrics, { filled: 0 });
});

Deno.test("resample() drops all-null rows before the first and after the last value", async () => {
  const { rows } = await resample(["m0", "m1"], [[0, null, null], [5, 1, null], [9, null, 2], [12, null, null]]);
  assertEquals(rows.map(([second]) => second), [5, 6, 7, 8, 9]);
});

Deno.test("resample() writes a file of 0 rows for a day without values, or without rows", async () => {
  for (const rows of [[[3, null], [4, null]], []] as Rows[]) {
    const { table } = await resample(["m0"], rows);
    assertEquals(table(DAY).ts.length, 0);
    assertEquals(table(DAY).columns.map(({ name, type }) => [name, type]), [["m0", "int64"]]);
  }
});

Deno.test("resample() fills over midnight on both sides and writes no row of other days", async () => {
  const input = {
    [DAY_BEFORE]: tableOf(["m0"], [[MIDNIGHT - 2, 5], [MIDNIGHT - 1.5, 6]]),
    [DAY]: tableOf(["m0"], [[MIDNIGHT + 2, 7], [2 * MIDNIGHT - 3, 8]]),
    [DAY_AFTER]: tableOf(["m0"], [[2 * MIDNIGHT, 9]]),
  };
  const { rows, metrics } = await resampleAmong(input, { max_gap_fill_s: 3 });
  // Before midnight the cell's first value counts, and its gap of three cells starts on the day before.
  assertEquals(rows.slice(0, 3), [[0, 5], [1, 5], [2, 7]]);
  assertEquals(rows.slice(-3), [[MIDNIGHT - 3, 8], [MIDNIGHT - 2, 8], [MIDNIGHT - 1, 8]]);
  assertEquals(metrics, { filled: 4 });
  const short = await resampleAmong(input, { max_gap_fill_s: 2 });
  assertEquals(short.rows[0], [2, 7]);
  assertEquals(short.rows.at(-1), [MIDNIGHT - 1, 8]);
});

Deno.test("resample() looks for a gap's ends on the nearest day that has one", async () => {
  const hour = 3600;
  const input = {
    [DAY_BEFORE]: tableOf(["m0", "m1"], [[MIDNIGHT - 3 * hour, 4, 4], [MIDNIGHT - 1, null, 5]]),
    [DAY]: tableOf(["m0", "m1"], [[MIDNIGHT + 2 * hour, null, 1], [MIDNIGHT + 3 * hour, 2, 1]]),
  };
  const { rows } = await resampleAmong(input, { freq: "1h", max_gap_fill_s: 5 * hour });
  assertEquals(rows, [[0, 4, 5], [hour, 4, 5], [2 * hour, 4, 1], [3 * hour, 2, 1]]);
});

Deno.test("resample() fills a whole day of nulls or without rows between two days if a day is no longer than allowed", async () => {
  const around = {
    [DAY_BEFORE]: tableOf(["m0"], [[MIDNIGHT - 3600, 4]]),
    [DAY_AFTER]: tableOf(["m0"], [[2 * MIDNIGHT, 9]]),
  };
  for (const rows of [[], [[MIDNIGHT + 5, null]]] as Rows[]) {
    const input = { ...around, [DAY]: tableOf(["m0"], rows) };
    const filled = await resampleAmong(input, { freq: "1h", max_gap_fill_s: 86400 });
    assertEquals(filled.rows, Array.from({ length: 24 }, (_, hour) => [hour * 3600, 4]));
    const empty = await resampleAmong(input, { freq: "1h", max_gap_fill_s: 86399 });
    assertEquals(empty.rows, []);
  }
});

Deno.test("resample() has the columns of the day's own file, whatever its neighbours have", async () => {
  const input = {
    [DAY_BEFORE]: tableOf(["m1"], [[MIDNIGHT - 1, 5]]),
    [DAY]: tableOf(["m0"], [[MIDNIGHT + 1, 7]]),
  };
  const { rows, table } = await resampleAmong(input, { max_gap_fill_s: 60 });
  assertEquals(table(DAY).columns.map(({ name }) => name), ["m0"]);
  assertEquals(rows, [[1, 7]]);
});

Deno.test("resample() keeps the grid complete over a gap of many hours", async () => {
  const { rows, metrics } = await resample(["m0"], [[0, 1], [23 * 3600, 2]]);
  assertEquals(rows.length, 23 * 3600 + 1);
  assertEquals(rows.filter((row) => row[1] !== null).length, 2);
  assertEquals(metrics, { filled: 0 });
});

Deno.test("resample() fills gaps across midnight from the files of the same window", async () => {
  const nameOf = (day: string, window: string) => day.replace(".", `__${window}.`);
  const input = Object.fromEntries(["10s", "1min"].flatMap((window, value) => [
    [nameOf(DAY_BEFORE, window), tableOf(["m0"], [[MIDNIGHT - 1, value]])],
    [nameOf(DAY, window), tableOf(["m0"], [[MIDNIGHT + 1, 9]])],
  ]));
  const halo = Object.keys(input).filter((name) => name.startsWith(DAY_BEFORE.replace(".parquet", "")));
  const { table } = await runTreatment("resample", input, {}, { halo });
  assertEquals(rowsOf(table(nameOf(DAY, "10s"))), [[0, 0], [1, 9]]);
  assertEquals(rowsOf(table(nameOf(DAY, "1min"))), [[0, 1], [1, 9]]);
});

Deno.test("resample() gives a cell the flag of the value taken by first and last", async () => {
  const names = ["m0", "m0__flag"];
  const input: Rows = [[1.1, null, 2], [1.2, 7, 6], [1.3, 8, 5], [1.4, null, 3]];
  assertEquals((await resample(names, input, method("first"))).rows, [[1, 7, 6]]);
  assertEquals((await resample(names, input, method("last"))).rows, [[1, 8, 5]]);
});

Deno.test("resample() gives a cell the worst flag of the values that make its mean, median, min or max", async () => {
  const input: Rows = [[1.1, null, 2], [1.2, 7, 0], [1.3, 9, 5], [1.4, 8, 6]];
  for (const name of ["mean", "median", "min", "max"]) {
    assertEquals((await resample(["m0", "m0__flag"], input, method(name))).rows[0]![2], 5, name);
  }
});

Deno.test("resample() flags filled cells 5, null cells by the worst of their rows, and 1 where they have none", async () => {
  const input: Rows = [[0, 1, 0], [1, null, 2], [3, 2, 0], [4.1, null, 1], [4.2, null, 3], [5, null, null], [7, 3, 4]];
  const { rows } = await resample(["m0", "m0__flag"], input);
  const flags: Rows = [[0, 1, 0], [1, 1, 5], [2, 1, 5], [3, 2, 0], [4, null, 3], [5, null, 1], [6, null, 1], [7, 3, 4]];
  assertEquals(rows, flags);
});

Deno.test("resample() makes a row's flag the worst of what it becomes for each column", async () => {
  const names = ["m0", "m1", "quality_flag"];
  const input: Rows = [
    [0.1, 1, null, 1], // m0 takes this row, m1 the next: the worst of 1 and 6
    [0.2, 2, 2, 6],
    [1.1, 1, 1, 0], // both take the first row
    [1.2, 2, 2, 4],
    [3, 1, 1, 0], // cell 2 is filled in both columns
    [4.1, 1, null, 6], // m1 stays null: the worst of all rows of its cell
    [4.2, 1, null, 3],
    [8, 1, null, 0],
  ];
  const { rows } = await resample(names, input);
  assertEquals(rows.map((row) => row[3]), [1, 0, 5, 0, 3, 1, 1, 1, 0]);
});

Deno.test("resample() adds no flag column and never treats one as data", async () => {
  assertEquals((await resample(["m0"], [[0, 1], [2, 1]])).table(DAY).columns.length, 1);
  const { rows, metrics } = await resample(["m0", "m0__flag"], [[0, null, 1], [1, 5, 0], [9, null, 2]]);
  assertEquals(rows, [[1, 5, 0]]);
  assertEquals(metrics, { filled: 0 });
});

Deno.test("resample() takes the worst of a cell's rows for a flag column without its data column", async () => {
  const input: Rows = [[1.1, 5, 5], [1.2, 5, 3], [3, 5, 0]];
  assertEquals((await resample(["m0", "gone__flag"], input)).rows, [[1, 5, 3], [2, 5, 1], [3, 5, 0]]);
});

Deno.test("resample() refuses a freq that does not divide a day, and one that makes too many rows", async () => {
  await assertRejects(() => resample(["m0"], [[0, 1]], { freq: "7s" }), TypeError, "does not divide a day");
  const rows: Rows = [[0, 1], [80000, 1]];
  await assertRejects(() => resample(["m0"], rows, { freq: "0.000001s" }), TypeError, "use a longer one");
});

Deno.test("resample() refuses rows of another day, and a neighbour whose column has another type", async () => {
  for (const time of [MIDNIGHT - 1, 2 * MIDNIGHT]) {
    const stray = { [DAY]: tableOf(["m0"], [[time, 1]]) };
    await assertRejects(() => runTreatment("resample", stray), TypeError, "outside the UTC day");
  }
  const mixed = {
    [DAY_BEFORE]: tableOf(["m0"], [[MIDNIGHT - 1, 5.5]], "f"),
    [DAY]: tableOf(["m0"], [[MIDNIGHT + 1, 7]]),
  };
  await assertRejects(() => resampleAmong(mixed, {}), TypeError, 'column "m0" across midnight');
});

Deno.test("resample() refuses a neighbour with rows of this day, or in disorder, by its name", async () => {
  const day = tableOf(["m0"], [[MIDNIGHT + 1, 7]]);
  const stray = { [DAY_BEFORE]: tableOf(["m0"], [[MIDNIGHT - 9, 8], [MIDNIGHT + 2, 8]]), [DAY]: day };
  const name = `from "${DAY_BEFORE}": `;
  await assertRejects(() => resampleAmong(stray, {}), TypeError, `${name}it has rows outside its day`);
  const shuffled = writeFile(
    { name: "ts", type: "int64", values: Float64Array.of((MIDNIGHT - 1) * 1e6, (MIDNIGHT - 9) * 1e6) },
    [{ name: "m0", type: "int64", values: Float64Array.of(8, 8) }],
    { createdBy: "somebody", metadata: {} },
  );
  const disorder = { [DAY_BEFORE]: shuffled.slice() as Uint8Array<ArrayBuffer>, [DAY]: day };
  await assertRejects(() => resampleAmong(disorder, {}), TypeError, `${name}its times are null or go back in row 1`);
});

Deno.test("resample() passes on which columns transform added", async () => {
  const added = { m0__log: { source: "m0", function: "log" } };
  const input = { [DAY]: { ...tableOf(["m0"], [[MIDNIGHT, 5]]), meta: { added, junk: 1 } } };
  const { table } = await runTreatment("resample", input);
  assertEquals(table(DAY).meta?.added, added);
  assertEquals(table(DAY).meta?.junk, undefined);
});
