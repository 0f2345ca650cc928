import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findDistinct } from "./dictionary.ts";

/** By first appearance, told apart by their bits. */
function reference(values: Float64Array): { distinct: number[]; codes: number[] } {
  const words = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  const distinct = [...new Set(words)];
  const numbers = new Map(distinct.map((word, code) => [word, code]));
  return {
    distinct: [...new Float64Array(BigUint64Array.from(distinct).buffer)],
    codes: [...words].map((word) => numbers.get(word)!),
  };
}

Deno.test("findDistinct() equals a reference, or says that too many are distinct", () => {
  const value = fc.constantFrom<(i: number) => number>(
    (i) => i,
    (i) => i / 100,
    (i) => i * 2 ** -30,
    (i) => i % 3 ? -0 : 0,
    (i) => 1 / Math.sqrt(i),
    (i) => i % 7 ? i : NaN,
  );
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 12_000 }), fc.integer({ min: 0, max: 40_000 }), (make, modulus, n) => {
      // From the second on, so that an offset in the buffer is met, too.
      const values = Float64Array.from({ length: n + 1 }, (_, i) => make((i * 7919) % modulus)).subarray(1);
      const codes = new Int32Array(n);
      const found = findDistinct(values, n, codes);
      const { distinct, codes: expected } = reference(values);
      assertEquals(found !== undefined, distinct.length <= Math.min(2 ** 14 - 1, n >> 1) || n === 0);
      if (found) assertEquals([[...found], [...codes]], [distinct, expected]);
    }),
    { numRuns: 60 },
  );
});
