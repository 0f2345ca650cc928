import { assertEquals, assertRejects } from "@std/assert";
import type { Table } from "myx";
import { runTreatment, tableOf } from "../harness.ts";

const DAY = "pil-90__bio_signal__1970-01-01.parquet";
const NEXT = "pil-90__bio_signal__1970-01-02.parquet";

/** Rules without spikes, or with those given. */
const rules = (bio: Record<string, unknown>) => ({ domains: { bio_signal: bio } });

/** Cleans one day's table. */
async function clean(table: Table, params: Record<string, unknown> = {}) {
  const outcome = await runTreatment("clean", { [DAY]: table }, params);
  assertEquals(outcome.names, [DAY]);
  return { ...outcome, day: outcome.table(DAY) };
}

/** A column's values with null for NaN. */
function column(table: Table, name: string): (number | null)[] {
  const found = table.columns.find((candidate) => candidate.name === name)!;
  return Array.from(found.values, (value) => Number.isNaN(value) ? null : value);
}

const names = (table: Table) => table.columns.map(({ name }) => name);

Deno.test("clean() keeps the first of rows with equal ts and counts conflicting ones apart", async () => {
  const table = tableOf(["m0", "m1"], [[1, 10, null], [1, 10, null], [1, 11, null], [1, 10, 5], [2, 7, 7], [
    2,
    null,
    7,
  ]]);
  const { day, metrics } = await clean(table);
  assertEquals([...day.ts], [1e6, 2e6]);
  assertEquals(column(day, "m0"), [10, 7]);
  assertEquals(column(day, "m1"), [null, 7]);
  assertEquals(metrics.duplicates, 4);
  assertEquals(metrics.conflicts, 3);
});

Deno.test("clean() compares each repeated row with the first of its own time", async () => {
  const { day, metrics } = await clean(tableOf(["m0"], [
    [0, 1],
    [1, 10],
    [1, 11],
    [1, 10],
    [2, 7],
    [3, 5],
    [3, null],
    [4, null],
    [4, null],
    [4, null],
    [5, null],
    [5, 3],
    [6, 8],
  ]));
  assertEquals(column(day, "m0"), [1, 10, 7, 5, null, null, 8]);
  assertEquals([metrics.duplicates, metrics.conflicts], [6, 3]);
});

Deno.test("clean() compares only data columns when it counts conflicts", async () => {
  const { metrics, day } = await clean(tableOf(["m0", "m0__flag"], [[1, 10, 4], [1, 10, 0]]));
  assertEquals([metrics.duplicates, metrics.conflicts], [1, 0]);
  assertEquals(column(day, "m0__flag"), [4]);
});

Deno.test("clean() keeps every row with drop_duplicates false", async () => {
  const { day, metrics } = await clean(tableOf(["m0"], [[1, 10], [1, 10], [1, 12]]), { drop_duplicates: false });
  assertEquals(column(day, "m0"), [10, 10, 12]);
  assertEquals([metrics.duplicates, metrics.conflicts], [0, 0]);
});

Deno.test("clean() nulls what lies outside of the inclusive bounds", async () => {
  const { day, metrics } = await clean(
    tableOf(["m0"], [[1, -1], [2, 0], [3, 400], [4, 800], [5, 801], [6, null]]),
    rules({ min_value: 0, max_value: 800 }),
  );
  assertEquals(column(day, "m0"), [null, 0, 400, 800, null, null]);
  assertEquals(metrics.nulled_out_of_range, 2);
  assertEquals(metrics.nulled_spike, 0);
});

Deno.test("clean() takes a bound that is null or absent as no limit", async () => {
  const table = tableOf(["m0"], [[1, -1e9], [2, 1e9]]);
  assertEquals(column((await clean(table, rules({ min_value: null, max_value: 0 }))).day, "m0"), [-1e9, null]);
  assertEquals(column((await clean(table, rules({}))).day, "m0"), [-1e9, 1e9]);
});

Deno.test("clean() takes medians after bounds, over values no spike has been taken out of", async () => {
  // Were 5000 still there, the median of row 2's window would be 100 and not 50.
  const bounds = rules({ max_value: 800, spike_window: 3, spike_threshold: 40 });
  const bounded = await clean(tableOf(["m0"], [[1, 5000], [2, 100], [3, 0], [4, 0]]), bounds);
  assertEquals(column(bounded.day, "m0"), [null, null, 0, 0]);
  assertEquals([bounded.metrics.nulled_out_of_range, bounded.metrics.nulled_spike], [1, 1]);
  // One pass: row 4 is judged by [300, 0, 300] although row 3 is a spike itself.
  const params = rules({ spike_window: 3, spike_threshold: 50 });
  const second = await clean(tableOf(["m0"], [[1, 0], [2, 0], [3, 300], [4, 0], [5, 300], [6, 300]]), params);
  assertEquals(column(second.day, "m0"), [0, 0, null, null, 300, 300]);
  assertEquals(second.metrics.nulled_spike, 2);
});

Deno.test("clean() leaves spikes alone with spike_threshold null", async () => {
  const table = tableOf(["m0"], [[1, 0], [2, 700], [3, 0]]);
  const { day } = await clean(table, rules({ spike_window: 3, spike_threshold: null }));
  assertEquals(column(day, "m0"), [0, 700, 0]);
});

Deno.test("clean() reads the rows of other days around it and writes none of them", async () => {
  const input = { [DAY]: tableOf(["m0"], [[86399, 500]]), [NEXT]: tableOf(["m0"], [[86400, 0], [86401, 0]]) };
  const alone = await runTreatment("clean", { [DAY]: input[DAY]! }, {});
  assertEquals(column(alone.table(DAY), "m0"), [500]);
  const outcome = await runTreatment("clean", input, {}, { halo: [NEXT] });
  assertEquals(outcome.names, [DAY]);
  assertEquals(column(outcome.table(DAY), "m0"), [null]);
  assertEquals(outcome.metrics.nulled_spike, 1);
});

Deno.test("clean() bounds and deduplicates the rows of other days without counting them", async () => {
  const halo = tableOf(["m0"], [[86400, 900], [86400, 0], [86401, 500], [86401, 0], [86402, 0], [86403, 0]]);
  const { table, metrics } = await runTreatment("clean", { [DAY]: tableOf(["m0"], [[86399, 500]]), [NEXT]: halo }, {
    ...rules({ max_value: 800, spike_window: 5, spike_threshold: 100 }),
  }, { halo: [NEXT] });
  // Two rows behind: the null (was 900) and 500. With repeated rows or without bounds the median would differ.
  assertEquals(column(table(DAY), "m0"), [500]);
  assertEquals(metrics, { duplicates: 0, conflicts: 0, nulled_out_of_range: 0, nulled_spike: 0 });
});

Deno.test("clean() takes a column that a neighbour lacks as null there, and ignores one that only the neighbour has", async () => {
  const input = { [DAY]: tableOf(["m0"], [[86399, 500]]), [NEXT]: tableOf(["m1"], [[86400, 0], [86401, 0]]) };
  const outcome = await runTreatment("clean", input, {}, { halo: [NEXT] });
  assertEquals(names(outcome.table(DAY)), ["m0"]);
  assertEquals(column(outcome.table(DAY), "m0"), [500]);
});

Deno.test("clean() passes a domain through that has no rules, repeated rows included", async () => {
  const file = "a__pressure__1970-01-01.parquet";
  const table = tableOf(["p"], [[1, 5000], [1, 5000], [2, null]], "f");
  const outcome = await runTreatment("clean", { [file]: table }, {});
  assertEquals(column(outcome.table(file), "p"), [5000, 5000, null]);
  const flagged = await runTreatment("clean", { [file]: table }, { quality_flag: "column" });
  assertEquals(column(flagged.table(file), "p__flag"), [0, 0, 1]);
});

Deno.test("clean() cleans a domain's name literally, also where objects have one of their own", async () => {
  const file = "a__constructor__1970-01-01.parquet";
  const outcome = await runTreatment("clean", { [file]: tableOf(["p"], [[1, 5000]]) }, {});
  assertEquals(column(outcome.table(file), "p"), [5000]);
});

Deno.test("clean() uses the environment's own defaults", async () => {
  const file = "a__environment__1970-01-01.parquet";
  const values = [-10, -10.1, 50, 50.1, 18, 18, 18, 18, 23.1, 18, 18, 18, 18];
  const table = tableOf(["outdoor_temp"], values.map((value, i) => [i, value]), "f");
  const outcome = await runTreatment("clean", { [file]: table }, { quality_flag: "column" });
  assertEquals(column(outcome.table(file), "outdoor_temp__flag"), [2, 3, 2, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
  assertEquals(outcome.table(file).columns[0]!.type, "float64");
});

const flagRules = rules({ min_value: 0, max_value: 800, spike_window: 3, spike_threshold: 100 });
const flagRows: (number | null)[][] = [[0, 10, 10], [1, 10, 10], [2, 500, null], [3, 10, 900], [4, 10, 10], [
  5,
  10,
  10,
]];

Deno.test("clean() adds no flags by default", async () => {
  assertEquals(names((await clean(tableOf(["m0", "m1"], flagRows), flagRules)).day), ["m0", "m1"]);
});

Deno.test("clean() adds one flag per column behind the data", async () => {
  const { day } = await clean(tableOf(["m0", "m1"], flagRows), { ...flagRules, quality_flag: "column" });
  assertEquals(names(day), ["m0", "m1", "m0__flag", "m1__flag"]);
  assertEquals(column(day, "m0__flag"), [0, 0, 2, 0, 0, 0]);
  assertEquals(column(day, "m1__flag"), [0, 0, 1, 3, 0, 0]);
  assertEquals(day.columns.map(({ type }) => type), ["int64", "int64", "int64", "int64"]);
});

Deno.test("clean() flags a row by the worst of its columns", async () => {
  const { day } = await clean(tableOf(["m0", "m1"], flagRows), { ...flagRules, quality_flag: "row" });
  assertEquals(names(day), ["m0", "m1", "quality_flag"]);
  assertEquals(column(day, "quality_flag"), [0, 0, 2, 3, 0, 0]);
});

Deno.test("clean() flags rows that have no data columns, too", async () => {
  const rows = { ...flagRules, quality_flag: "row" };
  assertEquals(column((await clean(tableOf([], [[1], [2]]), rows)).day, "quality_flag"), [0, 0]);
  assertEquals(column((await clean(tableOf(["m0__flag"], [[1, 4], [2, 3]]), rows)).day, "quality_flag"), [0, 0]);
});

Deno.test("clean() keeps incoming flags 4 to 6 of a column and writes the others anew", async () => {
  const rows = [4, 5, 6, 3, 2, 1, 0, null].map((flag, i) => [i, i === 2 ? 900 : 10, flag]);
  const { day } = await clean(tableOf(["m0", "m0__flag"], rows), { ...flagRules, quality_flag: "column" });
  assertEquals(column(day, "m0__flag"), [4, 5, 6, 0, 0, 0, 0, 0]);
  assertEquals(names(day), ["m0", "m0__flag"]);
});

Deno.test("clean() lets an incoming row flag 4 to 6 count as one more member of the row", async () => {
  const rows = [[1, 10, 4], [2, 10, 5], [3, 900, 6], [4, 10, 3], [5, null, 4]];
  const { day } = await clean(tableOf(["m0", "quality_flag"], rows), { ...flagRules, quality_flag: "row" });
  assertEquals(column(day, "quality_flag"), [4, 5, 3, 0, 4]);
});

Deno.test("clean() counts incoming column flags in the row's flag and leaves them as they are", async () => {
  const rows = [[1, 10, 4], [2, 10, 2], [3, 10, 0]];
  const { day } = await clean(tableOf(["m0", "m0__flag"], rows), { ...flagRules, quality_flag: "row" });
  assertEquals(names(day), ["m0", "m0__flag", "quality_flag"]);
  assertEquals(column(day, "m0__flag"), [4, 2, 0]);
  assertEquals(column(day, "quality_flag"), [4, 0, 0]);
});

Deno.test("clean() never treats a flag column as data", async () => {
  const rows = [1, 2, 3, 4, 5].map((i) => [i, 10, i === 3 ? 6 : 0, 5]);
  const { day } = await clean(
    tableOf(["m0", "m0__flag", "quality_flag"], rows),
    rules({ max_value: 4, spike_window: 3, spike_threshold: 1 }),
  );
  assertEquals(column(day, "m0"), [null, null, null, null, null]);
  assertEquals(column(day, "m0__flag"), [0, 0, 6, 0, 0]);
  assertEquals(column(day, "quality_flag"), [5, 5, 5, 5, 5]);
});

Deno.test("clean() writes a file without rows for one without rows", async () => {
  for (const quality_flag of ["none", "row", "column"]) {
    const { day } = await clean(tableOf(["m0"], []), { quality_flag });
    assertEquals(day.ts.length, 0);
    assertEquals(names(day)[0], "m0");
  }
});

Deno.test("clean() passes on which columns transform added", async () => {
  const added = { m0__log: { source: "m0", function: "log" } };
  const { day } = await clean({ ...tableOf(["m0"], [[1, 5]]), meta: { added, junk: 1 } });
  assertEquals(day.meta?.added, added);
  assertEquals(day.meta?.junk, undefined);
});

Deno.test("clean() refuses rules that contradict each other", async () => {
  const table = tableOf(["m0"], [[1, 1]]);
  await assertRejects(
    () => clean(table, rules({ min_value: 5, max_value: 4 })),
    TypeError,
    "min_value 5 is above max_value 4",
  );
  await assertRejects(() => clean(table, rules({ spike_threshold: 4 })), TypeError, "needs a spike_window");
});
