import { assertEquals, assertThrows } from "@std/assert";
import { isAbsoluteBound, lowerBoundOf, upperBoundOf } from "../../../core/data/bounds.ts";

Deno.test("bounds are dates or stamps, and nothing else that Temporal reads", () => {
  const hour = Date.parse("2026-01-20T06:00:00Z") * 1000;
  for (const text of ["2026-01-20T06:00:00Z", "2026-01-20 06:00", "2026-01-20T11:00:00+05", "2026-01-20T06"]) {
    assertEquals([text, lowerBoundOf(text), upperBoundOf(text)], [text, hour, hour]);
  }
  // As a midnight, 20260120 would shut its day out; the others would lose their offset.
  for (
    const text of [
      "20260120",
      "2026-01-20[UTC]",
      "2026-01-20T06:00+05:00[Asia/Karachi]",
      "2026-01-20T06:00+05:00:30",
      "-002026-01-20",
      "-002026-01-20T06:00Z",
    ]
  ) {
    assertThrows(() => lowerBoundOf(text), TypeError, "expected a date or a stamp");
    assertThrows(() => upperBoundOf(text), TypeError, "expected a date or a stamp");
  }
});

Deno.test("a bound means the moment that a row with the same stamp has, at second 60, too", () => {
  const second = Date.parse("2017-01-01T00:00:00Z") * 1000;
  for (const text of ["2016-12-31T23:59:60Z", "2016-12-31t23:59:60", "2017-01-01 05:29:60+05:30"]) {
    assertEquals([text, lowerBoundOf(text), upperBoundOf(text)], [text, second, second]);
  }
});

Deno.test("a local bound that the clock skips or shows twice cuts by what rows show, and is included", () => {
  const at = (text: string) => Date.parse(text) * 1000;
  const zone = "Europe/Paris";
  // From 02:00 to 03:00 there is no time; the bound lies there.
  assertEquals(lowerBoundOf("2026-03-29 02:30", zone), at("2026-03-29T03:00+02:00"));
  assertEquals(upperBoundOf("2026-03-29 02:30", zone), at("2026-03-29T03:00+02:00") - 1);
  assertEquals(lowerBoundOf("2026-10-25 02:30", zone), at("2026-10-25T02:30+02:00"));
  assertEquals(upperBoundOf("2026-10-25 02:30", zone), at("2026-10-25T02:30+01:00"));
  // A day that a zone left out.
  assertEquals(lowerBoundOf("2011-12-30T12:00", "Pacific/Apia"), at("2011-12-31T00:00+14:00"));
  assertEquals(upperBoundOf("2011-12-30T12:00", "Pacific/Apia"), at("2011-12-31T00:00+14:00") - 1);
});

Deno.test("a date that no calendar has is no bound", () => {
  for (const boundOf of [lowerBoundOf, upperBoundOf]) {
    assertThrows(() => boundOf("2026-02-30"), TypeError, 'Cannot use bound "2026-02-30"');
  }
});

Deno.test("a date means its whole day in its zone, that of 23 hours and that of 25", () => {
  const day = (text: string, zone?: string) => {
    const [from, behind] = [lowerBoundOf(text, zone), upperBoundOf(text, zone) + 1];
    return [new Date(from / 1000).toISOString().slice(0, 16), (behind - from) / 3600e6];
  };
  assertEquals(day("2026-01-20"), ["2026-01-20T00:00", 24]);
  assertEquals(day("2026-01-20", "Europe/Paris"), ["2026-01-19T23:00", 24]);
  assertEquals(day("2026-03-29", "Europe/Paris"), ["2026-03-28T23:00", 23]);
  assertEquals(day("2026-10-25", "Europe/Paris"), ["2026-10-24T22:00", 25]);
  // Where the clock skips midnight, the day begins behind it.
  assertEquals(day("2018-11-04", "America/Sao_Paulo"), ["2018-11-04T03:00", 23]);
  assertEquals(lowerBoundOf("2026-07-20T06:00:00", "Europe/Paris"), lowerBoundOf("2026-07-20T04:00:00Z"));
  assertEquals(lowerBoundOf("2026-07-20T06:00:00Z", "Europe/Paris"), lowerBoundOf("2026-07-20T06:00:00Z"));
});

Deno.test("isAbsoluteBound() tells which bounds are the same moment in every zone", () => {
  for (const text of ["2026-01-20T06:00Z", "2026-01-20 06:00z", "2026-01-20T06-05", "2026-01-20T06:00+0530"]) {
    assertEquals([text, isAbsoluteBound(text)], [text, true]);
  }
  for (const text of ["2026-01-20", "2026-01-20T06:00", "2026-01-20 06:00:00.5"]) {
    assertEquals([text, isAbsoluteBound(text)], [text, false]);
  }
});
