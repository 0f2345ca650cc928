/**
 * File names carry what a file is: `<source>__<domain>__<YYYY-MM-DD>[__<window>].parquet`.
 */

/** What a Parquet file name tells. */
export interface FileName {
  /** The device's series. */
  readonly source: string;
  /** The group of columns of one type. */
  readonly domain: string;
  /** UTC calendar day, `YYYY-MM-DD`. */
  readonly day: string;
  /** Aggregation window as written in the params, such as `5min`; absent before aggregation. */
  readonly window?: string;
}

/** Source, domain, day and window. */
const PARQUET = /^(.+?)__([^_].*?)__(\d{4}-\d\d-\d\d)(?:__([^_]+))?\.parquet$/;

/** Builds a Parquet file name. */
export function formatFileName({ source, domain, day, window }: FileName): string {
  return `${source}__${domain}__${day}${window ? `__${window}` : ""}.parquet`;
}

/** Takes a Parquet file name apart, or returns `undefined` where it is none of ours. */
export function parseFileName(name: string): FileName | undefined {
  const match = PARQUET.exec(name);
  if (!match) return undefined;
  const [, source, domain, day, window] = match as unknown as [string, string, string, string, string | undefined];
  if (!isDay(day)) return undefined;
  return window ? { source, domain, day, window } : { source, domain, day };
}

/** Whether there is such a day; `Date` takes one behind the end of a month for one of the next. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).getUTCDate() === Number(text.slice(-2));
}

/** A replacement applied to raw file names; `src` is literal unless written `/regex/`. */
export interface Substitution {
  /** What to replace, all of it. */
  readonly src: string;
  /** What to put there; `$1` stands for a group of a regex. */
  readonly target: string;
}

/** What a raw file name tells. */
export interface RawName {
  /** The device's series, safe in file names. */
  readonly source: string;
  /** The name's source before sanitising: two of these that sanitise to one `source` are an error. */
  readonly unsanitised: string;
  /** The date in the name, if there is one. Rows tell their days; this is only a label. */
  readonly date?: string;
}

/**
 * Reads the source off a raw file name: substitutions in order, then all before the first date (or behind it).
 *
 * @throws {TypeError} If nothing but a date is left.
 */
export function parseRawName(name: string, substitutions: readonly Substitution[] = []): RawName {
  let stem = name.replace(/\.csv(\.gz)?$/i, "");
  for (const { src, target } of substitutions) {
    const regex = /^\/(.+)\/$/s.exec(src);
    stem = regex ? stem.replace(new RegExp(regex[1]!, "g"), target) : stem.replaceAll(src, () => target);
  }
  const match = /\d{4}-\d\d-\d\d/.exec(stem);
  // Blanks become "_" below: they separate as it does.
  const before = (match ? stem.slice(0, match.index) : stem).replace(/[_\s]+$/, "");
  const unsanitised = before || (match ? stem.slice(match.index + 10).replace(/^[_\s]+|\s+$/g, "") : "");
  const source = sanitiseSource(unsanitised);
  if (!source) {
    throw new TypeError(`Cannot tell the source of "${name}": the name is only a date; rename it <source>_<date>.csv`);
  }
  return { source, unsanitised, ...(match ? { date: match[0] } : {}) };
}

/**
 * Makes a source safe in file names: all but letters, digits, `.`, `-` and `_` becomes `_`, runs of `_` become one. A
 * leading dot becomes `_` too, or the file would be hidden.
 */
export function sanitiseSource(text: string): string {
  return text.normalize("NFC").replace(/^\.|[^\p{L}\p{N}.\-_]/gu, "_").replace(/_+/g, "_");
}

/** Orders file names by code units, so that the order is the same on every machine. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a column holds quality flags. Flags stand behind the data and belong to no domain. */
export function isFlagColumn(name: string): boolean {
  return name === "quality_flag" || name.endsWith("__flag");
}
