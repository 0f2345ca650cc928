import { openClock, timeWriter } from "myx";

/**
 * Writes times (microseconds, UTC) as RFC 3339 in `zone`, all of `ts` with as many fraction digits, so that a reader who
 * guesses the format by the first line guesses right: none, or 3, or 6 where one of them needs more.
 *
 * @throws {TypeError} If there is no such zone.
 */
export function stampWriter(ts: Float64Array, zone: string): (time: number) => string {
  const clock = openClock(zone);
  const write = timeWriter(fractionOf(ts), "T");
  let offset = NaN;
  let ending = "Z";
  return (time) => {
    const local = clock.local(time);
    if (zone !== "UTC" && local - time !== offset) ending = formatOffset(offset = local - time);
    return write(local) + ending;
  };
}

function fractionOf(ts: Float64Array): 0 | 3 | 6 {
  let digits: 0 | 3 = 0;
  for (let i = 0; i < ts.length; i++) {
    if (ts[i]! % 1e6 === 0) continue;
    if (ts[i]! % 1e3 !== 0) return 6;
    digits = 3;
  }
  return digits;
}

/** An offset in microseconds as `+01:00`; seconds, which a few zones had until 1972, stand behind. */
function formatOffset(micros: number): string {
  const seconds = Math.abs(micros) / 1e6;
  const parts = [seconds / 3600, seconds / 60 % 60, ...(seconds % 60 ? [seconds % 60] : [])];
  return (micros < 0 ? "-" : "+") + parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}
