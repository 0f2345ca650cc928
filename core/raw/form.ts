import { SEPARATOR } from "./csv_header.ts";
import type { Sample } from "./sample.ts";
import type { RawSettings } from "./settings.ts";

/** How a file writes its rows. */
export interface Form {
  readonly format: "kv" | "csv";
  readonly delimiter: string;
}

const DELIMITERS = [",", ";", "\t"];
const STAMP_START = /^[ \t]*"?\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/;
const STAMP = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d*)?(?:[Zz]|[+-]\d\d:?\d\d)?$/;
/**
 * A key without any of the marks that could have been the delimiter, then a colon. Not what a comma cuts a stamp such as
 * `10:00:00,123+01:00` down to.
 */
const PAIR = /^(?!\d{0,9}[+-]\d\d:\d\d)[^,;\t:]+:/;
/** A digit is looked for ahead: two runs of digits side by side would take quadratic time on a long one. */
const NUMBER = /^"?[+-]?(?=[.,]*\d)[\d.,]+(?:[eE][+-]?\d+)?"?$/;
const MOST_LINES = 200;
const LF = 10;
const decoder = new TextDecoder();

/**
 * Finds out how a file writes its rows, where the params leave it open.
 *
 * @throws {TypeError} If the file cannot be what the params say, or is csv without a header line.
 */
export function formOf(name: string, sample: Sample, settled: boolean, settings: RawSettings): Form {
  const { format, delimiter } = settings;
  const candidates = delimiter === "auto" ? DELIMITERS : [delimiter];
  // Nearly always the first line tells, and then the others need no look.
  const head = format === "csv" ? "" : headOf(sample);
  const plain = STAMP_START.test(head) ? bestPairs([head], candidates) : undefined;
  if (plain !== undefined) return { format: "kv", delimiter: plain };
  const lines = linesOf(sample, settled);
  const first = lines[0];
  if (first === undefined) return { format: format === "auto" ? "kv" : format, delimiter: candidates[0]! };
  const stamped = lines.filter((line) => STAMP_START.test(line));
  const kv = bestPairs(stamped, candidates);
  if (format === "kv") return { format, delimiter: kv ?? behindStamp(stamped, candidates) ?? candidates[0]! };
  const headed = !STAMP_START.test(first);
  if (format === "csv" && !headed) {
    throw new TypeError(
      `Cannot parse "${name}" as csv: its first line starts with a time stamp where the header should be; add a header ` +
        `line, or set format "kv" if the lines are key:value`,
    );
  }
  const pairs = headed && format === "auto" ? pairsBehind(first, kv === undefined ? candidates : [kv]) : undefined;
  // A log that was cut begins with the rest of a line: then what follows tells, or what that rest has.
  if (format === "auto" && kv && (!headed || pairs || (mostlyPairs(stamped, kv) && !isHeader(first, stamped, kv)))) {
    return { format: "kv", delimiter: kv };
  }
  // Its stamp cannot be read, but a header it is not: as one it would be lost.
  if (pairs !== undefined && mostlyPairs(stamped, pairs)) return { format: "kv", delimiter: pairs };
  if (headed && (format === "csv" || [...DELIMITERS, ...candidates].some((mark) => first.includes(mark)))) {
    return { format: "csv", delimiter: delimiter === "auto" ? headerDelimiter(first, stamped) : delimiter };
  }
  if (kv === undefined) refuseWrongDelimiter(name, stamped);
  return { format: "kv", delimiter: kv ?? behindStamp(stamped, candidates) ?? candidates[0]! };
}

/** The lines to judge by, maybe with CRs behind them: whole ones, or the beginning of a very long one. */
function linesOf({ bytes, whole }: Sample, settled: boolean): string[] {
  const lines = decoder.decode(bytes).replaceAll("\0", "").split("\n", MOST_LINES + 1);
  const open = lines.length <= MOST_LINES ? lines.pop()! : "";
  const filled = lines.filter((line) => line.trim() !== "");
  if (SEPARATOR.test(filled[0] ?? "")) filled.shift();
  return filled.length === 0 && open.trim() !== "" && (settled || !whole) ? [open] : filled;
}

/** The first line, maybe with a CR behind it; nothing if it does not end within the sample. */
function headOf({ bytes }: Sample): string {
  const end = bytes.indexOf(LF);
  return end < 0 ? "" : decoder.decode(bytes.subarray(0, end)).replaceAll("\0", "");
}

function splitLine(line: string, delimiter: string): string[] {
  return line.split(delimiter).map((segment) => segment.trim());
}

/** The delimiter that shows most key:value segments in the first line that shows any. */
function bestPairs(lines: readonly string[], delimiters: readonly string[]): string | undefined {
  for (const line of lines) {
    let best: string | undefined;
    let most = 0;
    for (const delimiter of delimiters) {
      const [stamp, ...segments] = splitLine(line, delimiter);
      const pairs = STAMP.test(stamp!) ? segments.filter((segment) => PAIR.test(segment)).length : 0;
      if (pairs > most) [best, most] = [delimiter, pairs];
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The delimiter under which all that stands behind the first field of a line is key:value. */
function pairsBehind(line: string, delimiters: readonly string[]): string | undefined {
  return delimiters.find((delimiter) =>
    splitLine(line, delimiter).slice(1).some((segment) => segment !== "") && onlyPairs(line, delimiter)
  );
}

/** Whether most lines have nothing but key:value behind their stamp, of those that have anything: some key lacks its value. */
function mostlyPairs(lines: readonly string[], delimiter: string): boolean {
  const filled = lines.filter((line) => splitLine(line, delimiter).slice(1).some((segment) => segment !== ""));
  const others = filled.filter((line) => !onlyPairs(line, delimiter));
  return filled.length === 0 || 2 * others.length < filled.length;
}

/** Whether a first line names fields of which lines have numbers: a key that lacks its value is none. */
function isHeader(first: string, lines: readonly string[], delimiter: string): boolean {
  return first.includes(delimiter) && !first.includes(":") &&
    lines.some((line) => splitLine(line, delimiter).slice(1).some((segment) => NUMBER.test(segment)));
}

function onlyPairs(line: string, delimiter: string): boolean {
  return splitLine(line, delimiter).slice(1).every((segment) => segment === "" || PAIR.test(segment));
}

/** The delimiter that stands right behind the stamp of the first line where one does: a comma in a stamp is part of it. */
function behindStamp(lines: readonly string[], delimiters: readonly string[]): string | undefined {
  for (const line of lines) {
    let best: string | undefined;
    let longest = 0;
    for (const delimiter of delimiters) {
      const [first, ...rest] = splitLine(line, delimiter);
      const stamp = first!.replace(/^"(.*)"$/, "$1");
      if (rest.length > 0 && STAMP.test(stamp) && stamp.length > longest) [best, longest] = [delimiter, stamp.length];
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The delimiter of a header: the one behind the stamps, as names may have commas, or that which cuts it into most. */
function headerDelimiter(header: string, stamped: readonly string[]): string {
  const bare = header.replace(/"[^"]*"/g, "");
  const behind = behindStamp(stamped, DELIMITERS);
  if (behind !== undefined && bare.includes(behind)) return behind;
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

/** Lines that start with stamps but show no key:value under the given delimiter. */
function refuseWrongDelimiter(name: string, lines: readonly string[]): void {
  const other = bestPairs(lines, DELIMITERS);
  if (other !== undefined) {
    throw new TypeError(
      `Cannot parse "${name}": its fields are separated by ${
        JSON.stringify(other)
      }; set delimiter in the params of this step to that or to "auto"`,
    );
  }
  const bare =
    /^[ \t]*"?\d{4}-\d\d-\d\d[Tt ][\d:.]+(?:[Zz]|[+-]\d\d:?\d\d)?"?[ \t]*[,;\t][ \t]*(?:[-+]?\.?\d|"|[,;\t])/;
  if (lines.some((line) => bare.test(line))) {
    throw new TypeError(
      `Cannot parse "${name}": it looks like csv without a header line; make the line that names the columns the first one`,
    );
  }
}
