import type { Params } from "../contract/context.ts";
import { lowerBoundOf, upperBoundOf } from "../data/bounds.ts";
import type { Substitution } from "../data/naming.ts";
import { type Domain, readDomains } from "./domains.ts";

/** How raw files are read: the params, checked and in the form the readers use. */
export interface RawSettings {
  /** One character, or `auto`. */
  readonly delimiter: string;
  /** How rows are written; `auto` looks at each file. */
  readonly format: "auto" | "kv" | "csv";
  /** IANA zone of stamps without an offset. */
  readonly tz: string;
  /** Names of the columns that hold the time in csv; none for the first. */
  readonly timeColumns: readonly string[];
  /** Groups of keys with one type. */
  readonly domains: readonly Domain[];
  /** Replacements on file names, before the source is read off them. */
  readonly substitutions: readonly Substitution[];
  /** The first moment to keep, in microseconds, included. */
  readonly from: number;
  /** The last moment to keep, in microseconds, included. */
  readonly to: number;
}

/**
 * Reads the params `delimiter`, `format`, `tz`, `time_columns`, `domains`, `file_name_substitute`, `from` and `to`.
 *
 * @param timeColumn A name that no key of a domain may have: that of the time column in the output.
 * @throws {TypeError} If one of them cannot be used.
 */
export function readRawSettings(params: Params, timeColumn: string): RawSettings {
  const { delimiter, format, tz, time_columns, domains, file_name_substitute, from, to } = params;
  // A mark that can stand in a stamp or a number would cut them; a blank is trimmed, a quote quotes, a colon has its use.
  if (delimiter !== "auto" && !/^[!#$%&'()*,/;<=>?@[\\\]^_`{|}~\t]$/.test(delimiter)) {
    throw new TypeError(
      `Cannot use delimiter ${JSON.stringify(delimiter)}: expected one character such as ";" or "auto"`,
    );
  }
  if (![0, 1, 6].includes(time_columns.length) || new Set(time_columns).size !== time_columns.length) {
    throw new TypeError(
      `Cannot use time_columns ${
        JSON.stringify(time_columns)
      }: expected one column, or six of year, month, day, hour, ` +
        "minute and second",
    );
  }
  for (const { src } of file_name_substitute) checkPattern(src);
  return {
    delimiter,
    format,
    tz,
    timeColumns: time_columns,
    domains: readDomains(domains, timeColumn),
    substitutions: file_name_substitute,
    from: from ? lowerBoundOf(from) : -Infinity,
    to: to ? upperBoundOf(to) : Infinity,
  };
}

function checkPattern(src: string): void {
  if (src === "") throw new TypeError(`Cannot use file_name_substitute "": name the text to replace`);
  try {
    new RegExp(/^\/(.+)\/$/s.exec(src)?.[1] ?? "");
  } catch (cause) {
    throw new TypeError(`Cannot use file_name_substitute "${src}": ${(cause as Error).message}`, { cause });
  }
}
