/** Kernels for whole columns equal plain loops, bit by bit. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  findRepeats,
  groupRows,
  invertRoots,
  judgeColumn,
  mapColumn,
  scatterColumn,
  sortRows,
  writeSteps,
} from "../../../core/kernels/column_loops.ts";
import { type PlainMetric, summariseColumn } from "../../../core/kernels/summarise_column.ts";
import { column } from "./columns.ts";

Deno.test("findRepeats() finds rows that equal the one before, and times out of order", () => {
  const times = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constantFrom(-1, NaN) }),
  )
    .map((steps) => Float64Array.from(steps, ((at) => (step: number) => at += step)(-3)));
  fc.assert(fc.property(times, (ts) => {
    const rows = [...ts.keys()].filter((row) => row > 0 && ts[row] === ts[row - 1]);
    const ascending = ts.every((time, i) => time >= (i ? ts[i - 1]! : -Infinity));
    assertEquals(findRepeats(ts), { rows: Int32Array.from(rows), ascending });
  }));
});

Deno.test("judgeColumn() nulls what is out of range, marks the nulls and finds the range of each block", () => {
  const limit = fc.oneof(fc.integer({ min: -5, max: 20 }), fc.constantFrom(Infinity, -Infinity, 0, -0));
  fc.assert(
    fc.property(
      column,
      column,
      column,
      limit,
      limit,
      fc.integer({ min: 1, max: 40 }),
      (before, own, after, min, max, block) => {
        const nulled = (values: Float64Array) => values.map((x) => x < min || x > max ? NaN : x);
        const expected = nulled(own);
        const all = Float64Array.from([...nulled(before), ...expected, ...nulled(after)]);
        const outside = [...own].filter((x) => x < min || x > max).length;
        const codes = Uint8Array.from(own, (x) => x < min || x > max ? 3 : x !== x ? 1 : 0);
        const marks = new Uint8Array(own.length);
        const found = judgeColumn(own, { before, after }, { min, max, missing: 1, outside: 3, block }, marks);
        assertEquals([...found.values], [...all]);
        assertEquals([...own], [...expected]);
        assertEquals([found.outOfRange, marks], [outside, codes]);
        for (let b = 0; b < Math.ceil(all.length / block); b++) {
          const valid = all.slice(b * block, (b + 1) * block).filter((x) => x === x);
          assertEquals([...found.ranges.subarray(2 * b, 2 * b + 2)].map((x) => x + 0), [
            Math.min(...valid) + 0,
            Math.max(...valid) + 0,
          ]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("groupRows() floors times to the cells of a grid", () => {
  const steps = fc.array(fc.oneof(fc.nat(3), fc.nat(40), fc.nat(90_000_000_000)), { maxLength: 150 });
  const grid = fc.record({
    start: fc.integer({ min: -100, max: 100 }),
    freq: fc.constantFrom(1, 7, 10, 86_400_000_000),
  });
  fc.assert(
    fc.property(steps, grid, (steps, { start, freq }) => {
      const ts = Float64Array.from(steps, ((at) => (step: number) => at += step)(-20));
      const numbers: number[] = [];
      const starts: number[] = [];
      const shared = new Set<number>();
      ts.forEach((time, row) => {
        const number = Math.floor((time - start) / freq);
        if (numbers.at(-1) === number) return void shared.add(numbers.length - 1);
        numbers.push(number);
        starts.push(row);
      });
      const found = groupRows(ts, { start, freq });
      assertEquals([...found.numbers], numbers);
      assertEquals([...found.starts], [...starts, ts.length]);
      assertEquals([...found.shared], [...shared]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("groupRows() refuses times that are null or go back, and says in which row", () => {
  const cases = [[2, [0, 10, 5, 30]], [2, [0, 10, 9]], [2, [0, 5, 4]], [1, [0, NaN, 20]], [0, [NaN]], [3, [
    0,
    5,
    5,
    4,
  ]]] as const;
  for (const [row, ts] of cases) {
    const group = () => groupRows(Float64Array.from(ts), { start: 0, freq: 10 });
    assertThrows(group, TypeError, `null or goes back in row ${row};`);
  }
});

Deno.test("writeSteps() writes the starts of cells", () => {
  const grid = fc.record({
    start: fc.integer({ min: 0, max: 2e15 }),
    freq: fc.integer({ min: 1, max: 86_400_000_000 }),
  });
  fc.assert(fc.property(grid, fc.nat(5), fc.nat(100), ({ start, freq }, first, length) => {
    const out = new Float64Array(length);
    writeSteps(out, first, { start, freq });
    assertEquals([...out], [...out.keys()].map((i) => start + (first + i) * freq));
  }));
});

Deno.test("sortRows() sorts rows by time and keeps those of equal time as they stand", () => {
  const time = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 86_400_000_000 - 1 }),
    fc.integer({ min: 0, max: 3000 }).map((step) => step * 2 ** 20),
  );
  fc.assert(
    fc.property(fc.array(time, { maxLength: 300 }), fc.integer({ min: -2e15, max: 7e15 }), (times, start) => {
      const ts = Float64Array.from(times, (time) => start + time);
      const columns = [1, 2].map((n) => Float64Array.from(ts, (_, i) => i % 7 === 3 ? NaN : n * i));
      const order = [...ts.keys()].sort((a, b) => ts[a]! - ts[b]! || a - b);
      const expected = [ts, ...columns].map((values) => order.map((row) => values[row]!));
      sortRows(ts, columns);
      assertEquals([ts, ...columns].map((values) => [...values]), expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("sortRows() refuses times that lie further apart than a day's", () => {
  assertThrows(() => sortRows(Float64Array.of(0, 2 ** 37), []), RangeError, "expected a day's");
  sortRows(Float64Array.of(2 ** 37 - 1, 0), []);
});

Deno.test("scatterColumn() puts rows where they belong and finds the runs of nulls", () => {
  fc.assert(
    fc.property(column, fc.array(fc.nat(3), { maxLength: 150 }), fc.nat(4), (values, steps, more) => {
      const count = Math.min(values.length, steps.length);
      const rows = Int32Array.from({ length: count }, (_, k) => values.length - 1 - k);
      let at = -1;
      const slots = Int32Array.from(steps.slice(0, count), (step) => at += 1 + (step >> 1));
      const length = at + 1 + more;
      const expected = new Float64Array(length).fill(NaN);
      slots.forEach((slot, k) => expected[slot] = values[rows[k]!]!);
      const amend = (cells: Float64Array) => void (length && (cells[0] = 7));
      if (length) expected[0] = 7;
      const found = scatterColumn(values, { rows, slots, length, amend, allocate: (size) => new Float64Array(size) });
      assertEquals([...found.values], [...expected]);
      const gaps: number[] = [];
      expected.forEach((x, i) => {
        if (x === x) return;
        if (gaps.at(-1) === i) gaps[gaps.length - 1] = i + 1;
        else gaps.push(i, i + 1);
      });
      assertEquals([...found.gaps], gaps);
    }),
    { numRuns: 300 },
  );
});

Deno.test("invertRoots() equals 1 / Math.sqrt(x) in every bit", () => {
  fc.assert(fc.property(column, (values) => {
    const out = new Float64Array(values.length);
    assertEquals(invertRoots(values, out), values.filter((x) => x <= 0).length);
    assertEquals([...out], [...values].map((x) => x > 0 ? 1 / Math.sqrt(x) : NaN));
  }));
});

Deno.test("mapColumn() maps each value, and of a column of few distinct ones each of these once", () => {
  const few = fc.array(fc.constantFrom(NaN, 0, -0, 2, -2, Infinity), { minLength: 14, maxLength: 40 });
  const some = fc.oneof(column, few.map((values) => Float64Array.from(values)));
  fc.assert(fc.property(some, (values) => {
    const asked: number[] = [];
    const map = (x: number) => x > 0 ? 1 / x : x === 0 ? x : NaN;
    const out = new Float64Array(values.length);
    const nulled = mapColumn(values, (x) => map(asked[asked.length] = x), out);
    const same = [...values].every((x, i) => Object.is(out[i], x === x ? map(x) : NaN));
    assert(same, `${values} became ${out}`);
    assertEquals(nulled, values.filter((x) => x < 0).length);
    const distinct = new Set([...values].map((x) => Object.is(x, -0) ? "-0" : x)).size;
    const valid = values.filter((x) => x === x);
    assertEquals(
      asked.length,
      2 * distinct <= values.length ? distinct - Number(valid.length < values.length) : valid.length,
    );
  }));
});

/** Pairs of windows with zeros of either sign, means beyond all values, squares that lost digits, a mean that is -0. */
const special = [
  [[-0, 3], [-3, -0]],
  [Array<number>(3).fill(0.1), Array<number>(6).fill(0.1)],
  [[0, 1e-141], [1, 2]],
  [[-5e-324, -0], [1, 2]],
  [[-5e-324, -0], [Infinity]],
].map((windows) => windows.map((window) => Float64Array.from(window)));

Deno.test("metric() tells what seven numbers tell, or that they do not", () => {
  const some = fc.oneof(fc.array(column, { minLength: 1, maxLength: 8 }), fc.constantFrom(...special));
  fc.assert(fc.property(some, (windows) => {
    const values = Float64Array.from(windows.flatMap((window) => [...window]));
    const rows = Uint32Array.from(
      { length: windows.length + 1 },
      (_, w) => windows.slice(0, w).reduce((sum, { length }) => sum + length, 0),
    );
    const summary = summariseColumn(values, [{ rows }], [])[0]!;
    const each = (
      name: PlainMetric,
      from: (...seven: [number, number, number, number, number]) => number | undefined,
    ) => {
      const expected = windows.map((_, w) => {
        const [count, sum, min, max, squares] = summary.moments().subarray(7 * w) as unknown as [
          number,
          number,
          number,
          number,
          number,
        ];
        return count === 0 && name !== "count" ? NaN : from(count, sum, min, max, squares);
      });
      const found = summary.metric(name);
      if (expected.includes(undefined)) assertEquals(found, undefined);
      else assertEquals([...found!], expected as number[]);
      assert(!found?.some((x) => Object.is(x, -0)));
    };
    const overflows = (sum: number, min: number, max: number) =>
      !Number.isFinite(sum) && Number.isFinite(min) && Number.isFinite(max);
    each("count", (count) => count);
    each("sum", (_, sum) => sum);
    each("min", (_, __, min) => min + 0);
    each("max", (_, __, ___, max) => max + 0);
    each("mean", (count, sum, min, max) => {
      const mean = sum / count;
      return overflows(sum, min, max) ? undefined : (mean < min ? min : mean > max ? max : mean) + 0;
    });
    each("std", (count, sum, min, max, squares) => {
      if (overflows(sum, min, max)) return undefined;
      if (count < 2) return NaN;
      if (squares > 1e-280 && squares < 1e300) return Math.sqrt(squares / (count - 1));
      return min === max ? max - min : undefined;
    });
    assertEquals(
      summary.mayRound(),
      windows.some((window) => {
        const valid = window.filter((x) => x === x);
        return valid.length * Math.max(-Math.min(...valid), Math.max(...valid)) > Number.MAX_SAFE_INTEGER;
      }),
    );
  }));
});

Deno.test("what a summary tells stays good while its results are made", () => {
  const values = Float64Array.from({ length: 2 ** 17 }, (_, i) => i % 800);
  const rows = Uint32Array.from({ length: 2 ** 16 + 1 }, (_, w) => 2 * w);
  const summary = summariseColumn(values, [{ rows }], [0.5])[0]!;
  for (let i = 0; i < 40; i++) assertEquals(summary.metric("max")![i], values[2 * i + 1]);
  assert(summary.quantile(0).every((median, w) => median === (values[2 * w]! + values[2 * w + 1]!) / 2));
});
