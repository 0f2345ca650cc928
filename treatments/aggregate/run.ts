import {
  type Column,
  type Context,
  formatFileName,
  formatStamp,
  type InputFile,
  isFlagColumn,
  type Params,
  parseFileName,
  readParquet,
  type Table,
  worstFlag,
  writeParquet,
} from "myx";
import { type Metric, parseMetrics, typeOf } from "./metrics.ts";
import { summarise, SumOverflow } from "./summarise.ts";
import { type Grid, layGrid, parseWindows } from "./windows.ts";

/** Writes one file per window for each own file. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const windows = parseWindows(params.windows);
  const metrics = parseMetrics(params.metrics);
  for (const file of context.files) {
    if (file.role !== "own") continue;
    const key = keyOf(file);
    const table = readParquet(file.path);
    windows.forEach(({ name, micros }, done) => {
      const output = aggregate(table, layGrid(table.ts, micros), metrics, file.name);
      writeParquet(`${outputDir}/${formatFileName({ ...key, window: name })}`, output);
      context.progress(done + 1, windows.length);
    });
  }
}

function keyOf({ name }: InputFile): { source: string; domain: string; day: string } {
  const key = parseFileName(name);
  if (!key) throw new TypeError(`Cannot aggregate "${name}": expected a name <source>__<domain>__<YYYY-MM-DD>.parquet`);
  if (key.window) throw new TypeError(`Cannot aggregate "${name}": it is already aggregated over ${key.window}`);
  return key;
}

function aggregate(table: Table, grid: Grid, metrics: readonly Metric[], file: string): Table {
  const added = (table.meta?.added ?? {}) as Record<string, unknown>;
  const columns: Column[] = [];
  const flags: Column[] = [];
  for (const column of table.columns) {
    if (isFlagColumn(column.name)) {
      flags.push({ ...column, values: worstFlags(column.values, grid.rows) });
      continue;
    }
    const stem = Object.hasOwn(added, column.name) ? column.name : `${column.name}__raw`;
    summariseColumn(column, grid, metrics, file).forEach((values, m) => {
      const { name, kind } = metrics[m]!;
      columns.push({ name: `${stem}__${name}`, type: typeOf(kind, column.type), values });
    });
  }
  return { ts: grid.starts, columns: [...columns, ...flags] };
}

function summariseColumn({ name, type, values }: Column, grid: Grid, metrics: readonly Metric[], file: string) {
  try {
    return summarise(values, grid, metrics, type === "int64");
  } catch (cause) {
    if (!(cause instanceof SumOverflow)) throw cause;
    throw new RangeError(
      `Cannot sum column "${name}" of "${file}" in the window of ${formatStamp(grid.starts[cause.window]!)}: ` +
        `${cause.message}; leave "sum" out of metrics or take shorter windows`,
      { cause },
    );
  }
}

/** The worst flag of each window. A window without rows has none: its whole row is null. */
function worstFlags(values: Float64Array, rows: Uint32Array): Float64Array {
  const worst = new Float64Array(rows.length - 1).fill(NaN);
  for (let w = 0; w < worst.length; w++) {
    for (let i = rows[w]!; i < rows[w + 1]!; i++) worst[w] = worstFlag(worst[w]!, values[i]!);
  }
  return worst;
}
