import { lowerBoundOf, type Params, type Substitution, upperBoundOf } from "myx";
import { type Domain, readDomains } from "./domains.ts";

/** The params, checked and in the form the readers use. */
export interface Settings {
  /** One character, or `auto`. */
  readonly delimiter: string;
  readonly format: "auto" | "kv" | "csv";
  readonly tz: string;
  /** Name of the time column in the output. */
  readonly timeColumn: string;
  /** Names of the columns that hold the time in csv; none for the first. */
  readonly timeColumns: readonly string[];
  readonly domains: readonly Domain[];
  readonly substitutions: readonly Substitution[];
  /** The bounds, in microseconds, both included. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the params.
 *
 * @throws {TypeError} If one of them cannot be used.
 */
export function readSettings(params: Params): Settings {
  const { delimiter, format, tz, timestamp_column, time_columns, domains, file_name_substitute, from, to } = params;
  // A mark that can stand in a stamp or a number would cut them; a blank is trimmed, a quote quotes, a colon has its use.
  if (delimiter !== "auto" && !/^[!#$%&'()*,/;<=>?@[\\\]^_`{|}~\t]$/.test(delimiter)) {
    throw new TypeError(
      `Cannot use delimiter ${JSON.stringify(delimiter)}: expected one character such as ";" or "auto"`,
    );
  }
  if (timestamp_column === "") throw new TypeError('Cannot use timestamp_column "": expected a name such as "ts"');
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
    timeColumn: timestamp_column,
    timeColumns: time_columns,
    domains: readDomains(domains, timestamp_column),
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
