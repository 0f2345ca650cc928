import { lowerBoundOf } from "../data/bounds.ts";
import { dayOf, dayStart, parseDuration, parseWindow } from "../data/time.ts";
import { didYouMean } from "./suggest.ts";

/** What the text of a param may have to look like. */
export const PARAM_FORMATS = ["window", "duration", "zone", "date", "bound"] as const;

/** One of {@linkcode PARAM_FORMATS}. */
export type ParamFormat = typeof PARAM_FORMATS[number];

/** What each format takes, for people. */
export const FORMAT_RULES: Readonly<Record<ParamFormat, string>> = {
  window: 'a duration that divides a day, such as "1s", "5min" or "1h"',
  duration: 'a duration, such as "10s", "5min", "1h" or "1d"',
  zone: 'an IANA time zone, such as "UTC" or "Europe/Paris"',
  date: 'a date as YYYY-MM-DD, such as "2026-01-20"',
  bound: 'a date or a stamp, such as "2026-01-20" or "2026-01-20T06:00:00Z"',
};

/** Why a text does not have its format, as the end of `found "x" (string)`; `undefined` where it does. */
export function formatFault(format: ParamFormat, text: string): string | undefined {
  switch (format) {
    case "window":
      return fails(() => parseDuration(text))
        ? ", which is no duration"
        : fails(() => parseWindow(text))
        ? ", which does not divide a day"
        : undefined;
    case "duration":
      return fails(() => parseDuration(text)) ? ", which is no duration" : undefined;
    case "zone":
      return isZone(text)
        ? undefined
        : didYouMean(text, Intl.supportedValuesOf("timeZone")) || ", which is no time zone";
    case "date":
      return isDate(text) ? undefined : ", which is no date";
    case "bound":
      // {NOW} has its own check: whether the param may use it at all.
      return text.includes("{NOW") || !fails(() => lowerBoundOf(text)) ? undefined : ", which is neither";
  }
}

/** Temporal also takes a whole stamp for the zone or the offset in it; of a zone it gives back the name. */
function isZone(text: string): boolean {
  return !fails(() => {
    const { timeZoneId } = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    const isOffset = /^[+-]\d\d(?::?\d\d)?$/.test(text);
    if (!isOffset && timeZoneId.toLowerCase() !== text.toLowerCase()) throw new RangeError("more than a zone");
  });
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !fails(() => {
    if (dayOf(dayStart(text)) !== text) throw new RangeError("rolled over");
  });
}

function fails(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch {
    return true;
  }
}
