import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Metric, parseMetrics } from "../../treatments/aggregate/metrics.ts";
import { quantile } from "../core/kernels/twins/quantile.ts";
import { summarise } from "../../treatments/aggregate/summarise.ts";
import { layGrids } from "../../treatments/aggregate/windows.ts";
import { exactMoments, relativeError } from "./exact_moments.ts";

const T0 = Date.parse("2026-01-20") / 1000;
const EVERY = ["mean", "std", "min", "max", "median", "count", "sum", "first", "last", "p0", "p2.5", "p95", "p100"];

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
  return summarise(Float64Array.from(values), [{ rows }], metrics, whole)[0]!.map((output) => output[0]!);
}

/** As `summariseOne`, in a window that is put together from blocks of so many rows, the last of them ending as it may. */
function summariseMerged(values: readonly number[], sizes: readonly number[], metrics: readonly Metric[]): number[] {
  const ends = sizes.map((_, i) => Math.min(values.length, sizes.slice(0, i + 1).reduce((a, b) => a + b)));
  const blocks = { rows: Uint32Array.from([0, ...ends, values.length]) };
  const grid = { rows: Uint32Array.of(0, values.length), blocks, firstBlocks: Uint32Array.of(0, sizes.length + 1) };
  return summarise(Float64Array.from(values), [grid], metrics, false)[0]!.map((output) => output[0]!);
}

function stdOf(values: readonly number[]): number {
  return summariseOne(values, parseMetrics(["std"]))[0]!;
}

Deno.test("summarise() sums Int64 exactly although partial sums leave 2^53", () => {
  const big = 2 ** 53 - 1;
  // In doubles this makes 1.
  assertEquals(summariseOne([big, big, 3, -big, -big], parseMetrics(["sum"]), true), [3]);
  assertEquals(summariseOne([big, -big], parseMetrics(["sum", "mean"]), true), [0, 0]);
  assertEquals(summariseOne([big, 1], parseMetrics(["sum"]), true), [2 ** 53]);
  assertEquals(summariseOne([-big, -1], parseMetrics(["sum"]), true), [-(2 ** 53)]);
});

Deno.test("summarise() gives each window what it would have alone, beside windows whose moments or sums leave the doubles", () => {
  const of = (windows: readonly number[][], whole: boolean) => {
    const rows = Uint32Array.from([0, ...windows.map((_, w) => windows.slice(0, w + 1).flat().length)]);
    return summarise(Float64Array.from(windows.flat()), [{ rows }], parseMetrics(["mean", "std", "sum"]), whole)[0]!
      .map((output) => [...output]);
  };
  const big = 2 ** 53 - 1;
  const whole = [[1, 2], [NaN, big, big, 3, NaN, -big, -big], [4, NaN, 4, 5]];
  assertEquals(of(whole, true)[2], [3, 3, 13]);
  const parts = [
    [NaN, 5, 1, NaN, 3],
    [1.5e308, NaN, 1.5e308, 1.2e308],
    [NaN],
    [7],
    [-1e308, 0, 1e308],
    [NaN, -3e200, NaN, -2e200, -1e200],
    [1e-200, NaN, 2e-200, 3e-200],
    [2, 4, 4, 4, 6],
    [-5e-324, 0, 0],
  ];
  const [means, stds] = of(parts, false);
  const expected = [[3, 2], [1.4e308, Math.sqrt(3) * 1e307], [NaN, NaN], [7, NaN], [0, 1e308], [-2e200, 1e200]];
  for (const [w, [mean, std]] of [...expected, [2e-200, 1e-200], [4, Math.SQRT2], [0, 5e-324]].entries()) {
    for (const [found, wanted] of [[means![w]!, mean!], [stds![w]!, std!]] as const) {
      assert(Object.is(found, wanted) || relativeError(found, wanted) < 1e-12, `window ${w}: ${found}, not ${wanted}`);
    }
  }
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
      const grid = layGrids(Float64Array.from(ts), [micros])[0]!;
      const results = summarise(Float64Array.from(values), [grid], parseMetrics(wanted), false)[0]!;
      const groups = groupRows(ts, micros);
      if (ts.length) {
        assertEquals([grid.starts[0], grid.starts.at(-1)], [Math.min(...groups.keys()), Math.max(...groups.keys())]);
      } else assertEquals(grid.starts.length, 0);
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
    // Powers of two change no digit; squares leave the range of doubles with the last two.
    fc.constantFrom(1, 2 ** 505, 2 ** -505),
    (base, noise, unit) => {
      const values = [...noise.map((x) => base + x), base + 1, base - 1];
      const scaled = summariseOne(values.map((value) => value * unit), parseMetrics(["mean", "std"]));
      const [mean, std] = scaled.map((value) => value / unit);
      const exact = exactMoments(values);
      assert(Math.abs(mean! - exact.mean) <= 1e-12 * Math.max(1, Math.abs(base)), `mean ${mean}, exact ${exact.mean}`);
      assert(relativeError(std!, exact.std) < 1e-9, `std ${std}, exact ${exact.std}`);
    },
  ));
});

const blockSizes = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 });

Deno.test("summarise() has them right to 1e-9 up to 2^51 in windows put together from blocks, too", () => {
  fc.assert(fc.property(
    fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
    fc.array(fc.oneof(fc.float({ min: -9, max: 9, noNaN: true }), fc.constant(NaN)), { maxLength: 300 }),
    blockSizes,
    (base, noise, sizes) => {
      const values = [...noise.map((x) => base + x), base + 1, base - 1];
      const [mean, std] = summariseMerged(values, sizes, parseMetrics(["mean", "std"]));
      const exact = exactMoments(values.filter((x) => x === x));
      assert(Math.abs(mean! - exact.mean) <= 1e-12 * Math.max(1, Math.abs(base)), `mean ${mean}, exact ${exact.mean}`);
      assert(relativeError(std!, exact.std) < 1e-9, `std ${std}, exact ${exact.std}`);
    },
  ));
});

Deno.test("summarise() gives a constant series its own value and a std of 0 in windows put together from blocks, too", () => {
  fc.assert(fc.property(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 2, max: 300 }),
    blockSizes,
    (value, n, sizes) => {
      const results = summariseMerged(Array(n).fill(value), sizes, parseMetrics(["mean", "std"]));
      assertEquals(results, [value + 0, 0]);
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
  assertEquals(
    summariseOne([1.5e308, 1.5e308, 1.2e308], metrics).slice(0, 1).map((x) => x > 1.39e308 && x < 1.41e308),
    [true],
  );
  assert(relativeError(stdOf([1e200, 2e200, 3e200]), 1e200) < 1e-12);
  assert(relativeError(stdOf([1e-200, 2e-200, 3e-200]), 1e-200) < 1e-12);
  assert(relativeError(stdOf([-1e160, 0, 1e160]), 1e160) < 1e-12);
  assertEquals([stdOf([0, 5e-324]), stdOf([-5e-324, 0])], [5e-324, 5e-324]);
  const [median, quarter] = summariseOne([-1.7e308, 1.7e308], parseMetrics(["median", "p25"]));
  assertEquals(median, 0);
  assert(relativeError(quarter!, -0.85e308) < 1e-12);
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

Deno.test("std does not suffer from the rounding of the mean", () => {
  const values = Array.from({ length: 5000 }, (_, i) => 1e9 + ((i * 7919) % 100) / 1e5);
  // The squares of the last two leave the range of doubles.
  for (const unit of [1, 2 ** 505, 2 ** -505]) {
    const std = stdOf(values.map((value) => value * unit)) / unit;
    assert(relativeError(std, exactMoments(values).std) < 1e-9, `${std} in units of ${unit}`);
  }
});

Deno.test("median of two values is the half of their sum", () => {
  const value = fc.double({ min: -1e300, max: 1e300, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-300);
  fc.assert(fc.property(value, value, (a, b) => {
    assertEquals(summariseOne([a, b], parseMetrics(["median", "p50"])), [(a + b) / 2 + 0, (a + b) / 2 + 0]);
  }));
});

Deno.test("quantile() finds every row of the sorted values", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 80 }), (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    sorted.forEach((expected, k) => {
      const found = quantile(Float64Array.from(values), values.length, k / (values.length - 1));
      assert(Math.abs(found - expected) < 1e-9, `row ${k} of ${sorted}: ${found}`);
    });
  }));
});

Deno.test("percentiles are linear between neighbours, as NumPy's default", () => {
  // Row (n - 1) q of the sorted values: q = 0.95 lies at 6.65, so 6 + 0.65 (9 - 6).
  const x = [3, 1, 4, 1, 5, 9, 2, 6];
  const wanted = ["p0", "p10", "p25", "p50", "median", "p75", "p95", "p99.9", "p100"];
  const expected = [1, 1, 1.75, 3.5, 3.5, 5.25, 7.95, 8.979, 9];
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
