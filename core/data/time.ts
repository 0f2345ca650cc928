/** Microseconds in a second. All times in myx are whole microseconds since 1970 in UTC, held in doubles. */
export const SECOND_US = 1e6;
/** Microseconds in a UTC day. */
export const DAY_US = 86_400e6;

/**
 * The UTC calendar day of `time` (microseconds), as `YYYY-MM-DD`.
 *
 * @throws {RangeError} If `time` is null.
 */
export function dayOf(time: number): string {
  return new Date(Math.floor(time / DAY_US) * 86_400_000).toISOString().slice(0, 10);
}

/** The first microsecond of a UTC day, written `YYYY-MM-DD`. */
export function dayStart(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) * 1e3;
}

/** The day `count` days behind (or before, if negative) `day`. */
export function addDays(day: string, count: number): string {
  return dayOf(dayStart(day) + count * DAY_US);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

/**
 * Reads a duration such as `10s`, `5min`, `1h` or `1d` into seconds.
 *
 * @throws {TypeError} If it is written otherwise.
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|min|h|d)$/.exec(text);
  const seconds = match ? Number(match[1]) * UNITS[match[2]!]! : 0;
  if (!(seconds > 0)) throw new TypeError(`Cannot read duration "${text}": expected a number and s, min, h or d`);
  return seconds;
}

/**
 * Reads a duration that divides a day, as grids aligned to midnight need, into microseconds.
 *
 * @throws {TypeError} If it is no duration, or does not divide a day evenly.
 */
export function parseWindow(text: string): number {
  const exact = parseDuration(text) * SECOND_US;
  const micros = Math.round(exact);
  // Decimals of a second may be off by their own rounding, and by no more.
  if (Math.abs(exact - micros) > 1e-9 * exact || DAY_US % micros !== 0) {
    throw new TypeError(`Cannot use window "${text}": it does not divide a day`);
  }
  return micros;
}

/** Microseconds as RFC 3339 in UTC, with six fraction digits. */
export function formatStamp(time: number): string {
  const seconds = Math.floor(time / SECOND_US);
  const micros = String(time - seconds * SECOND_US).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`;
}
