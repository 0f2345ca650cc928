import { assertEquals } from "@std/assert";
import { DAY_US, dayStart } from "../../../core/data/time.ts";
import { timesFault } from "../../../core/data/day_times.ts";

Deno.test("timesFault() tells of rows outside the day, be there but one, and of times that go back", () => {
  const day = "2026-01-20";
  const start = dayStart(day);
  const fault = (...ts: number[]) => timesFault(Float64Array.from(ts), day)?.split(";")[0];
  for (const ts of [[], [start], [start + DAY_US - 1], [start, start, start + DAY_US - 1]]) {
    assertEquals([ts, fault(...ts)], [ts, undefined]);
  }
  for (const ts of [[start - 1], [start + DAY_US], [start - 1, start], [start, start + DAY_US]]) {
    assertEquals([ts, fault(...ts)], [ts, `it has rows outside its day, ${day}`]);
  }
  assertEquals(fault(start, start + 2, start + 1), "its times are null or go back in row 2");
});
