import {
  DAY_US,
  dayOf,
  dayStart,
  lowerBoundOf,
  nameFault,
  type Params,
  parseWindow,
  type RawSettings,
  readRawSettings,
  upperBoundOf,
} from "myx";
import { HOUR_US } from "./hours.ts";
import type { HourRange } from "./ledger.ts";

/** The params, checked. */
export interface Settings {
  /** How raw files are read, whatever the days: what a file holds is remembered for all runs. */
  readonly reading: RawSettings;
  /** Tells ways of reading apart. */
  readonly readingKey: string;
  readonly schema: string;
  /** Name of the table. */
  readonly table: string;
  readonly deviceId: "device" | "source";
  readonly aggregation: string;
  /** Microseconds of a window; 0 where values are not averaged. */
  readonly window: number;
  /** Whether rows that others have taken out or changed are put back. */
  readonly restore: boolean;
  /** Whether what came from files that are gone goes, too. */
  readonly replace: boolean;
  /** First moment of the first day and last of the last, in microseconds. */
  readonly first: number;
  readonly last: number;
}

/** Sizes; tests make them small. */
export interface Tuning {
  /** Values held between looking at changed files and loading them. */
  readonly budget: number;
  /** Values loaded in one transaction, if one hour has not more. */
  readonly batch: number;
  /** Hours that are looked at together, if one device has not more. */
  readonly hours: number;
}

/** About 50 MB for the values of either, and 8 MB for the hours. */
export const TUNING: Tuning = { budget: 2 ** 21, batch: 2 ** 21, hours: 2 ** 13 };

/** Hours held, or loaded, so, however few values they have: with all that is known of it, one takes up to 12 KB. */
export const MOST_HOURS = 2 ** 10;

/** Raise it when the same file gives other rows than before. */
const READING_VERSION = 4;

/**
 * Reads the params.
 *
 * @throws {TypeError} If one of them cannot be used.
 */
export function readSettings(params: Params, replace: boolean): Settings {
  const { from, to, mode, schema, aggregation, device_id } = params;
  const reading = { ...readRawSettings({ ...params, from: null, to: null }, "Time") };
  const { delimiter, format, tz, timeColumns, domains } = reading;
  const readingKey = JSON.stringify([READING_VERSION, delimiter, format, tz, timeColumns, domains]);
  return {
    reading,
    readingKey,
    schema,
    table: tableName(params.table),
    deviceId: device_id,
    aggregation,
    window: aggregation === "none" ? 0 : parseWindow(aggregation),
    restore: mode !== "append",
    replace: replace || mode === "replace",
    first: from ? startOfDay(lowerBoundOf(from)) : -Infinity,
    last: to ? startOfDay(upperBoundOf(to)) + DAY_US - 1 : Infinity,
  };
}

/** The hours of the days that are looked at. */
export function rangeOf({ first, last }: Settings): HourRange {
  return { first: Math.floor(first / HOUR_US), last: Math.floor(last / HOUR_US) };
}

function startOfDay(time: number): number {
  return dayStart(dayOf(time));
}

/** As to_postgres names tables. */
function tableName(text: string): string {
  const name = text.normalize("NFC").toUpperCase().replace(/[^\p{L}\p{N}]/gu, "_");
  const fault = name === "" ? "it is empty" : nameFault(name);
  if (fault) throw new TypeError(`Cannot use table "${text}": ${fault}; choose another name`);
  return name;
}
