import {
  checkDelimiter,
  type Clock,
  type Context,
  DAY_US,
  dayOf,
  dayStart,
  fractionDigits,
  type InputFile,
  lowerBoundOf,
  openClock,
  type Params,
  parseWindow,
  quoteField,
  type Table,
  timeWriter,
  upperBoundOf,
  writeText,
} from "myx";
import { type ExportColumn, parseColumns, TIME } from "./columns.ts";
import { findColumns, findRows, type Range, readRows } from "./days.ts";
import { listNames } from "./ranges.ts";

/** Rows put together before they are written: so few that V8 collects their texts young, or a child takes 100 MB more. */
const BATCH = 256;

/** Writes the CSV of one source, one day in memory at a time. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const { aggregation, domain, delimiter, tz } = params;
  checkDelimiter(delimiter);
  const columns = parseColumns(params.columns);
  const clock = openClock(tz);
  const range = {
    from: params.from == null ? -Infinity : lowerBoundOf(params.from, tz),
    to: params.to == null ? Infinity : upperBoundOf(params.to, tz),
  };
  const files = context.files.filter((file) =>
    file.role === "own" && file.window === aggregation && touches(file, range)
  );
  const days = files.filter((file) => file.domain === domain);
  const first = findRows(days, range);
  const last = findRows(days.toReversed(), range);
  if (!first || !last) {
    context.warn(`Nothing to export: ${explainEmpty(params, context)}`);
    return;
  }
  const [from, to] = [first.rows.ts[0]!, last.rows.ts.at(-1)!].map((time) => dayOf(clock.local(time)));
  const path = `${outputDir}/${first.file.source}__${domain}__${aggregation}__${from}_${to}.csv`;
  using output = Deno.openSync(path, { write: true, create: true, truncate: true });
  writeText(
    output,
    `${[TIME, ...columns.map(({ name }) => name)].map((name) => quoteField(name, delimiter)).join(delimiter)}\n`,
  );
  const writeTime = timeWriter(fractionDigits(parseWindow(aggregation)));
  const domains = new Map<string, string>();
  days.forEach((file, done) => {
    const table = readRows(file, range);
    if (table.ts.length) {
      const others = files.filter((other) => other.day === file.day && other.domain !== domain);
      const values = findColumns(columns, { table, domain, others }, domains);
      writeRows(output, table.ts, values, columns, { clock, writeTime, delimiter });
    }
    context.progress(done + 1, days.length);
  });
  const absent = listNames(columns.map(({ source }) => source).filter((source) => !domains.has(source)));
  if (!absent) return;
  // The engine names the source, so that equal words about several sources are told once.
  if (params.strict) {
    throw new TypeError(
      `Cannot export all columns: no ${absent} in the days exported; leave it out of columns or turn strict off`,
    );
  }
  // Where nothing was found the names are at fault, not a device that lacks a channel.
  const instead = domains.size ? "" : `; name in columns some of those there are, ${someOf(first.rows)}`;
  context.warn(`No ${absent} in the days exported: left empty${instead}`);
}

function someOf({ columns }: Table): string {
  const more = columns.length > 4 ? ` and ${columns.length - 4} more` : "";
  return columns.slice(0, 4).map(({ name }) => `"${name}"`).join(", ") + more;
}

function explainEmpty({ aggregation, domain }: Params, { files, partition }: Context): string {
  const asked = `domain "${domain}" and aggregation "${aggregation}"`;
  if (files.some((file) => file.domain === domain && file.window === aggregation)) {
    return `"${partition.source}" has no row of ${asked} from "from" to "to"`;
  }
  const there = [...new Set(files.map((file) => `${file.domain} ${file.window ?? "without one"}`))].sort().join(", ");
  return `"${partition.source}" has no file of ${asked}, only ${there}`;
}

function touches({ day }: InputFile, { from, to }: Range): boolean {
  const start = dayStart(day!);
  return start <= to && start + DAY_US > from;
}

interface Style {
  readonly clock: Clock;
  readonly writeTime: (local: number) => string;
  readonly delimiter: string;
}

function writeRows(
  output: Deno.FsFile,
  ts: Float64Array,
  values: readonly (Float64Array | undefined)[],
  columns: readonly ExportColumn[],
  { clock, writeTime, delimiter }: Style,
): void {
  let text = "";
  for (let i = 0; i < ts.length; i++) {
    text += writeTime(clock.local(ts[i]!));
    for (let c = 0; c < columns.length; c++) {
      const value = values[c]?.[i] ?? NaN;
      text += value === value ? delimiter + columns[c]!.format(value) : delimiter;
    }
    text += "\n";
    if (i % BATCH === BATCH - 1) {
      writeText(output, text);
      text = "";
    }
  }
  writeText(output, text);
}
