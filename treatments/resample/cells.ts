import { DAY_US } from "myx";

/** A day on the time grid: its first microsecond and the length of a cell in microseconds, which divides a day. */
export interface Grid {
  readonly start: number;
  readonly freq: number;
}

/** How many cells a day has. */
export function cellsPerDay({ freq }: Grid): number {
  return DAY_US / freq;
}
