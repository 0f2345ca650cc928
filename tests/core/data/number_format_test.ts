import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatDecimals, formatInt, formatShortest, fractionDigits, openClock, timeWriter } from "myx";
import { roundExactly } from "./round_exactly.ts";
import { wallClock } from "../../treatments/wall_clock.ts";

Deno.test("formatInt() rounds half to even", () => {
  const cases: [number, string][] = [
    [0.5, "0"],
    [1.5, "2"],
    [2.5, "2"],
    [3.5, "4"],
    [-0.5, "0"],
    [-1.5, "-2"],
    [-2.5, "-2"],
    [0.49999999999999994, "0"],
    [-0, "0"],
    [2 ** 51 + 0.5, "2251799813685248"],
    [1e15 + 0.5, "1000000000000000"],
    [2 ** 53, "9007199254740992"],
    [1e22, "10000000000000000000000"],
    [-1e21, "-1000000000000000000000"],
  ];
  for (const [value, text] of cases) assertEquals(formatInt(value), text);
});

Deno.test("formatDecimals() rounds the double half to even", () => {
  const cases: [number, number, string][] = [
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [-0.125, 2, "-0.12"],
    [2.5, 0, "2"],
    [0.5, 1, "0.5"],
    [0.25, 1, "0.2"],
    [0.75, 1, "0.8"],
    [2.675, 2, "2.67"],
    [1.005, 2, "1.00"],
    [-0.001, 2, "0.00"],
    [0.95, 1, "0.9"],
    [9.95, 1, "9.9"],
    [9.96, 1, "10.0"],
    [1e21, 2, "1000000000000000000000.00"],
    [1e-9, 3, "0.000"],
    [0.5, 20, "0.50000000000000000000"],
  ];
  for (const [value, decimals, text] of cases) assertEquals(formatDecimals(decimals)(value), text);
});

Deno.test("number formats write infinities, which float columns may hold, as words", () => {
  for (const value of [Infinity, -Infinity]) {
    for (const format of [formatInt, formatShortest, formatDecimals(2)]) assertEquals(format(value), `${value}`);
  }
});

Deno.test("number formats equal exact arithmetic", () => {
  const tie = fc.tuple(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), fc.nat(12)).map(([m, k]) => m / 2 ** k);
  const value = fc.oneof(
    tie,
    fc.double({ min: -1e25, max: 1e25, noNaN: true }),
    fc.double({ min: -10, max: 10, noNaN: true }),
  );
  fc.assert(
    fc.property(value, fc.nat(20), (x, decimals) => {
      assertEquals(formatDecimals(decimals)(x), roundExactly(x, decimals));
      assertEquals(formatInt(x), roundExactly(x, 0));
      assertEquals(Number(formatShortest(x)), x + 0);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("openClock() shows what Temporal shows, in any order of times", () => {
  const zones = ["Europe/Paris", "UTC", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "Pacific/Apia"];
  const second = fc.integer({ min: 0, max: Date.parse("2199-12-31") / 1000 });
  const near = fc.tuple(
    fc.constantFrom("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    fc.integer({ min: -7200, max: 7200 }),
  )
    .map(([turn, offset]) => Date.parse(turn) / 1000 + offset);
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.array(fc.oneof(second, near), { minLength: 1, maxLength: 30 }),
      (zone, seconds) => {
        const clock = openClock(zone);
        const write = timeWriter(0);
        for (const s of seconds) assertEquals(write(clock.local(s * 1e6)), wallClock(s * 1e6, zone));
      },
    ),
    { numRuns: 200 },
  );
  assertThrows(() => openClock("Nowhere/Land"), TypeError, 'Cannot use tz "Nowhere/Land"');
});

Deno.test("fractionDigits() is the least that writes every window's start", () => {
  assertEquals([1e6, 86_400e6, 1.5e6, 250_000, 1000, 15_625, 1].map(fractionDigits), [0, 0, 1, 2, 3, 6, 6]);
});
