import { assertEquals, assertThrows } from "@std/assert";
import { fractionDigits, openClock, timeWriter } from "../../../core/data/clock.ts";

const at = (stamp: string) => Number(Temporal.Instant.from(stamp).epochNanoseconds / 1000n);

Deno.test("timeWriter() follows a clock that is set back over midnight, and one asked for any time", () => {
  // Until 2011 Newfoundland set its clocks back a minute after midnight.
  const { local } = openClock("America/St_Johns");
  const write = timeWriter(0);
  const shown = (...stamps: string[]) => stamps.map((stamp) => write(local(at(stamp))));
  assertEquals(shown("2010-11-07T02:29:59Z", "2010-11-07T02:30:59.999999Z", "2010-11-07T02:31:00Z"), [
    "2010-11-06 23:59:59",
    "2010-11-07 00:00:59",
    "2010-11-06 23:01:00",
  ]);
  assertEquals(shown("2026-07-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-01-01T03:30:00Z", "2026-01-01T03:29:59Z"), [
    "2026-06-30 21:30:00",
    "1969-12-31 20:30:00",
    "2026-01-01 00:00:00",
    "2025-12-31 23:59:59",
  ]);
});

Deno.test("timeWriter() writes as many fraction digits as it is asked for", () => {
  const stamp = at("2026-01-20T09:07:58.000123Z");
  assertEquals([0, 1, 3, 6].map((digits) => timeWriter(digits, "T")(stamp)), [
    "2026-01-20T09:07:58",
    "2026-01-20T09:07:58.0",
    "2026-01-20T09:07:58.000",
    "2026-01-20T09:07:58.000123",
  ]);
});

Deno.test("fractionDigits() has as many as the starts of windows need", () => {
  assertEquals([86_400e6, 1e6, 500_000, 250_000, 40_000, 128, 1].map(fractionDigits), [0, 0, 1, 2, 2, 6, 6]);
});

Deno.test("openClock() refuses what is no zone", () => {
  assertThrows(() => openClock("Mars/Base"), TypeError, 'Cannot use tz "Mars/Base"');
});
