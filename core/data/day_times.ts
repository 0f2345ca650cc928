import { disorderedRow, findRepeats } from "../kernels/column_loops.ts";
import { DAY_US, dayStart } from "./time.ts";

/**
 * Why these are not the times of a file of `day`, and what to do, if they are not: they ascend, none is null and all are of
 * that UTC day. In files that myx has not written they may be any.
 */
export function timesFault(ts: Float64Array, day: string): string | undefined {
  if (findRepeats(ts).ascending) return dayFault(ts, day);
  return `its times are null or go back in row ${disorderedRow(ts)}; sort it by time`;
}

/** Why times that ascend are not those of a file of `day`, and what to do; `undefined` if they are. */
export function dayFault(ts: Float64Array, day: string): string | undefined {
  const start = dayStart(day);
  if (ts.length === 0 || !(ts[0]! < start || ts.at(-1)! >= start + DAY_US)) return undefined;
  return `it has rows outside its day, ${day}; name it by the day of its rows`;
}
