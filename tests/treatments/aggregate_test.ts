import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Column, Table } from "myx";
import { runTreatment, tableOf } from "../harness.ts";

const STEM = "S_1__bio_signal__2026-01-20";
const INPUT = `${STEM}.parquet`;
const T0 = Date.parse("2026-01-20") / 1000;
const EVERY = ["mean", "std", "min", "max", "median", "count", "sum", "first", "last", "p0", "p2.5", "p95", "p100"];

const names = (table: Table) => table.columns.map((column) => column.name);
const cells = (values: Float64Array) => Array.from(values, (value) => Number.isNaN(value) ? null : value);
const column = (table: Table, name: string): Column => {
  const found = table.columns.find((column) => column.name === name);
  if (!found) throw new Error(`No column ${name} among ${names(table)}`);
  return found;
};
const seconds = (table: Table) => Array.from(table.ts, (time) => time / 1e6 - T0);
const day = (rows: (number | null)[][]) => rows.map(([s, ...rest]) => [T0 + s!, ...rest]);

Deno.test("aggregate names columns by source, then metric, flags last", async () => {
  const input: Table = {
    ...tableOf(["m0", "m0__sqrt_inv", "m2__log", "m0__flag"], day([[0, 1, 2, 3, 0]]), "iffi"),
    meta: { added: { m0__sqrt_inv: { source: "m0", function: "sqrt_inv" } } },
  };
  const result = await runTreatment("aggregate", { [INPUT]: input }, { windows: ["60s"], metrics: ["max", "mean"] });
  assertEquals(result.names, [`${STEM}__60s.parquet`]);
  assertEquals(names(result.table(`${STEM}__60s.parquet`)), [
    "m0__raw__max",
    "m0__raw__mean",
    "m0__sqrt_inv__max",
    "m0__sqrt_inv__mean",
    "m2__log__raw__max",
    "m2__log__raw__mean",
    "m0__flag",
  ]);
});

Deno.test("aggregate writes one file per window, named as written, by default 10s 60s 5min 1h", async () => {
  const { names } = await runTreatment("aggregate", { [INPUT]: tableOf(["m0"], day([[0, 1]])) });
  assertEquals(names, ["10s", "1h", "5min", "60s"].map((window) => `${STEM}__${window}.parquet`));
});

Deno.test("aggregate keeps Int64 for min, max, first, last, sum and count, the rest is Float64", async () => {
  const input = tableOf(["m0", "t"], day([[0, 1, 1.5], [1, 4, 2.5]]), "if");
  const { table } = await runTreatment("aggregate", { [INPUT]: input }, { windows: ["1h"], metrics: EVERY });
  const result = table(`${STEM}__1h.parquet`);
  const whole = (stem: string) =>
    result.columns.filter((c) => c.name.startsWith(stem) && c.type === "int64").map((c) => c.name.split("__")[2]);
  assertEquals(whole("m0"), ["min", "max", "count", "sum", "first", "last"]);
  assertEquals(whole("t"), ["count"]);
});

Deno.test("aggregate closes windows left, labels them left, and keeps empty ones between rows as nulls", async () => {
  const rows = day([[59.999999, 1, 0], [60, 2, 4], [179.999999, 3, null], [420, null, 1]]);
  const { table } = await runTreatment("aggregate", { [INPUT]: tableOf(["m0", "quality_flag"], rows) }, {
    windows: ["60s", "1d"],
    metrics: ["count", "sum", "last"],
  });
  const minutes = table(`${STEM}__60s.parquet`);
  assertEquals(seconds(minutes), [0, 60, 120, 180, 240, 300, 360, 420]);
  assertEquals(cells(column(minutes, "m0__raw__count").values), [1, 1, 1, 0, 0, 0, 0, 0]);
  assertEquals(cells(column(minutes, "m0__raw__last").values), [1, 2, 3, null, null, null, null, null]);
  assertEquals(cells(column(minutes, "quality_flag").values), [0, 4, null, null, null, null, null, 1]);
  const whole = table(`${STEM}__1d.parquet`);
  assertEquals(seconds(whole), [0]);
  assertEquals(cells(column(whole, "m0__raw__sum").values), [6]);
});

Deno.test("aggregate gives a column the same results whatever columns stand beside it", async () => {
  // More results than rows: they do not all fit into memory of a column that is done with.
  const rows = day(Array.from({ length: 5000 }, (_, i) => [i, i % 700, i % 7 ? i / 3 : null, -i]));
  const params = { windows: ["1s", "10s", "010s", "60s", "1h"], metrics: EVERY };
  const { names: files, table } = await runTreatment(
    "aggregate",
    { [INPUT]: tableOf(["a", "b", "c"], rows, "fff") },
    params,
  );
  for (const [c, name] of ["a", "b", "c"].entries()) {
    const alone = await runTreatment("aggregate", {
      [INPUT]: tableOf([name], rows.map((row) => [row[0]!, row[c + 1]!]), "f"),
    }, params);
    for (const file of files) {
      const beside = alone.table(file).columns.map(({ name }) => column(table(file), name));
      assertEquals(beside, alone.table(file).columns, `${name} in ${file}`);
    }
  }
});

Deno.test("aggregate keeps the worst flag of a window", async () => {
  const worstFirst = [4, 2, 3, 1, 5, 6, 0];
  for (let i = 0; i < worstFirst.length; i++) {
    const rest = worstFirst.slice(i);
    const rows = day([...rest].reverse().map((flag, s) => [s, 1, flag]));
    const input = tableOf(["m0", "m0__flag"], rows);
    const { table } = await runTreatment("aggregate", { [INPUT]: input }, { windows: ["1h"], metrics: ["mean"] });
    const flag = column(table(`${STEM}__1h.parquet`), "m0__flag");
    assertEquals([flag.type, cells(flag.values)], ["int64", [worstFirst[i]!]]);
  }
});

Deno.test("aggregate makes 0 rows with all columns out of a file of 0 rows", async () => {
  const input = tableOf(["m0", "quality_flag"], []);
  const { table, names: files } = await runTreatment("aggregate", { [INPUT]: input }, { metrics: ["mean", "count"] });
  assertEquals(files.length, 4);
  for (const file of files) {
    assertEquals(table(file).ts.length, 0);
    assertEquals(names(table(file)), ["m0__raw__mean", "m0__raw__count", "quality_flag"]);
    assertEquals(table(file).columns.map((column) => column.type), ["float64", "int64", "int64"]);
  }
});

Deno.test("aggregate refuses windows and metrics it does not understand and says where", async () => {
  const input = { [INPUT]: tableOf(["m0"], day([[0, 1]])) };
  const cases: [Record<string, unknown>, string][] = [
    [{ windows: [] }, "Cannot use windows: it is empty; name at least one"],
    [{ windows: ["10s", "7s"] }, 'windows[1]: Cannot use window "7s": it does not divide a day'],
    [{ windows: ["10 s"] }, "windows[0]: Cannot read duration"],
    [{ windows: ["10s", "60s", "10s"] }, 'windows[2]: "10s" is already windows[0]'],
    [{ metrics: ["mean", "meen"] }, 'metrics[1]: found "meen" (did you mean "mean"?), expected'],
    [{ metrics: ["p101"] }, 'found "p101"'],
    [{ metrics: ["top50"] }, 'found "top50"'],
    [{ metrics: ["p-5"] }, 'found "p-5"'],
    [{ metrics: ["p1e1"] }, 'found "p1e1"'],
    [{ metrics: ["min", "min"] }, 'metrics[1]: "min" is already metrics[0]'],
  ];
  for (const [params, message] of cases) {
    const error = await assertRejects(() => runTreatment("aggregate", input, params), TypeError);
    assertStringIncludes(error.message, message);
  }
  const again = { [`${STEM}__10s.parquet`]: tableOf(["m0"], day([[0, 1]])) };
  await assertRejects(() => runTreatment("aggregate", again), TypeError, "already aggregated over 10s");
});

Deno.test("aggregate refuses files with rows outside their day, which windows of the next day would share", async () => {
  for (const second of [-T0, -0.000001, 86_400]) {
    const rows = day([[0, 1], [1, 2], [second, 3]]).sort(([a], [b]) => a! - b!);
    await assertRejects(
      () => runTreatment("aggregate", { [INPUT]: tableOf(["m0"], rows) }),
      TypeError,
      `Cannot aggregate "${INPUT}": it has rows outside its day, 2026-01-20; name it by the day of its rows`,
    );
  }
  await runTreatment("aggregate", { [INPUT]: tableOf(["m0"], day([[0, 1], [86_399.999999, 2]])) });
});

Deno.test("aggregate refuses windows that cut a day into more than there is memory for", async () => {
  const input = { [INPUT]: tableOf(["m0"], day([[0, 1], [86_399, 2]])) };
  await assertRejects(
    () => runTreatment("aggregate", input, { windows: ["10s", "0.0001s"] }),
    TypeError,
    `Cannot aggregate "${INPUT}": window "0.0001s" makes 863990001 rows of this day; use a longer one`,
  );
});

Deno.test("aggregate refuses an Int64 sum above 2^53, naming column and window", async () => {
  const input = { [INPUT]: tableOf(["m0", "m1"], day([[0, 1, 1], [3600, 1, 2 ** 53 - 1], [3601, 1, 2]])) };
  await assertRejects(
    () => runTreatment("aggregate", input, { windows: ["1h"], metrics: ["mean", "sum"] }),
    RangeError,
    `Cannot sum column "m1" of "${INPUT}" in the window of 2026-01-20T01:00:00.000000Z: 9007199254740993 is above 2^53`,
  );
  const { table } = await runTreatment("aggregate", input, { windows: ["1h"], metrics: ["max"] });
  assertEquals(cells(column(table(`${STEM}__1h.parquet`), "m1__raw__max").values), [1, 2 ** 53 - 1]);
  const negative = { [INPUT]: tableOf(["m0"], day([[0, 1 - 2 ** 53], [1, -2]])) };
  await assertRejects(
    () => runTreatment("aggregate", negative, { windows: ["1h"], metrics: ["mean", "sum"] }),
    RangeError,
    "-9007199254740993 is above 2^53 in size",
  );
});
