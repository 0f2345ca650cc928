import { dayOf, SECOND_US } from "./time.ts";

/** The clock on the wall of a time zone. */
export interface Clock {
  /** Microseconds from `time` (microseconds, UTC) to what the clock shows, read as if it were UTC. */
  local(time: number): number;
}

/**
 * A clock that asks for the offset of `zone` (an IANA name) only where it changes: a Temporal object per row would cost
 * more than all the rest of an export.
 *
 * @throws {TypeError} If there is no such zone.
 */
export function openClock(zone: string): Clock {
  let offset = 0;
  let from = Infinity;
  let until = -Infinity;
  const find = (time: number) => {
    const here = Temporal.Instant.fromEpochNanoseconds(BigInt(time) * 1000n).toZonedDateTimeISO(zone);
    const next = here.getTimeZoneTransition("next");
    offset = here.offsetNanoseconds / 1000;
    from = time;
    until = next ? Number(next.epochNanoseconds / 1000n) : Infinity;
  };
  try {
    find(0);
  } catch (cause) {
    throw new TypeError(`Cannot use tz "${zone}": expected a time zone such as "Europe/Paris"`, { cause });
  }
  return {
    local(time) {
      if (time < from || time >= until) find(time);
      return time + offset;
    },
  };
}

/** Fraction digits that write every start of a window of `micros` microseconds exactly: none for whole seconds. */
export function fractionDigits(micros: number): number {
  let digits = 0;
  while ((micros * 10 ** digits) % SECOND_US !== 0) digits++;
  return digits;
}

/**
 * Writes what a clock shows as `YYYY-MM-DD HH:MM:SS`, with `between` (a blank) before the hours, and `digits` (0 to 6) fraction
 * digits, cut off.
 */
export function timeWriter(digits: number, between = " "): (local: number) => string {
  let date = "";
  let midnight = NaN;
  return (local) => {
    let seconds = Math.floor((local - midnight) / SECOND_US);
    if (!(seconds >= 0 && seconds < 86_400)) {
      date = dayOf(local);
      midnight = Date.parse(date) * 1000;
      seconds = Math.floor((local - midnight) / SECOND_US);
    }
    const clock = `${two(seconds / 3600)}:${two(seconds / 60 % 60)}:${two(seconds % 60)}`;
    if (digits === 0) return date + between + clock;
    const micros = local - midnight - seconds * SECOND_US;
    return `${date}${between}${clock}.${String(micros).padStart(6, "0").slice(0, digits)}`;
  };
}

function two(value: number): string {
  return value < 10 ? `0${Math.floor(value)}` : String(Math.floor(value));
}
