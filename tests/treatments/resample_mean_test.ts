import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { aggregateBy } from "../../treatments/resample/methods.ts";

const aggregate = (method: Parameters<typeof aggregateBy>[0], type: "int64" | "float64", values: readonly number[]) =>
  aggregateBy(method, type)(Float64Array.from(values), 0, values.length);

/** `sum / count` rounded half to even, in whole numbers of any size. */
function slowDivide(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + BigInt(value), 0n);
  const count = BigInt(values.length);
  const floor = (sum - (((sum % count) + count) % count)) / count;
  const twice = 2n * (sum - floor * count);
  return Number(twice < count ? floor : twice > count ? floor + 1n : floor % 2n === 0n ? floor : floor + 1n);
}

const whole = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger()), { minLength: 1, maxLength: 9 });

Deno.test("aggregateBy() mean of Int64 equals exact division rounded half to even, up to 2^53 in size", () => {
  fc.assert(
    fc.property(whole, (values) => assertEquals(aggregate("mean", "int64", values) + 0, slowDivide(values) + 0)),
    { numRuns: 2000 },
  );
  assertEquals(aggregate("mean", "int64", [2 ** 53, NaN, 2 ** 53 - 2]), 2 ** 53 - 1);
});

Deno.test("aggregateBy() median of Int64 equals the middle of the sorted values rounded half to even", () => {
  fc.assert(
    fc.property(whole, (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
      assertEquals(aggregate("median", "int64", values) + 0, slowDivide(middle) + 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("aggregateBy() mean of Float64 is exact where a plain sum is not", () => {
  assertEquals(aggregate("mean", "float64", [1e16, 1, 1, -1e16]), 0.5);
  assertEquals(aggregate("mean", "float64", [1, 1e100, 1, -1e100]), 0.5);
  assertEquals(aggregate("mean", "float64", Array(10).fill(0.1)), 0.1);
  assertEquals(aggregate("mean", "float64", [1.7e308, NaN, 1.7e308, 1.7e308]), 1.7e308);
  assertEquals(aggregate("mean", "float64", [1.5e308, -1.5e308]), 0);
});

Deno.test("aggregateBy() mean of Float64 lies within its values and close to the truth", () => {
  const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, (values) => {
      const mean = aggregate("mean", "float64", values);
      assert(mean >= Math.min(...values) && mean <= Math.max(...values), `${mean}`);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.integer({ min: 1, max: 12 }), (value, count) => {
      assertEquals(aggregate("mean", "float64", Array(count).fill(value)) + 0, value + 0);
    }),
    { numRuns: 1000 },
  );
  const tame = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(tame, (values) => {
      const sum = values.reduce((a, b) => a + b, 0);
      assertEquals(aggregate("mean", "float64", values.map((v) => v / 1024)), sum / 1024 / values.length + 0);
    }),
  );
});

Deno.test("aggregateBy() gives null for no values, and one value as it is", () => {
  for (const method of ["first", "last", "mean", "median", "min", "max"] as const) {
    for (const type of ["int64", "float64"] as const) {
      assertEquals(aggregate(method, type, []), NaN);
      assertEquals(aggregate(method, type, [NaN, NaN]), NaN);
      assertEquals(aggregate(method, type, [NaN, 7, NaN]), 7);
    }
  }
});

Deno.test("aggregateBy() treats infinities as values: their mean is infinite, of both signs null", () => {
  assertEquals(aggregate("mean", "float64", [Infinity, 1]), Infinity);
  assertEquals(aggregate("mean", "float64", [Infinity, -Infinity]), NaN);
  assertEquals(aggregate("median", "float64", [-Infinity, 3, Infinity]), 3);
});

Deno.test("aggregateBy() median sorts more values than its scratch space first holds", () => {
  const values = Array.from({ length: 501 }, (_, i) => (i * 7919) % 501);
  assertEquals(aggregate("median", "float64", values), 250);
});
