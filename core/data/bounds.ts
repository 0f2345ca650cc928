import { DAY_US, SECOND_US } from "./time.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
/** Temporal also takes `20260120`, for a midnight, and a zone in brackets, beside which the offset would go unread. */
const STAMP = /^\d{4}-\d\d-\d\d[Tt ][\d:.,]+(?:[zZ]|[+-]\d\d(?::?\d\d)?)?$/;
/** Temporal takes second 60 for 59; in rows it is the next one. */
const SECOND_60 = /^.{11}\d\d:?\d\d:?60/;
const OFFSET = /(?:[zZ]|[+-]\d\d(?::?\d\d)?)$/;

/** Whether a bound says by itself which moment it is: a stamp with an offset, not a date or a local stamp. */
export function isAbsoluteBound(text: string): boolean {
  return !DATE.test(text) && OFFSET.test(text);
}

/**
 * The first microsecond that a `from` bound lets in. A date means its whole day in `zone`.
 *
 * @throws {TypeError} If it is neither a date nor a stamp.
 */
export function lowerBoundOf(text: string, zone = "UTC"): number {
  return DATE.test(text) ? startOfDay(text, zone) : stamp(text, zone, "from");
}

/**
 * The last microsecond that a `to` bound lets in: stamps are inclusive, a date means its whole day in `zone`.
 *
 * @throws {TypeError} If it is neither a date nor a stamp.
 */
export function upperBoundOf(text: string, zone = "UTC"): number {
  if (!DATE.test(text)) return stamp(text, zone, "to");
  return zone === "UTC" ? startOfDay(text, zone) + DAY_US - 1 : startOfDay(nextDay(text), zone) - 1;
}

function startOfDay(text: string, zone: string): number {
  try {
    return micros(Temporal.PlainDate.from(text).toZonedDateTime(zone).toInstant());
  } catch (cause) {
    throw new TypeError(`Cannot use bound "${text}" in zone "${zone}": ${(cause as Error).message}`, { cause });
  }
}

function nextDay(text: string): string {
  return Temporal.PlainDate.from(text).add({ days: 1 }).toString();
}

function stamp(text: string, zone: string, side: "from" | "to"): number {
  try {
    if (!STAMP.test(text)) throw new TypeError("no stamp");
    const rest = SECOND_60.test(text) ? SECOND_US : 0;
    if (OFFSET.test(text)) return micros(Temporal.Instant.from(text)) + rest;
    return local(Temporal.PlainDateTime.from(text), zone, side) + rest;
  } catch (cause) {
    throw new TypeError(`Cannot use bound "${text}": expected a date or a stamp such as 2026-01-20T06:00:00Z`, {
      cause,
    });
  }
}

/**
 * What a clock showed twice lets both in. What it skipped lies where it was put forward: no row that shows a later time is
 * shut out by `from`, and none let in by `to`.
 */
function local(wall: Temporal.PlainDateTime, zone: string, side: "from" | "to"): number {
  const earlier = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(wall)) {
    const moment = side === "from" ? earlier : wall.toZonedDateTime(zone, { disambiguation: "later" });
    return micros(moment.toInstant());
  }
  const forward = micros(earlier.getTimeZoneTransition("next")!.toInstant());
  return side === "from" ? forward : forward - 1;
}

function micros(instant: Temporal.Instant): number {
  return Number(instant.epochNanoseconds / 1000n);
}
