/** Rows as text: for people, for spreadsheets, for programs. Values are as PostgreSQL writes them, so that none is rounded. */
import type { TextColumn, Texts } from "./connection.ts";

/** How rows are written. */
const ROW_FORMATS = ["table", "csv", "json"] as const;

/** One of {@linkcode ROW_FORMATS}. */
export type RowFormat = typeof ROW_FORMATS[number];

/** Writes rows that come in several parts. */
export type RowWriter = (rows: Texts["rows"]) => string;

const BOOLEAN = 16;
/** bigint, smallint, integer, oid, real and double precision. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701]);
/** json and jsonb. */
const JSONS = new Set([114, 3802]);

/** A writer of rows with these columns; the first part has a header, where the format has one. */
export function rowWriter(format: RowFormat, columns: readonly TextColumn[]): RowWriter {
  return { table: tableWriter, csv: csvWriter, json: jsonWriter }[format](columns);
}

/** Widths are those of the first part, so that not all rows must be there before the first is shown. */
function tableWriter(columns: readonly TextColumn[]): RowWriter {
  let widths: number[] | undefined;
  const right = columns.map(({ type }) => NUMBERS.has(type));
  return (rows) => {
    const cells = rows.map((row) => columns.map(({ type }, c) => printable(textOf(row[c]!, type) ?? "")));
    const lines = cells;
    if (!widths) {
      const header = columns.map(({ name }) => printable(name));
      widths = header.map((name, c) => Math.max(name.length, ...cells.map((row) => row[c]!.length)));
      lines.unshift(header, widths.map((width) => "-".repeat(width)));
    }
    const pad = (cell: string, c: number) => right[c] ? cell.padStart(widths![c]!) : cell.padEnd(widths![c]!);
    return lines.map((row) => `${row.map(pad).join("  ").trimEnd()}\n`).join("");
  };
}

/** RFC 4180 with commas; null is an empty field and an empty text is "". */
function csvWriter(columns: readonly TextColumn[]): RowWriter {
  let header = `${columns.map(({ name }) => quote(name)).join(",")}\n`;
  return (rows) => {
    const lines = rows.map((row) =>
      `${
        columns.map(({ type }, c) => {
          const text = textOf(row[c]!, type);
          return text === null ? "" : text === "" ? '""' : quote(text);
        }).join(",")
      }\n`
    );
    const text = header + lines.join("");
    header = "";
    return text;
  };
}

/** One JSON object per line. */
function jsonWriter(columns: readonly TextColumn[]): RowWriter {
  const keys = distinct(columns.map(({ name }) => name)).map((name) => JSON.stringify(name));
  return (rows) =>
    rows.map((row) => {
      const pairs = columns.map(({ type }, c) => `${keys[c]}:${jsonOf(row[c]!, type)}`);
      return `{${pairs.join(",")}}\n`;
    }).join("");
}

/** An object has a name once: the second of columns that share one gets `_2`, or what follows where that is taken. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let n = 2;
    while (taken.has(`${name}_${n}`)) n++;
    taken.add(`${name}_${n}`);
    return `${name}_${n}`;
  });
}

/** JSON has neither NaN nor infinities; whole numbers of any size it has. */
function jsonOf(text: string | null, type: number): string {
  if (text === null) return "null";
  if (type === BOOLEAN || NUMBERS.has(type) && /\d/.test(text)) return textOf(text, type)!;
  // Line breaks stand only between its parts: in its strings they are escaped.
  return JSONS.has(type) ? text.replace(/[\r\n]+/g, " ") : JSON.stringify(text);
}

function textOf(text: string | null, type: number): string | null {
  return type !== BOOLEAN || text === null ? text : text === "t" ? "true" : "false";
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a terminal would take for a command, or what would turn its text around, is shown as an escape. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
