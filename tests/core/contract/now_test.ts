import { assertEquals, assertThrows } from "@std/assert";
import { checkNow, resolveNow } from "../../../core/contract/now.ts";

const now = Temporal.Instant.from("2026-03-01T09:07:58.142308999Z");

Deno.test("resolveNow() gives a stamp in UTC, cut to the microsecond, and leaves other text alone", () => {
  const cases: [string, string][] = [
    ["{NOW}", "2026-03-01T09:07:58.142308Z"],
    ["{NOW-1d}", "2026-02-28T09:07:58.142308Z"],
    ["{NOW+2h}", "2026-03-01T11:07:58.142308Z"],
    ["{NOW-90min}", "2026-03-01T07:37:58.142308Z"],
    ["{NOW-0.5s}", "2026-03-01T09:07:57.642308Z"],
    ["{NOW-366d}", "2025-02-28T09:07:58.142308Z"],
    ["2026-01-20", "2026-01-20"],
    ["", ""],
  ];
  for (const [text, expected] of cases) assertEquals(resolveNow(text, now), expected, text);
});

Deno.test("resolveNow() refuses durations it cannot read", () => {
  for (
    const text of [
      "{NOW-1}",
      "{NOW-d}",
      "{NOW 1d}",
      "{NOW-1w}",
      "{NOW}T00",
      "{NOW",
      "{NOW-9999999999999d}",
      "{NOW+99999999d}",
      "{NOW+2922000d}",
      "{NOW--1d}",
    ]
  ) {
    assertThrows(() => resolveNow(text, now), Error, undefined, text);
  }
});

Deno.test("checkNow() lets {NOW} into from and to only", () => {
  const where = { file: "f.json", path: ["params", "x"] };
  assertEquals(checkNow("from", "{NOW-1d}", where), []);
  assertEquals(checkNow("to", "{NOW}", where), []);
  assertEquals(checkNow("from", "2026-01-20", where), []);
  assertEquals(checkNow("from", "{NOW-1w}", where), [
    'Cannot use params.x of "f.json": found "{NOW-1w}" (string), expected "{NOW}", or it and a duration, such as ' +
    '"{NOW-1d}" or "{NOW+2h}" (s, min, h or d)',
  ]);
  assertEquals(checkNow("to", "{NOW+2922000d}", where).length, 1, "9970 counted from 1970, but not from now on");
  assertEquals(checkNow("day", { a: ["{NOW}"] }, where), [
    'Cannot use params.x.a[0] of "f.json": found "{NOW}" (string), expected a value without {NOW}, which only the params ' +
    "from and to may use",
  ]);
});
