import { assertEquals, assertThrows } from "@std/assert";
import { addDays, dayOf, dayStart, formatStamp, parseDuration, parseWindow } from "../../../core/data/time.ts";

Deno.test("a day has its first microsecond and its last, before 1970 and far behind it", () => {
  for (const day of ["1969-12-31", "1970-01-01", "2026-01-20", "2199-12-31"]) {
    const start = dayStart(day);
    assertEquals([start, start + 86_400e6 - 1].map(dayOf), [day, day]);
    assertEquals([addDays(day, -1), addDays(day, 1)], [dayOf(start - 1), dayOf(start + 86_400e6)]);
    assertEquals([formatStamp(start), formatStamp(start + 86_400e6 - 1)], [
      `${day}T00:00:00.000000Z`,
      `${day}T23:59:59.999999Z`,
    ]);
  }
});

Deno.test("parseDuration() and parseWindow() read a number and its unit, and nothing else", () => {
  assertEquals(["10s", "0.5s", "5min", "1.5h", "1d"].map(parseDuration), [10, 0.5, 300, 5400, 86_400]);
  assertEquals(["0.001s", "0.1s", "10s", "5min", "1d"].map(parseWindow), [1000, 1e5, 10e6, 300e6, 86_400e6]);
  // As doubles, 0.03 minutes are a little less than 1.8 s.
  assertEquals(parseWindow("0.03min"), 1_800_000);
  for (const text of ["", "10", "s", "0s", "-1s", "x10s", "10sec", "1h30min", "1 s", "1e3s", "10S"]) {
    assertThrows(() => parseDuration(text), TypeError, `Cannot read duration "${text}"`);
  }
  for (const text of ["7s", "0.7s", "2d", "0.0000005s", "0.0000015s"]) {
    assertThrows(() => parseWindow(text), TypeError, `Cannot use window "${text}"`);
  }
});
