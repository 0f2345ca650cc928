import { parseFileName } from "../data/naming.ts";
import type { UnitRecord } from "./ledger.ts";
import type { Unit } from "./partition.ts";

/** The UTC days to (re)process, both ends included; an open end selects all. */
export interface DaySelection {
  readonly from?: string;
  readonly to?: string;
}

/** Whether not all days are selected. */
export function isRange({ from, to }: DaySelection): boolean {
  return from !== undefined || to !== undefined;
}

/** Whether `day` is selected; a file without a day always is. */
export function selectsDay({ from, to }: DaySelection, day: string | undefined): boolean {
  return day === undefined || ((from === undefined || day >= from) && (to === undefined || day <= to));
}

/** The UTC day of a result, as far as its name tells: a CSV may be called like the Parquet file it was made of. */
export function dayOf(name: string): string | undefined {
  return parseFileName(name.replace(/\.csv$/, ".parquet"))?.day;
}

/** Whether a result is of the selected days alone, as far as its name tells: one that tells no day may be of others, too. */
export function isOfDays(days: DaySelection, name: string): boolean {
  const day = dayOf(name);
  return !isRange(days) || (day !== undefined && selectsDay(days, day));
}

/**
 * Whether a partition touches the selection. A raw file tells its days only by its rows: one that is not known yet is
 * taken, a known one by the days it brought.
 */
export function selects(days: DaySelection, unit: Unit, unchanged: UnitRecord | undefined): boolean {
  if (!isRange(days)) return true;
  if (unit.partition.file !== undefined) {
    return !unchanged || unchanged.outputs.some((name) => selectsDay(days, dayOf(name)));
  }
  return unit.own.some((file) => selectsDay(days, file.day)) || !unit.own.length;
}
