import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatStamp } from "myx";
import fc from "fast-check";
import { daysInMonth, daysSince1970 } from "../../../core/raw/civil.ts";
import { createLocalClock, type LocalClock } from "../../../core/raw/local_clock.ts";
import { cursor } from "../../../core/raw/number_bytes.ts";
import { createStampReader } from "../../../core/raw/stamp_bytes.ts";
import { readStamp, readStampParts } from "../../../core/raw/stamp_text.ts";

const UTC = { comma: true, clock: undefined };

const STAMPS: [string, string][] = [
  ["2026-01-20T09:07:58.142308Z", "2026-01-20T09:07:58.142308Z"],
  ["2026-01-20t09:07:58z", "2026-01-20T09:07:58.000000Z"],
  ["2026-01-20 09:07:58", "2026-01-20T09:07:58.000000Z"],
  ["2026-01-20T09:07:58.1Z", "2026-01-20T09:07:58.100000Z"],
  ["2026-01-20T09:07:58,25Z", "2026-01-20T09:07:58.250000Z"],
  ["2026-01-20T09:07:58.123456999Z", "2026-01-20T09:07:58.123456Z"],
  ["2026-01-20T09:07:58.1234569990Z", "bad timestamp"],
  ["2026-01-20T09:07:58+01:00", "2026-01-20T08:07:58.000000Z"],
  ["2026-01-20T09:07:58+0100", "2026-01-20T08:07:58.000000Z"],
  ["2026-01-20T00:07:58-05:30", "2026-01-20T05:37:58.000000Z"],
  ["2026-01-20T09:07:58+01", "bad timestamp"],
  ["2026-01-20T09:07:58+24:00", "bad timestamp"],
  ["2026-01-20T09:07:58+01:60", "bad timestamp"],
  ["2026-01-20T09:07:58 Z", "bad timestamp"],
  ["2026-01-20", "bad timestamp"],
  ["2026-01-20T09:07", "bad timestamp"],
  ["2026-01-20T09:07Z", "bad timestamp"],
  ["2026-01-20T24:00:00Z", "bad timestamp"],
  ["2026-01-20T23:60:00Z", "bad timestamp"],
  ["2026-01-20T23:59:60Z", "2026-01-21T00:00:00.000000Z"],
  ["2026-01-20T12:30:60.5Z", "2026-01-20T12:31:00.500000Z"],
  ["2026-01-20T23:59:61Z", "bad timestamp"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"],
  ["2026-02-29T00:00:00Z", "bad timestamp"],
  ["2100-02-29T00:00:00Z", "bad timestamp"],
  ["2026-00-10T00:00:00Z", "bad timestamp"],
  ["2026-13-10T00:00:00Z", "bad timestamp"],
  ["2026-01-00T00:00:00Z", "bad timestamp"],
  ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"],
  ["1969-12-31T23:59:59.999999Z", "year outside 1970-2199"],
  ["1969-12-31T23:59:59-01:00", "1970-01-01T00:59:59.000000Z"],
  ["1970-01-01T00:00:00+01:00", "year outside 1970-2199"],
  ["2199-12-31T23:59:59.999999Z", "2199-12-31T23:59:59.999999Z"],
  ["2199-12-31T23:59:60Z", "year outside 1970-2199"],
  ["2200-01-01T00:00:00+00:01", "2199-12-31T23:59:00.000000Z"],
  ["0001-01-01T00:00:00Z", "year outside 1970-2199"],
  ["9999-12-31T23:59:59Z", "year outside 1970-2199"],
  ["", "bad timestamp"],
];

function shown(result: number | string): string {
  return typeof result === "number" ? formatStamp(result) : result;
}

Deno.test("readStamp() reads RFC 3339 and ISO 8601 as specified", () => {
  for (const [text, expected] of STAMPS) assertEquals([text, shown(readStamp(text, UTC))], [text, expected]);
});

Deno.test("readStamp() and readStampParts() take a comma before the fraction only where it is no delimiter", () => {
  const delimited = { comma: false, clock: undefined };
  assertEquals(readStamp("2026-01-20T09:07:58,25Z", delimited), "bad timestamp");
  assertEquals(readStampParts(["2026", "1", "20", "9", "7", "58,25"], delimited), "bad timestamp");
  assertEquals(shown(readStampParts(["2026", "1", "20", "9", "7", "58.25"], delimited)), "2026-01-20T09:07:58.250000Z");
});

const RFC3339 = new URL("../../../shared/data/rfc3339/date-time.json", import.meta.url);
const hasRfc3339 = (() => {
  try {
    return Deno.statSync(RFC3339).isFile;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "readStamp() agrees with the JSON Schema suite on RFC 3339 but for what is decided otherwise",
  ignore: !hasRfc3339,
  fn() {
    // Second 60 is the next second at any minute; fractions have at most nine digits; years start at 1970.
    const otherwise: Record<string, string> = {
      "1998-12-31T23:58:60Z": "1998-12-31T23:59:00.000000Z",
      "1998-12-31T22:59:60Z": "1998-12-31T23:00:00.000000Z",
      "1985-04-12T00:59:59.999999999999999Z": "bad timestamp",
    };
    const suite = JSON.parse(Deno.readTextFileSync(RFC3339)) as { tests: { data: unknown; valid: boolean }[] }[];
    let checked = 0;
    for (const { data, valid } of suite.flatMap(({ tests }) => tests)) {
      if (typeof data !== "string") continue;
      checked++;
      const result = readStamp(data, UTC);
      if (data in otherwise) assertEquals(shown(result), otherwise[data]);
      else if (!valid) assertEquals([data, result], [data, "bad timestamp"]);
      else if (Number(data.slice(0, 4)) < 1970) assertEquals([data, result], [data, "year outside 1970-2199"]);
      else if (data.includes(":60")) {
        assertEquals(
          shown(result),
          formatStamp(readStamp("1999-01-01T00:00:00Z", UTC) as number + (data.includes(".123") ? 123_000 : 0)),
        );
      } else assertEquals(result, Number(Temporal.Instant.from(data).epochNanoseconds / 1000n));
    }
    assert(checked > 20);
  },
});

Deno.test("readStamp() equals Temporal", () => {
  const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, "0"));
  const stamp = fc.tuple(
    fc.integer({ min: 1960, max: 2210 }),
    two(13),
    two(32),
    fc.constantFrom("T", "t", " "),
    two(24),
    two(60),
    two(59),
    fc.stringMatching(/^(\.\d{1,9})?$/),
    fc.constantFrom("Z", "z", "+01:00", "-0930", "+23:59", "+0000"),
  ).map(([y, mo, d, t, h, mi, s, f, z]) => `${y}-${mo}-${d}${t}${h}:${mi}:${s}${f}${z}`);
  const ofBytes = createStampReader(UTC);
  fc.assert(
    fc.property(stamp, (text) => {
      let expected: number | string;
      try {
        const micros = Temporal.Instant.from(text).epochNanoseconds;
        const cut = Number((micros - ((micros % 1000n) + 1000n) % 1000n) / 1000n);
        expected = cut >= 0 && cut < Date.UTC(2200, 0, 1) * 1000 ? cut : "year outside 1970-2199";
      } catch {
        expected = "bad timestamp";
      }
      assertEquals(readStamp(text, UTC), expected);
      const bytes = new TextEncoder().encode(`${text};${"\0".repeat(16)}`);
      const quick = ofBytes(bytes, new DataView(bytes.buffer), 0);
      if (!Number.isNaN(quick)) assertEquals([quick, cursor.at], [expected, text.length]);
      else assert(typeof expected === "string" || /^(1969|1970|2199|2200)/.test(text), text);
    }),
    { numRuns: 5_000, examples: [["1969-12-31T15:00:00-0930"]] },
  );
});

Deno.test("daysSince1970() equals Date over all kept days", () => {
  let days = daysSince1970(1968, 1, 1);
  for (let year = 1968; year <= 2201; year++) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= daysInMonth(year, month); day++) assertEquals(daysSince1970(year, month, day), days++);
    }
  }
  assertEquals(daysSince1970(2026, 1, 20), Date.UTC(2026, 0, 20) / 86_400_000);
});

Deno.test("readStampParts() reads six columns", () => {
  const read = (text: string) => shown(readStampParts(text.split(" "), UTC));
  assertEquals(read("2025 7 1 14 55 0"), "2025-07-01T14:55:00.000000Z");
  assertEquals(read("2025 07 01 14 05 09.5"), "2025-07-01T14:05:09.500000Z");
  assertEquals(read("2025 7 1 14 55 59,9999999"), "2025-07-01T14:55:59.999999Z");
  assertEquals(read("2025 7 1 14 55 60"), "2025-07-01T14:56:00.000000Z");
  for (
    const bad of [
      "25 7 1 14 55 0",
      "12025 7 1 14 55 0",
      "2025a 7 1 14 55 0",
      "2025 007 1 14 55 0",
      "2025 7 001 14 55 0",
      "2025 7 1 014 55 0",
      "2025 7 1 14 055 0",
      "2025 7 1 14  0",
      "2025 7 32 14 55 0",
      "2025 7 1 24 0 0",
      "2025 7 1 14 55 ",
      "2025 7 1 14 55 x",
      "2025 7 1 14 55 -5",
      "2025 7 1 14 55 005",
      "2025 7 1 14 55 5s",
      "2025 7 1",
    ]
  ) {
    assertEquals(read(bad), "bad timestamp");
  }
  assertEquals(read("1969 7 1 14 55 0"), "year outside 1970-2199");
});

/** Reads stamps of one file in one zone. */
function readAll(zone: string, texts: readonly string[]): string[] {
  const options = { comma: true, clock: createLocalClock(zone) };
  return texts.map((text) => shown(readStamp(text, options)).replace(".000000", ""));
}

Deno.test("readStamp() reads local stamps with the offset of their zone", () => {
  assertEquals(readAll("Europe/Paris", ["2026-01-20T09:00:00", "2026-07-20T09:00:00", "2026-07-20T09:00:00Z"]), [
    "2026-01-20T08:00:00Z",
    "2026-07-20T07:00:00Z",
    "2026-07-20T09:00:00Z",
  ]);
});

Deno.test("readStamp() rejects local stamps of the skipped hour", () => {
  assertEquals(
    readAll("Europe/Paris", [
      "2026-03-29T01:59:59",
      "2026-03-29T02:00:00",
      "2026-03-29T02:59:59",
      "2026-03-29T03:00:00",
    ]),
    ["2026-03-29T00:59:59Z", "skipped local time", "skipped local time", "2026-03-29T01:00:00Z"],
  );
  assertEquals(readAll("Australia/Lord_Howe", ["2026-10-04T02:00:00", "2026-10-04T02:29:59", "2026-10-04T02:30:00"]), [
    "skipped local time",
    "skipped local time",
    "2026-10-03T15:30:00Z",
  ]);
});

Deno.test("readStamp() takes the earlier offset of the repeated hour until stamps step back by over half of it", () => {
  const night = (...times: string[]) => readAll("Europe/Paris", times.map((time) => `2026-10-25T${time}`));
  assertEquals(night("01:59:59", "02:00:00", "02:59:59", "02:00:00", "02:59:59", "03:00:00"), [
    "2026-10-24T23:59:59Z",
    "2026-10-25T00:00:00Z",
    "2026-10-25T00:59:59Z",
    "2026-10-25T01:00:00Z",
    "2026-10-25T01:59:59Z",
    "2026-10-25T02:00:00Z",
  ]);
  // Half an hour is not over half; one second more is, also in two steps. From then on it stays the later.
  assertEquals(night("02:50:00", "02:20:00"), ["2026-10-25T00:50:00Z", "2026-10-25T00:20:00Z"]);
  assertEquals(night("02:50:00", "02:30:00", "02:19:59", "02:55:00"), [
    "2026-10-25T00:50:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:19:59Z",
    "2026-10-25T01:55:00Z",
  ]);
  // Stamps with an offset say it themselves.
  assertEquals(night("02:50:00+01:00", "02:10:00"), ["2026-10-25T01:50:00Z", "2026-10-25T00:10:00Z"]);
});

Deno.test("readStamp() judges each repeated span by itself, in files of several years and in any order", () => {
  assertEquals(readAll("Europe/Paris", ["2026-10-25T02:50:00", "2026-10-25T02:10:00", "2025-10-26T02:10:00"]), [
    "2026-10-25T00:50:00Z",
    "2026-10-25T01:10:00Z",
    "2025-10-26T00:10:00Z",
  ]);
});

Deno.test("readStamp() knows repeated spans of half an hour", () => {
  const night = (...times: string[]) => readAll("Australia/Lord_Howe", times.map((time) => `2026-04-05T${time}`));
  assertEquals(night("01:29:59", "01:30:00", "01:50:00", "01:35:00", "01:34:59", "01:59:59", "02:00:00"), [
    "2026-04-04T14:29:59Z",
    "2026-04-04T14:30:00Z",
    "2026-04-04T14:50:00Z",
    "2026-04-04T14:35:00Z",
    "2026-04-04T15:04:59Z",
    "2026-04-04T15:29:59Z",
    "2026-04-04T15:30:00Z",
  ]);
});

const ZONES = [
  "Europe/Paris",
  "Australia/Lord_Howe",
  "Africa/Monrovia",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "Africa/Casablanca",
];

Deno.test("createLocalClock() gives each stamp that comes once the offset that Temporal gives", () => {
  for (const zone of ZONES) {
    const clock = createLocalClock(zone);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 229 * 366 * 86400 }), (second) => {
        clock.seek(second * 1e6);
        checkSpan(clock, zone, second, true);
      }),
      { numRuns: 500 },
    );
  }
});

Deno.test("createLocalClock() answers for no stamp that is repeated or skipped, wherever it was before", () => {
  for (const zone of ZONES) {
    const clock = createLocalClock(zone);
    let at = Temporal.Instant.from("2010-01-01T00:00:00Z").toZonedDateTimeISO(zone);
    for (let count = 0; count < 6; count++) {
      const next = at.getTimeZoneTransition("next");
      if (!next) break;
      at = next;
      const turn = at.epochMilliseconds / 1000 + at.offsetNanoseconds / 1e9;
      const beside = [-90_000, -3600, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 5400, 90_000].map((by) => turn + by);
      for (const before of beside) {
        for (const second of beside) {
          clock.seek(before * 1e6);
          checkSpan(clock, zone, second, false);
          clock.seek(second * 1e6);
          checkSpan(clock, zone, second, true);
        }
      }
    }
  }
});

/** Checks what a clock says of a wall-clock time; where it was moved there, it must know one that comes once. */
function checkSpan(clock: LocalClock, zone: string, second: number, moved: boolean): void {
  const wall = second * 1e6;
  const plain = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO("UTC").toPlainDateTime();
  const earlier = plain.toZonedDateTime(zone, { disambiguation: "earlier" });
  const comesOnce = earlier.equals(plain.toZonedDateTime(zone, { disambiguation: "later" }));
  const inSpan = wall >= clock.low && wall < clock.high;
  if (moved || inSpan) assertEquals(inSpan, comesOnce, `${zone} ${plain}`);
  if (inSpan) assertEquals(wall - clock.offset, Number(earlier.epochNanoseconds / 1000n), `${zone} ${plain}`);
}

Deno.test("createLocalClock() refuses what is no zone", () => {
  assertThrows(() => createLocalClock("Mars/Base"), TypeError, 'Cannot use tz "Mars/Base"');
});
