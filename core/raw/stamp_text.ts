import { type Civil, isCivil, wallMicros } from "./civil.ts";
import type { LocalClock } from "./local_clock.ts";

/** How a file writes its stamps. */
export interface StampOptions {
  /** Whether a comma may stand before the fraction: not where it is the delimiter. */
  readonly comma: boolean;
  /** The clock of stamps without an offset; none for UTC. */
  readonly clock: LocalClock | undefined;
}

/** The first and last year whose moments are kept, in UTC. */
const FIRST = wallMicros({ year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0 });
const BEHIND = wallMicros({ year: 2200, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0 });

const SECOND = /(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)/;
const STAMP = new RegExp(`^${SECOND.source}${/(?:([.,])(\d{0,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/.source}`);
const SECONDS = /^(\d\d?)(?:([.,])(\d{0,9}))?$/;

/** Microseconds since 1970, or the reason why a text is no stamp. */
export function readStamp(text: string, options: StampOptions): number | string {
  const match = STAMP.exec(text);
  if (!match || (match[7] === "," && !options.comma)) return "bad timestamp";
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  const civil = { year, month, day, hour, minute, second, micros: microsOf(match[8]) };
  if (!isCivil(civil)) return "bad timestamp";
  const sign = match[9];
  if (!sign) return /[Zz]$/.test(text) ? inRange(wallMicros(civil)) : fromLocal(civil, options.clock);
  const [hours, minutes] = [Number(match[10]), Number(match[11])];
  if (hours > 23 || minutes > 59) return "bad timestamp";
  return inRange(wallMicros(civil) - (sign === "-" ? -1 : 1) * (hours * 60 + minutes) * 60e6);
}

/** Whether a stamp stands somewhere in a text. */
export function holdsStamp(text: string): boolean {
  return SECOND.test(text);
}

/** Whether a text is nothing but a stamp, of whatever time. */
export function isStamp(text: string): boolean {
  return STAMP.test(text);
}

/** Microseconds since 1970 of year, month, day, hour, minute and second in columns of their own, or the reason. */
export function readStampParts(texts: readonly string[], options: StampOptions): number | string {
  const seconds = SECONDS.exec(texts[5] ?? "");
  const shaped = /^\d{4}$/.test(texts[0] ?? "") && [1, 2, 3, 4].every((i) => /^\d\d?$/.test(texts[i] ?? ""));
  if (!seconds || !shaped || (seconds[2] === "," && !options.comma)) return "bad timestamp";
  const [year, month, day, hour, minute, second] = [...texts.slice(0, 5), seconds[1]!].map(Number) as Six;
  const civil = { year, month, day, hour, minute, second, micros: microsOf(seconds[3]) };
  return isCivil(civil) ? fromLocal(civil, options.clock) : "bad timestamp";
}

type Six = [number, number, number, number, number, number];

/** Fraction digits, cut to microseconds. */
function microsOf(digits = ""): number {
  return Number(digits.slice(0, 6).padEnd(6, "0"));
}

function fromLocal(civil: Civil, clock: LocalClock | undefined): number | string {
  const wall = wallMicros(civil);
  // Offsets stay below a day; farther out the zone need not be asked, and the year 0001 has none.
  if (!clock || wall < FIRST - 86_400e6 || wall >= BEHIND + 86_400e6) return inRange(wall);
  const utc = clock.toUtc(wall);
  return Number.isNaN(utc) ? "skipped local time" : inRange(utc);
}

function inRange(ts: number): number | string {
  return ts >= FIRST && ts < BEHIND ? ts : "year outside 1970-2199";
}
