import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { createDigest, finishDigest, updateDigest } from "../../treatments/raw_to_postgres/digest.ts";

function digestOf(cells: readonly number[], cuts: readonly number[] = [], text = ""): string {
  const digest = createDigest();
  const count = cells.length / 3;
  const ends = [...cuts.map((cut) => cut % (count + 1)).sort((a, b) => a - b), count];
  let start = 0;
  for (const end of ends) {
    updateDigest(digest, Float64Array.from(cells.slice(3 * start, 3 * end)), end - start);
    start = end;
  }
  return finishDigest(digest, text);
}

const rows = fc.array(
  fc.tuple(fc.integer({ min: 1.7e15, max: 1.8e15 }), fc.nat(20), fc.oneof(fc.nat(800), fc.double(), fc.constant(NaN))),
  { minLength: 1, maxLength: 20 },
);

Deno.test("updateDigest() makes no difference between cuts", () => {
  fc.assert(fc.property(rows, fc.array(fc.nat(), { maxLength: 4 }), (rows, cuts) => {
    assertEquals(digestOf(rows.flat(), cuts), digestOf(rows.flat()));
  }));
});

Deno.test("finishDigest() differs where a number, a text or the order differs", () => {
  fc.assert(fc.property(rows, fc.nat(), fc.nat(2), (rows, at, part) => {
    const cells = rows.flat();
    const i = 3 * (at % rows.length) + part;
    const changed = cells.with(i, Number.isNaN(cells[i]!) ? 0 : NaN);
    if (part === 1) changed[i] = cells[i]! + 1;
    if (part === 0) changed[i] = cells[i]! + 1;
    assertNotEquals(digestOf(changed), digestOf(cells));
    assertNotEquals(digestOf(cells, [], "m0"), digestOf(cells, [], "m1"));
    assertNotEquals(digestOf([...cells, ...cells.slice(0, 3)]), digestOf(cells));
  }));
  assertNotEquals(digestOf([1, 0, 2, 3, 0, 4]), digestOf([3, 0, 4, 1, 0, 2]));
  // Times of one hour whose lower halves are equal.
  assertNotEquals(digestOf([2 ** 50, 0, 1]), digestOf([2 ** 50 + 2 ** 30, 0, 1]));
});

Deno.test("finishDigest() of 200,000 values that differ by little is never the same in any half", () => {
  const seen = [new Set<string>(), new Set<string>()];
  for (let i = 0; i < 200_000; i++) {
    const hash = digestOf([1.7e15 + (i % 500), i % 20, Math.floor(i / 500)]);
    seen[0]!.add(hash.slice(0, 16));
    seen[1]!.add(hash.slice(16));
  }
  assertEquals(seen.map(({ size }) => size), [200_000, 200_000]);
});
