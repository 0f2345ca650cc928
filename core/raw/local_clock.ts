import { SECOND_US } from "../data/time.ts";
import { daysSince1970 } from "./civil.ts";

/**
 * Turns wall-clock stamps of one zone and one file into UTC. All times are microseconds since 1970, of the wall clock or
 * in UTC.
 */
export interface LocalClock {
  /** Wall-clock times from `low` (included) to `high` (excluded) all have the one offset `offset`. */
  low: number;
  high: number;
  offset: number;
  /** Moves the span to the one around `wall`; no span holds `wall` where it is repeated or skipped. */
  seek(wall: number): void;
  /**
   * The UTC time of `wall`, or `NaN` where the clock skipped it. In a repeated span the earlier offset holds until the
   * stamps handed in step back by over half the span; from then on the later.
   */
  toUtc(wall: number): number;
}

/** A stretch of UTC time with one offset. */
interface Period {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

const YEAR_MARGIN_US = 3 * 86_400 * SECOND_US;

/**
 * Builds the clock of a zone.
 *
 * @throws {TypeError} If there is no such zone.
 */
export function createLocalClock(zone: string): LocalClock {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  } catch (cause) {
    throw new TypeError(`Cannot use tz "${zone}": expected an IANA zone such as "Europe/Paris"`, { cause });
  }
  const years = new Map<number, readonly Period[]>();
  const periodsAround = (wall: number): readonly Period[] => {
    const year = Temporal.Instant.fromEpochMilliseconds(Math.floor(wall / 1000)).toZonedDateTimeISO("UTC").year;
    let periods = years.get(year);
    if (!periods) years.set(year, periods = periodsOfYear(zone, year));
    return periods;
  };
  // How far the stamps have come in a repeated span, by the moment of its transition.
  const passes = new Map<number, { latest: number; again: boolean }>();
  const clock: LocalClock = {
    low: 0,
    high: 0,
    offset: 0,
    seek(wall) {
      const periods = periodsAround(wall);
      const i = periods.findIndex(({ start, end, offset }) => wall >= start + offset && wall < end + offset);
      const period = periods[i];
      if (!period) return;
      const before = periods[i - 1]?.offset ?? period.offset;
      const after = periods[i + 1]?.offset ?? period.offset;
      clock.low = period.start + Math.max(before, period.offset);
      clock.high = period.end + Math.min(after, period.offset);
      clock.offset = period.offset;
    },
    toUtc(wall) {
      const found = periodsAround(wall).filter(({ start, end, offset }) =>
        wall - offset >= start && wall - offset < end
      );
      const [first, second] = found;
      if (!first) return NaN;
      if (!second) return wall - first.offset;
      let pass = passes.get(first.end);
      if (!pass) passes.set(first.end, pass = { latest: wall, again: false });
      if (wall < pass.latest - (first.offset - second.offset) / 2) pass.again = true;
      pass.latest = Math.max(pass.latest, wall);
      return wall - (pass.again ? second.offset : first.offset);
    },
  };
  return clock;
}

/** The periods that a year's wall-clock times can lie in, in order. */
function periodsOfYear(zone: string, year: number): readonly Period[] {
  const first = daysSince1970(year, 1, 1) * 86_400 * SECOND_US - YEAR_MARGIN_US;
  const last = daysSince1970(year + 1, 1, 1) * 86_400 * SECOND_US + YEAR_MARGIN_US;
  const periods: Period[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(first / 1000).toZonedDateTimeISO(zone);
  for (let start = first; start < last;) {
    const next = at.getTimeZoneTransition("next");
    const end = next ? Math.min(next.epochMilliseconds * 1000, last) : last;
    periods.push({ start, end, offset: Math.round(at.offsetNanoseconds / 1000) });
    if (!next) break;
    at = next;
    start = end;
  }
  return periods;
}
