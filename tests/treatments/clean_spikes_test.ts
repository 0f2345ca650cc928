import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { midpoint } from "../../treatments/clean/sorted_window.ts";
import { markSpikes } from "../../treatments/clean/spikes.ts";
import { judgedColumn } from "./judged_column.ts";

/** The rule as it is written down: slice, sort, take the middle. */
function slowSpikes(values: Float64Array, window: number, threshold: number, start = 0, end = values.length): number[] {
  const [left, right] = window % 2 ? [(window - 1) / 2, (window - 1) / 2] : [window / 2, window / 2 - 1];
  const spikes: number[] = [];
  for (let i = start; i < end; i++) {
    const sorted = [...values.slice(Math.max(0, i - left), i + right + 1)].filter((v) => !Number.isNaN(v))
      .sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
    const half = Math.floor(sorted.length / 2);
    const median = sorted.length % 2 ? sorted[half]! : midpoint(sorted[half - 1]!, sorted[half]!);
    if (!Number.isNaN(values[i]!) && Math.abs(values[i]! - median) > threshold) spikes.push(i);
  }
  return spikes;
}

function fastSpikes(values: Float64Array, window: number, threshold: number, start = 0, end = values.length): number[] {
  const marks = new Uint8Array(end - start);
  const column = judgedColumn(values, start, end);
  const count = markSpikes(column, { start, end }, { window, threshold }, marks, 2);
  const rows = [...marks.keys()].filter((i) => marks[i]).map((i) => i + start);
  assertEquals(count, rows.length);
  return rows;
}

const level = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 100, max: 104 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 800 }) },
  { weight: 2, arbitrary: fc.constantFrom(NaN, 0, -0, 100.1, 100.2, 100.3) },
  { weight: 1, arbitrary: fc.constantFrom(1e308, -1e308, 1.7e308, 5e-324, Infinity, -Infinity, 2 ** 53 - 1) },
);
/** Stretches of one value between the others, so that quiet blocks and runs of loud ones both occur. */
const series = fc.array(fc.tuple(level, fc.integer({ min: 1, max: 60 })), { maxLength: 25, size: "max" })
  .map((runs) => Float64Array.from(runs.flatMap(([value, count]) => Array(count > 12 ? count : 1).fill(value))));
const noise = fc.array(level, { maxLength: 150, size: "max" }).map((values) => Float64Array.from(values));
const windows = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 28, max: 36 }),
  fc.integer({ max: 400, min: 1 }),
);
const thresholds = fc.constantFrom(0, 0.1, 0.2, 1, 2, 5, 50, 100, 1e307, 1e308);

Deno.test("markSpikes() marks what a sorted median marks, for any values, window and threshold", () => {
  fc.assert(
    fc.property(fc.oneof(series, noise), windows, thresholds, (values, window, threshold) => {
      assertEquals(fastSpikes(values, window, threshold), slowSpikes(values, window, threshold));
    }),
    { numRuns: 1500 },
  );
});

Deno.test("markSpikes() looks at rows outside the stretch and judges only those inside", () => {
  fc.assert(
    fc.property(noise, windows, thresholds, fc.nat(150), fc.nat(150), (values, window, threshold, a, b) => {
      const start = Math.min(a, b, values.length);
      const end = Math.min(Math.max(a, b), values.length);
      const slow = slowSpikes(values, window, threshold, start, end);
      assertEquals(fastSpikes(values, window, threshold, start, end), slow);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("markSpikes() takes rows i-N/2 to i+N/2-1 for an even window", () => {
  // Window 4 of row 2 is rows 0 to 3: median (0 + 9) / 2; of row 1 only rows 0 to 2: median 0.
  const values = Float64Array.from([0, 0, 9, 9, 9, 9]);
  assertEquals(fastSpikes(values, 4, 4), [2]);
  assertEquals(fastSpikes(values, 4, 4.5), []);
  assertEquals(fastSpikes(Float64Array.from([0, 9]), 2, 4), [1]);
});

Deno.test("markSpikes() takes (N-1)/2 rows to either side for an odd window", () => {
  assertEquals(fastSpikes(Float64Array.from([0, 0, 9, 0, 0]), 3, 5), [2]);
  // Window 5 cut at the end: row 5 sees rows 3 to 5, row 1 rows 0 to 3.
  assertEquals(fastSpikes(Float64Array.from([0, 0, 9, 9, 9, 0]), 5, 5), [5]);
});

Deno.test("markSpikes() sees rows behind a quiet block", () => {
  // Nulls, then 0 in the last row of a block: its window of rows 26 to 35 has four 800 beside it.
  const values = Float64Array.from({ length: 64 }, (_, i) => i < 31 ? NaN : i === 31 ? 0 : 800);
  assertEquals(fastSpikes(values, 10, 100), [31]);
});

Deno.test("markSpikes() takes the median of two values whose sum is beyond the range of a double", () => {
  const values = Float64Array.from([1e308, 1.7e308]);
  assertEquals(fastSpikes(values, 2, 5e307), []);
  assertEquals(fastSpikes(values, 2, 3e307), [1]);
});

Deno.test("markSpikes() keeps a value exactly threshold away", () => {
  assertEquals(fastSpikes(Float64Array.from([100, 100, 200, 100, 100]), 5, 100), []);
  assertEquals(fastSpikes(Float64Array.from([100, 100, 201, 100, 100]), 5, 100), [2]);
});

Deno.test("markSpikes() finds nothing with a window of one row, in constant series, and among nulls", () => {
  assertEquals(fastSpikes(Float64Array.from([1, 500, -500, Infinity]), 1, 0), []);
  assertEquals(fastSpikes(new Float64Array(500).fill(7), 10, 0), []);
  assertEquals(fastSpikes(new Float64Array(500).fill(NaN), 10, 0), []);
  assertEquals(fastSpikes(new Float64Array(0), 10, 0), []);
});

Deno.test("markSpikes() needs only one value in the window", () => {
  assertEquals(fastSpikes(Float64Array.from([NaN, NaN, 900, NaN, NaN, 1, 1, 1]), 3, 10), []);
  assertEquals(fastSpikes(Float64Array.from([NaN, NaN, 900, NaN, 1, 1, 1]), 5, 10), [2]);
});

Deno.test("midpoint() survives sums beyond the range of a double", () => {
  assertEquals(midpoint(1.7e308, 1.7e308), 1.7e308);
  assertEquals(midpoint(-1e308, 1e308), 0);
  assertEquals(midpoint(Infinity, 1), Infinity);
  assert(Number.isNaN(midpoint(-Infinity, Infinity)));
});

Deno.test("markSpikes() takes a window of more rows than there are, however many", () => {
  const values = Float64Array.from([1, 2, 900, 3, 4]);
  assertEquals(fastSpikes(values, Number.MAX_SAFE_INTEGER, 100), fastSpikes(values, 1000, 100));
});
