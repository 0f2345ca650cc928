import {
  checkDelimiter,
  type Column,
  type Context,
  formatDecimals,
  formatShortest,
  type NumberFormat,
  type Params,
  quoteField,
  readParquet,
  writeText,
} from "myx";
import { selectColumns } from "./columns.ts";
import { stampWriter } from "./stamp.ts";

/** Rows put together before they are written: so few that V8 collects their texts young, or a child takes 100 MB more. */
const BATCH = 256;

/** Writes one CSV per Parquet file, one file in memory at a time. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const { delimiter, tz, decimals } = params;
  const globs: string[] = params.columns;
  const float = decimals === null ? formatShortest : formatDecimals(decimals);
  checkDelimiter(delimiter);
  const files = context.files.filter(({ role }) => role === "own");
  files.forEach((file, done) => {
    const { ts, columns: all, timeColumn = "ts" } = readParquet(file.path);
    const untimed = ts.findIndex(Number.isNaN);
    if (untimed >= 0) {
      throw new TypeError(`Cannot write "${file.name}" as CSV: its time is null in row ${untimed}; leave that row out`);
    }
    const columns = selectColumns(all, globs);
    if (columns.length < 1 && globs.length) {
      // The same words for every day and device, so that the run tells them once.
      context.warn(
        `No CSV of domain "${file.domain}": none of its columns is ${globs.map((g) => `"${g}"`).join(", ")}`,
      );
    } else {
      const path = `${outputDir}/${file.name.replace(/parquet$/, "csv")}`;
      using output = Deno.openSync(path, { write: true, create: true, truncate: true });
      const names = [timeColumn, ...columns.map(({ name }) => name)];
      writeText(output, `${names.map((name) => quoteField(name, delimiter)).join(delimiter)}\n`);
      writeRows(output, ts, columns, { stamp: stampWriter(ts, tz), float, delimiter });
    }
    context.progress(done + 1, files.length);
  });
}

interface Style {
  readonly stamp: (time: number) => string;
  readonly float: NumberFormat;
  readonly delimiter: string;
}

function writeRows(
  output: Deno.FsFile,
  ts: Float64Array,
  columns: readonly Column[],
  { stamp, float, delimiter }: Style,
): void {
  let text = "";
  for (let i = 0; i < ts.length; i++) {
    text += stamp(ts[i]!);
    for (const { type, values } of columns) {
      const value = values[i]!;
      text += value !== value ? delimiter : delimiter + (type === "int64" ? String(value) : float(value));
    }
    text += "\n";
    if (i % BATCH === BATCH - 1) {
      writeText(output, text);
      text = "";
    }
  }
  writeText(output, text);
}
