/** The kernels of windows equal their plain twins, bit by bit. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { begin, doubles, ints, put, putInts, take, ZEROS } from "../../../core/kernels/arena.ts";
import { kernels } from "../../../core/kernels/kernels.ts";
import { summariseColumn } from "../../../core/kernels/summarise_column.ts";
import { mergeBlocks, summariseBlocks } from "./twins/blocks.ts";
import { quantile } from "./twins/quantile.ts";

const small = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, 0, -0, 2000) },
);

const value = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 30 }) },
  { weight: 2, arbitrary: fc.constant(NaN) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e300, -1e300, 2 ** 40) },
);

/** A column in which stretches are few-valued or wild, and how it is cut into blocks, and those into windows. */
const cutColumn = fc.record({
  values: fc.constantFrom(small, small.map((x) => x / 10), value)
    .chain((value) => fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 })), { maxLength: 120 }))
    .map((runs) => runs.flatMap(([value, times]) => Array<number>(times).fill(value))),
  blocks: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 }),
  windows: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 10 }),
});

/** Where parts of these sizes end, all of `total` covered by the last. */
function bounds(sizes: readonly number[], total: number): Uint32Array {
  const ends = sizes.map((_, i) => Math.min(total, sizes.slice(0, i + 1).reduce((a, b) => a + b)));
  return Uint32Array.from([0, ...ends.slice(0, -1), total]);
}

Deno.test("summariseColumn() equals its twins in every bit, for windows made of blocks and for plain ones", () => {
  const qs = [0, 0.5, 0.025, 0.95, 1];
  fc.assert(
    fc.property(cutColumn, fc.boolean(), ({ values, blocks, windows }, finerFirst) => {
      const column = Float64Array.from(values);
      const blockRows = bounds(blocks, values.length);
      const firstBlocks = bounds(windows, blocks.length);
      const rows = firstBlocks.map((block) => blockRows[block]!);
      const cut = { rows, blocks: { rows: blockRows }, firstBlocks };
      // Blocks as windows of their own: those that come later are put together from them, or not.
      const results = summariseColumn(column, finerFirst ? [{ rows: blockRows }, cut, { rows }] : [cut, { rows }], qs);
      for (const [g, summary] of results.slice(-2).entries()) {
        const moments = summary.moments().slice();
        const quantiles = qs.map((_, i) => summary.quantile(i));
        const parts = summariseBlocks(column, g ? rows : blockRows);
        for (let w = 0; w + 1 < rows.length; w++) {
          const expected = { count: 0, sum: 0, min: 0, max: 0, squares: 0, mean: 0, lost: 0 };
          mergeBlocks(parts, g ? w : firstBlocks[w]!, g ? w + 1 : firstBlocks[w + 1]!, expected);
          const found = [...moments.subarray(7 * w, 7 * w + 7)];
          assertEquals(found.slice(0, 4), [expected.count, expected.sum, expected.min, expected.max].map((x) => x));
          if (expected.count) assertEquals(found.slice(4), [expected.squares, expected.mean, expected.lost]);
          const valid = column.slice(rows[w], rows[w + 1]).filter((x) => x === x);
          const wanted = qs.map((q) => valid.length ? quantile(valid.slice(), valid.length, q) : NaN);
          assertEquals(quantiles.map((values) => values[w]!), wanted);
        }
      }
      assert(ints(ZEROS, 2 ** 14).every((word) => word === 0));
    }),
    { numRuns: 300 },
  );
});

Deno.test("summariseColumn() finds quantiles in cuts that follow each other in any order, wherever they lie", () => {
  const run = fc.tuple(small, fc.integer({ min: 1, max: 40 }));
  const cut = fc.tuple(fc.nat(30), fc.array(fc.oneof(fc.nat(20), fc.nat(90)), { minLength: 1, maxLength: 20 }));
  const qs = [0.5, 0.9];
  fc.assert(
    fc.property(fc.array(run, { maxLength: 60 }), fc.array(cut, { minLength: 2, maxLength: 4 }), (runs, cuts) => {
      const column = Float64Array.from(runs.flatMap(([value, times]) => Array<number>(times).fill(value)));
      // A cut may begin behind the first row, and leave rows at the end out.
      const bounded = cuts.map(([first, sizes]) => {
        let at = first;
        return { rows: Uint32Array.from([0, ...sizes], (size) => Math.min(column.length, at += size)) };
      });
      for (const [g, summary] of summariseColumn(column, bounded, qs).entries()) {
        const { rows } = bounded[g]!;
        const quantiles = qs.map((_, i) => summary.quantile(i));
        for (let w = 0; w + 1 < rows.length; w++) {
          const valid = column.slice(rows[w], rows[w + 1]).filter((x) => x === x);
          const wanted = qs.map((q) => valid.length ? quantile(valid.slice(), valid.length, q) : NaN);
          assertEquals(quantiles.map((values) => values[w]!), wanted);
        }
      }
      assert(ints(ZEROS, 2 ** 14).every((word) => word === 0));
    }),
    { numRuns: 200 },
  );
});

Deno.test("summariseColumn() finds medians of long windows of few, many and only distinct values", () => {
  for (const [distinct, divisor] of [1, 2, 17, 1000, 16_384, 90_000].flatMap((d) => [[d, 8], [d, 1]] as const)) {
    const values = Float64Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 50_021) % distinct / divisor);
    const sizes = [1, 2, 15, 16, 17, 60, 3600];
    const cuts = sizes.map((size) => ({
      rows: Uint32Array.from({ length: Math.floor(50_000 / size) + 1 }, (_, w) => w * size),
    }));
    for (const [g, summary] of summariseColumn(values, cuts, [0.5]).entries()) {
      const [{ rows }, quantiles] = [cuts[g]!, summary.quantile(0)];
      for (let w = 0; w + 1 < rows.length; w += 97) {
        const expected = quantile(values.slice(rows[w], rows[w + 1]), sizes[g]!, 0.5);
        assertEquals(quantiles[w], expected, `${distinct} ${divisor} ${sizes[g]} ${w}`);
      }
    }
    assert(ints(ZEROS, 2 ** 14).every((word) => word === 0));
  }
});

Deno.test("summariseBlocks() writes seven numbers for each block and nothing behind, though two are looked at at once", () => {
  for (const blocks of [0, 1, 2, 3]) {
    begin();
    const [values, rows] = [put(new Float64Array(12)), putInts(Uint32Array.of(0, 2, 4, 6, 8, 10))];
    const out = take(8 * 7 * 6);
    doubles(out, 42).fill(7);
    kernels().summariseBlocks(values, rows, blocks, out);
    assert(doubles(out, 42).every((x, i) => x === 7 === i >= 7 * blocks));
  }
});

Deno.test("summariseColumn() finds that a million equal values differ by nothing, though their mean is rounded", () => {
  const rows = Uint32Array.of(0, 1_000_000);
  // Of these, the mean's error does not cancel out.
  for (const value of [0.3, 20.3]) {
    const [count, , , , squares, mean] = summariseColumn(new Float64Array(1e6).fill(value), [{ rows }], [])[0]!
      .moments();
    assertEquals([count, squares], [1e6, 0]);
    assert(mean !== value);
  }
});
