import { DAY_US, SECOND_US } from "../data/time.ts";

/** Date and time of day as written, without a zone. `second` may be 60, which is the next second. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Microseconds within the second. */
  readonly micros: number;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days of a month from 1 to 12; 0 for any other. */
export function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : DAYS[month - 1] ?? 0;
}

/** Days from 1970-01-01, by Howard Hinnant's `days_from_civil`: whole numbers only, no `Date`. */
export function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Whether the calendar and the clock have such a moment. */
export function isCivil({ year, month, day, hour, minute, second }: Civil): boolean {
  return day >= 1 && day <= daysInMonth(year, month) && hour <= 23 && minute <= 59 && second <= 60;
}

/** Microseconds from 1970-01-01T00:00:00 of the same clock. */
export function wallMicros({ year, month, day, hour, minute, second, micros }: Civil): number {
  return daysSince1970(year, month, day) * DAY_US + (hour * 3600 + minute * 60 + second) * SECOND_US + micros;
}
