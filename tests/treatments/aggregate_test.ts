import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Column, Table } from "myx";
import { runTreatment, tableOf } from "../harness.ts";
import { type Metric, parseMetrics } from "../../treatments/aggregate/metrics.ts";
import { summarise } from "../../treatments/aggregate/summarise.ts";
import { layGrid } from "../../treatments/aggregate/windows.ts";
import { exactMoments, relativeError } from "./exact_moments.ts";

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

/** One window of one column, as slowly and plainly as can be. NaN is null. */
function reference(window: readonly number[], metric: string): number {
  const x = window.filter((value) => !Number.isNaN(value));
  const n = x.length;
  if (metric === "count") return n;
  if (n === 0) return NaN;
  const sorted = [...x].sort((a, b) => a - b);
  const mean = x.reduce((a, b) => a + b, 0) / n;
  switch (metric) {
    case "mean":
      return mean;
    case "std":
      return n < 2 ? NaN : Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
    case "min":
      return sorted[0]!;
    case "max":
      return sorted[n - 1]!;
    case "sum":
      return x.reduce((a, b) => a + b, 0);
    case "first":
      return x[0]!;
    case "last":
      return x[n - 1]!;
  }
  const at = (n - 1) * (metric === "median" ? 0.5 : Number(metric.slice(1)) / 100);
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}

/** Rows by the start of their window, in BigInt so that nothing is rounded. */
function groupRows(ts: readonly number[], micros: number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  ts.forEach((time, row) => {
    const start = Number(BigInt(time) / BigInt(micros) * BigInt(micros));
    groups.set(start, [...groups.get(start) ?? [], row]);
  });
  return groups;
}

function summariseOne(values: readonly number[], metrics: readonly Metric[], whole = false): number[] {
  const rows = Uint32Array.of(0, values.length);
  return summarise(Float64Array.from(values), { rows }, metrics, whole).map((output) => output[0]!);
}

function stdOf(values: readonly number[]): number {
  return summariseOne(values, parseMetrics(["std"]))[0]!;
}

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
    [{ windows: ["10s", "7s"] }, 'windows[1]: Cannot use window "7s": it does not divide a day'],
    [{ windows: ["10 s"] }, "windows[0]: Cannot read duration"],
    [{ windows: ["10s", "60s", "10s"] }, 'windows[2]: "10s" is already windows[0]'],
    [{ metrics: ["mean", "meen"] }, 'metrics[1]: found "meen" (did you mean "mean"?), expected'],
    [{ metrics: ["p101"] }, 'found "p101"'],
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

Deno.test("aggregate refuses an Int64 sum above 2^53, naming column and window", async () => {
  const input = { [INPUT]: tableOf(["m0", "m1"], day([[0, 1, 1], [3600, 1, 2 ** 53 - 1], [3601, 1, 1]])) };
  await assertRejects(
    () => runTreatment("aggregate", input, { windows: ["1h"], metrics: ["sum"] }),
    RangeError,
    `Cannot sum column "m1" of "${INPUT}" in the window of 2026-01-20T01:00:00.000000Z: 9007199254740992 is above 2^53`,
  );
  const { table } = await runTreatment("aggregate", input, { windows: ["1h"], metrics: ["max"] });
  assertEquals(cells(column(table(`${STEM}__1h.parquet`), "m1__raw__max").values), [1, 2 ** 53 - 1]);
});

Deno.test("summarise() sums Int64 exactly although partial sums leave 2^53", () => {
  const big = 2 ** 53 - 1;
  assertEquals(summariseOne([big, big, 1, -big, -big], parseMetrics(["sum"]), true), [1]);
  assertEquals(summariseOne([big, -big], parseMetrics(["sum", "mean"]), true), [0, 0]);
});

Deno.test("summarise() equals a slow reference on any rows, windows and metrics", () => {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }) },
    { weight: 2, arbitrary: fc.constant(NaN) },
    { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -0, 7) },
  );
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000_000_000 }), value), { maxLength: 400 });
  const windows = fc.constantFrom(1e6, 10e6, 60e6, 300e6, 3600e6, 86_400e6);
  fc.assert(
    fc.property(rows, windows, fc.shuffledSubarray(EVERY, { minLength: 1 }), (rows, micros, wanted) => {
      rows.sort((a, b) => a[0] - b[0]);
      const ts = rows.map(([time]) => T0 * 1e6 + time);
      const values = rows.map(([, value]) => value);
      const grid = layGrid(Float64Array.from(ts), micros);
      const results = summarise(Float64Array.from(values), grid, parseMetrics(wanted), false);
      const groups = groupRows(ts, micros);
      if (ts.length) assertEquals([grid.starts[0], grid.starts.at(-1)], [Math.min(...groups.keys()), Math.max(...groups.keys())]);
      else assertEquals(grid.starts.length, 0);
      grid.starts.forEach((start, w) => {
        if (w) assertEquals(start - grid.starts[w - 1]!, micros);
        const window = (groups.get(start) ?? []).map((row) => values[row]!);
        const size = Math.max(1, ...window.filter((x) => !Number.isNaN(x)).map(Math.abs));
        wanted.forEach((metric, m) => {
          const [found, expected] = [results[m]![w]!, reference(window, metric)];
          const same = Number.isNaN(expected) ? Number.isNaN(found) : Math.abs(found - expected) <= size * 1e-9;
          assert(same, `${metric} of ${window}: ${found}, expected ${expected}`);
        });
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("summarise() gives one metric the same bits whatever else is asked for", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 }),
    fc.shuffledSubarray(EVERY, { minLength: 2 }),
    (values, wanted) => {
      const together = summariseOne(values, parseMetrics(wanted));
      wanted.forEach((metric, m) => assertEquals(summariseOne(values, parseMetrics([metric])), [together[m]!], metric));
    },
  ));
});

Deno.test("summarise() has mean and std right to 1e-9 where the spread is tiny beside the values", () => {
  fc.assert(fc.property(
    fc.float({ min: -(2 ** 30), max: 2 ** 30, noNaN: true }),
    fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 300 }),
    (base, noise) => {
      const values = [...noise.map((x) => base + x), base + 1, base - 1];
      const [mean, std] = summariseOne(values, parseMetrics(["mean", "std"]));
      const exact = exactMoments(values);
      assert(Math.abs(mean! - exact.mean) <= 1e-12 * Math.max(1, Math.abs(base)), `mean ${mean}, exact ${exact.mean}`);
      assert(relativeError(std!, exact.std) < 1e-9, `std ${std}, exact ${exact.std}`);
    },
  ));
});

Deno.test("summarise() gives a constant series its own value and a std of 0", () => {
  fc.assert(fc.property(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 1, max: 1000 }),
    (value, n) => {
      const results = summariseOne(Array(n).fill(value), parseMetrics(["mean", "min", "max", "median", "p95", "std"]));
      assertEquals(results.slice(0, 5), Array(5).fill(value + 0));
      assertEquals(results[5], n < 2 ? NaN : 0);
    },
  ));
});

Deno.test("summarise() survives huge and tiny ranges", () => {
  const metrics = parseMetrics(["mean", "std", "median", "p75"]);
  assertEquals(summariseOne([1.5e308, 1.5e308, 1.2e308], metrics).slice(0, 1).map((x) => x > 1.39e308 && x < 1.41e308), [true]);
  assert(relativeError(stdOf([1e200, 2e200, 3e200]), 1e200) < 1e-12);
  assert(relativeError(stdOf([1e-200, 2e-200, 3e-200]), 1e-200) < 1e-12);
  assert(relativeError(stdOf([-1e160, 0, 1e160]), 1e160) < 1e-12);
  assertEquals(stdOf([0, 5e-324]), 5e-324);
  assertEquals(summariseOne([-1.7e308, 1.7e308], parseMetrics(["median", "p25"])), [0, -0.85e308]);
});

Deno.test("summarise() follows IEEE where values are infinite, and has null where that says NaN", () => {
  const metrics = parseMetrics(["mean", "std", "min", "max", "sum", "median"]);
  assertEquals(summariseOne([1, Infinity], metrics), [Infinity, NaN, 1, Infinity, Infinity, Infinity]);
  assertEquals(summariseOne([-Infinity, Infinity], metrics), [NaN, NaN, -Infinity, Infinity, NaN, NaN]);
  assertEquals(summariseOne([Infinity, Infinity], metrics), [Infinity, NaN, Infinity, Infinity, Infinity, Infinity]);
});

Deno.test("summarise() writes -0 as 0, but for first and last", () => {
  const metrics = parseMetrics(EVERY);
  const results = summariseOne([-0, -0, -0], metrics);
  metrics.forEach(({ name }, m) => {
    if (name === "count") return;
    assert(Object.is(results[m], name === "first" || name === "last" ? -0 : 0), name);
  });
});

Deno.test("percentiles equal NumPy's default", () => {
  // numpy.percentile([...], q), NumPy 2
  const x = [3, 1, 4, 1, 5, 9, 2, 6];
  const wanted = ["p0", "p10", "p25", "p50", "median", "p75", "p95", "p99.9", "p100"];
  const expected = [1, 1, 1.75, 3.5, 3.5, 5.25, 7.949999999999999, 8.979, 9];
  const found = summariseOne(x, parseMetrics(wanted));
  found.forEach((value, i) => assert(Math.abs(value - expected[i]!) < 1e-14 * 9, `${wanted[i]}: ${value}`));
});

Deno.test("percentiles are right on orders that mislead pivots", () => {
  const n = 5000;
  const shapes: Record<string, (i: number) => number> = {
    ascending: (i) => i,
    descending: (i) => -i,
    organPipe: (i) => Math.min(i, n - i),
    sawtooth: (i) => i % 71,
    constant: () => 5,
    twoValued: (i) => i % 2,
  };
  const wanted = ["median", "p2.5", "p95", "p100"];
  for (const [name, shape] of Object.entries(shapes)) {
    const values = Array.from({ length: n }, (_, i) => shape(i));
    const found = summariseOne(values, parseMetrics(wanted));
    wanted.forEach((metric, m) =>
      assert(Math.abs(found[m]! - reference(values, metric)) < 1e-9, `${metric} of ${name}: ${found[m]}`)
    );
  }
});

function readNist(url: URL): { values: number[]; mean: number; std: number } {
  const text = Deno.readTextFileSync(url);
  return {
    mean: Number(/Sample Mean\s+ybar:\s+(\S+)/.exec(text)![1]),
    std: Number(/Sample Standard Deviation \(denom\. = n-1\)\s+s:\s+(\S+)/.exec(text)![1]),
    values: text.slice(text.search(/^-{5,}\s*$/m)).trim().split(/\s+/).slice(1).map(Number),
  };
}

Deno.test("mean and std equal NIST's certified values to 1e-9", () => {
  const urls = ["NumAcc1", "Michelso"].map((name) => new URL(`../data/nist/${name}.dat`, import.meta.url));
  const more = new URL("../../../shared/data/nist-strd/", import.meta.url);
  try {
    for (const { name } of Deno.readDirSync(more)) if (name.endsWith(".dat")) urls.push(new URL(name, more));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const url of urls) {
    const { values, mean, std } = readNist(url);
    assert(values.length >= 3 && values.every(Number.isFinite), url.pathname);
    const found = summariseOne(values, parseMetrics(["mean", "std"]));
    assert(relativeError(found[0]!, mean) < 1e-12, `mean of ${url.pathname}: ${found[0]}`);
    assert(relativeError(found[1]!, std) < 1e-9, `std of ${url.pathname}: ${found[1]}`);
  }
});

Deno.test("std is stable on data built like NIST's NumAcc3 and NumAcc4", () => {
  // 1001 values: base + 0.2, then base + 0.1 and base + 0.3 in turn; mean base + 0.2, std 0.1 by construction.
  for (const [base, tolerance] of [[1e6, 1e-9], [1e7, 1e-8]] as const) {
    const values = [base + 0.2, ...Array.from({ length: 1000 }, (_, i) => base + (i % 2 ? 0.3 : 0.1))];
    assert(relativeError(stdOf(values), 0.1) < tolerance);
  }
});
