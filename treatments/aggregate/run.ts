import {
  borrowNear,
  type Column,
  type Context,
  dayFault,
  formatFileName,
  formatStamp,
  type InputFile,
  isFlagColumn,
  type Params,
  parseFileName,
  readParquet,
  recycle,
  type Table,
  worstFlag,
  writeParquet,
} from "myx";
import { type Metric, parseMetrics, typeOf } from "./metrics.ts";
import { summarise, SumOverflow } from "./summarise.ts";
import { type Grid, layGrids, parseWindows, windowsFault } from "./windows.ts";

/** Writes one file per window for each own file. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const windows = parseWindows(params.windows);
  const metrics = parseMetrics(params.metrics);
  for (const file of context.files) {
    if (file.role !== "own") continue;
    const key = keyOf(file);
    const table = readParquet(file.path, { near: true });
    // Before a grid is laid: one row of 1970 would make it hundreds of millions of windows long.
    const fault = dayFault(table.ts, key.day) ?? windowsFault(table.ts, windows);
    if (fault) throw new TypeError(`Cannot aggregate "${file.name}": ${fault}`);
    const grids = layGrids(table.ts, windows.map(({ micros }) => micros));
    const columns = summariseColumns(table, grids, metrics, { file: file.name, progress: context.progress });
    const outputs = grids.map(({ starts }, w) => ({ ts: starts, columns: columns[w]! }));
    windows.forEach(({ name }, w) => {
      writeParquet(`${outputDir}/${formatFileName({ ...key, window: name })}`, outputs[w]!);
    });
    recycle(table, ...outputs);
  }
}

function keyOf({ name }: InputFile): { source: string; domain: string; day: string } {
  const key = parseFileName(name);
  if (!key) throw new TypeError(`Cannot aggregate "${name}": expected a name <source>__<domain>__<YYYY-MM-DD>.parquet`);
  if (key.window) throw new TypeError(`Cannot aggregate "${name}": it is already aggregated over ${key.window}`);
  return key;
}

/**
 * The columns of each grid. Works column by column: what is known of a column serves all grids, and its memory serves for
 * what comes out of the next one, as fresh memory costs page faults. So `table` is of no use afterwards.
 */
function summariseColumns(
  table: Table,
  grids: readonly Grid[],
  metrics: readonly Metric[],
  { file, progress }: { file: string; progress: Context["progress"] },
): Column[][] {
  const added = (table.meta?.added ?? {}) as Record<string, unknown>;
  const data: Column[][] = grids.map(() => []);
  const flags: Column[][] = grids.map(() => []);
  let spare: Float64Array = borrowNear(table.ts.length);
  for (const [done, column] of table.columns.entries()) {
    if (isFlagColumn(column.name)) {
      grids.forEach(({ rows }, g) => flags[g]!.push({ ...column, values: worstFlags(column.values, rows) }));
      continue;
    }
    const stem = Object.hasOwn(added, column.name) ? column.name : `${column.name}__raw`;
    try {
      summarise(column.values, grids, metrics, column.type === "int64", carve(spare)).forEach((outputs, g) => {
        outputs.forEach((values, m) => {
          const { name, kind } = metrics[m]!;
          data[g]!.push({ name: `${stem}__${name}`, type: typeOf(kind, column.type), values });
        });
      });
    } catch (cause) {
      throw cause instanceof SumOverflow ? explain(cause, column.name, grids[cause.grid]!, file) : cause;
    }
    spare = column.values;
    progress(done + 1, table.columns.length);
  }
  return grids.map((_, g) => [...data[g]!, ...flags[g]!]);
}

/** Hands out pieces of `memory`, and other memory where it is used up. */
function carve(memory: Float64Array): (length: number) => Float64Array {
  let used = 0;
  return (length) => {
    if (used + length > memory.length) return borrowNear(length);
    used += length;
    return memory.subarray(used - length, used);
  };
}

function explain(cause: SumOverflow, column: string, grid: Grid, file: string): RangeError {
  return new RangeError(
    `Cannot sum column "${column}" of "${file}" in the window of ${formatStamp(grid.starts[cause.window]!)}: ` +
      `${cause.message}; leave "sum" out of metrics or take shorter windows`,
    { cause },
  );
}

/** The worst flag of each window. A window without rows has none: its whole row is null. */
function worstFlags(values: Float64Array, rows: Uint32Array): Float64Array {
  const worst = new Float64Array(rows.length - 1).fill(NaN);
  for (let w = 0; w < worst.length; w++) {
    for (let i = rows[w]!; i < rows[w + 1]!; i++) worst[w] = worstFlag(worst[w]!, values[i]!);
  }
  return worst;
}
