import { splitRecord } from "./csv_text.ts";

/** What a csv's header line says. */
export interface CsvHeader {
  /** Column names as written; an empty one is not read. */
  readonly names: readonly string[];
  /** Indexes of the one or six columns that make up the stamp. */
  readonly time: readonly number[];
}

/**
 * Reads the header line of a csv.
 *
 * @throws {TypeError} If it cannot be read, a name comes twice, or a time column is missing.
 */
export function readHeader(
  file: string,
  line: string,
  delimiter: string,
  timeColumns: readonly string[],
): CsvHeader {
  const names = splitRecord(line, delimiter);
  if (typeof names === "string") throw new TypeError(`Cannot parse "${file}": its header line has ${names}`);
  const twice = new Set(names.filter((name, i) => name !== "" && names.indexOf(name) !== i));
  if (twice.size > 0) {
    throw new TypeError(
      `Cannot parse "${file}": its header names ${list([...twice])} more than once; rename one of the columns`,
    );
  }
  const other = [",", ";", "\t"].find((mark) => mark !== delimiter && line.includes(mark));
  if (names.length === 1 && other !== undefined) {
    throw new TypeError(
      `Cannot parse "${file}": its header has no ${JSON.stringify(delimiter)}, but ${JSON.stringify(other)}; set ` +
        `delimiter to that or to "auto"`,
    );
  }
  const missing = timeColumns.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new TypeError(
      `Cannot parse "${file}": its header has no time column ${list(missing)}, only ${list(names.slice(0, 20))}; ` +
        "correct time_columns",
    );
  }
  return { names, time: timeColumns.length > 0 ? timeColumns.map((name) => names.indexOf(name)) : [0] };
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
