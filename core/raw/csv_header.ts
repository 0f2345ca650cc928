import { splitRecord } from "./csv_text.ts";
import { holdsStamp } from "./stamp_text.ts";

/** What no name begins with: a date of any kind. */
const STAMP_START = /^\d{1,4}[-/.]\d\d?[-/.]\d{1,4}/;
/** What is a value rather than a name. */
const VALUE = /^[+-]?[.,]?\d[\d.,]*(?:[eE][+-]?\d+)?$/;

/** What spreadsheets write before the header of a csv, for one another: the delimiter. */
export const SEPARATOR = /^"?sep=.?"?[ \t]*\r?$/i;

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
        `delimiter in the params of this step to that or to "auto"`,
    );
  }
  if (timeColumns.length === 0 && !names.some((name) => /\p{L}/u.test(name) && !STAMP_START.test(name))) {
    throw new TypeError(
      `Cannot parse "${file}": its first line, ${
        list(names.slice(0, 5))
      }, names no columns; make the line that names ` +
        "them the first one, and write stamps like 2026-01-20T10:00:00Z",
    );
  }
  if (names.length === 1) {
    throw new TypeError(
      `Cannot parse "${file}" as csv: its first line, ${
        list(names)
      }, names only one column, but the time and at least ` +
        "one value are needed",
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

/**
 * Whether a line that is no row is a header again: loggers write one whenever they start, maybe of other columns, and files
 * are put one behind the other. It has the name of the time where rows have the time, and no values. Right below a header a
 * line of names that nobody knows, such as `UTC;mV;mV`, tells the units.
 */
export function isHeaderAgain(
  line: string,
  { names }: CsvHeader,
  delimiter: string,
  timeColumns: readonly string[],
  { isBelow, isKey }: { readonly isBelow: boolean; isKey(name: string): boolean },
): boolean {
  const fields = splitRecord(line, delimiter);
  if (typeof fields === "string" || fields.filter((field) => field !== "").length < 2) return false;
  const isTimed = timeColumns.length > 0
    ? timeColumns.every((name) => fields.includes(name))
    : names[0] !== "" && fields[0] === names[0];
  const times = timeColumns.length > 0 ? timeColumns : names.slice(0, 1);
  const isName = (field: string) => !times.includes(field) && (names.includes(field) || isKey(field));
  if (isBelow && !fields.some(isName)) return false;
  return isTimed && fields.every((field) => names.includes(field) || !(VALUE.test(field) || holdsStamp(field)));
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
