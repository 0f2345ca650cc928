/** Rows as text: for people, for spreadsheets, for programs. */

/** How rows are written. */
export const ROW_FORMATS = ["table", "csv", "json"] as const;

/** One of {@linkcode ROW_FORMATS}. */
export type RowFormat = typeof ROW_FORMATS[number];

/** Writes rows that come in several parts. */
export type RowWriter = (rows: readonly Readonly<Record<string, unknown>>[]) => string;

/** A writer of rows with these columns; the first part has a header, where the format has one. */
export function rowWriter(format: RowFormat, columns: readonly string[]): RowWriter {
  return { table: tableWriter, csv: csvWriter, json: jsonWriter }[format](columns);
}

/** Widths are those of the first part, so that not all rows must be there before the first is shown. */
function tableWriter(columns: readonly string[]): RowWriter {
  let widths: number[] | undefined;
  let right: boolean[] = [];
  return (rows) => {
    const cells = rows.map((row) => columns.map((name) => printable(textOf(row[name]) ?? "")));
    const lines = cells;
    if (!widths) {
      const header = columns.map(printable);
      widths = header.map((name, c) => Math.max(name.length, ...cells.map((row) => row[c]!.length)));
      right = columns.map((name) => rows.every((row) => row[name] === null || isNumber(row[name])));
      lines.unshift(header, widths.map((width) => "-".repeat(width)));
    }
    const pad = (cell: string, c: number) => right[c] ? cell.padStart(widths![c]!) : cell.padEnd(widths![c]!);
    return lines.map((row) => `${row.map(pad).join("  ").trimEnd()}\n`).join("");
  };
}

/** RFC 4180 with commas; null is an empty field and an empty text is "". */
function csvWriter(columns: readonly string[]): RowWriter {
  let header = `${columns.map(quote).join(",")}\n`;
  return (rows) => {
    const lines = rows.map((row) =>
      `${
        columns.map((name) => {
          const text = textOf(row[name]);
          return text === undefined ? "" : text === "" ? '""' : quote(text);
        }).join(",")
      }\n`
    );
    const text = header + lines.join("");
    header = "";
    return text;
  };
}

/** One JSON object per line. */
function jsonWriter(columns: readonly string[]): RowWriter {
  return (rows) =>
    rows.map((row) => {
      const pairs = columns.map((name) => `${JSON.stringify(name)}:${jsonOf(row[name])}`);
      return `{${pairs.join(",")}}\n`;
    }).join("");
}

/** JSON has neither NaN nor infinities; whole numbers of any size it has. */
function jsonOf(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (value instanceof Uint8Array) return JSON.stringify(textOf(value));
  return JSON.stringify(value ?? null);
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Uint8Array) return `\\x${value.toHex()}`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint";
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
