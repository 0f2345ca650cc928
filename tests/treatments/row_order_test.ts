import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { orderOf } from "../../treatments/parse/row_order.ts";

const slow = (ts: Float64Array) => [...ts.keys()].sort((a, b) => ts[a]! - ts[b]! || a - b);

Deno.test("orderOf() sorts rows by time and keeps those of equal time as they stand", () => {
  const time = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: -86_400_000_000, max: 86_400_000_000 }),
    // So far apart that time and row do not fit into one number.
    fc.maxSafeInteger(),
  );
  fc.assert(fc.property(fc.array(time), (times) => {
    const ts = Float64Array.from(times);
    assertEquals(Array.from(orderOf(ts)), slow(ts));
  }));
});

Deno.test("orderOf() is right for a whole shuffled day of one row a second, the largest that takes the quick way", () => {
  const ts = Float64Array.from({ length: 86_400 }, (_, i) => 1.7e15 + (i * 48_271 % 86_400) * 1e6);
  ts[0] = 1.7e15 + 86_399_999_999;
  assertEquals(Array.from(orderOf(ts)), slow(ts));
});
