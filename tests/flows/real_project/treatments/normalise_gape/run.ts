import { concatTables, type Context, type Params, readParquet, sliceTable, type Table, writeParquet } from "myx";

export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  for (const { name, path } of context.files) {
    const { ts, columns } = readParquet(path);
    const replicates = replicatesOf({ ts, columns }, params["gap_s"]);
    const scaled = replicates.map((replicate) => sliceTable(normalise(replicate, params), 0, params["rows"]));
    writeParquet(`${outputDir}/${name}`, concatTables(scaled));
  }
}

function replicatesOf(table: Table, gap: number): Table[] {
  const starts = [...table.ts.keys()].filter((i) => i === 0 || table.ts[i]! - table.ts[i - 1]! > gap * 1e6);
  return starts.map((start, i) => sliceTable(table, start, starts[i + 1] ?? table.ts.length));
}

function normalise({ ts, columns }: Table, params: Params): Table {
  return {
    ts,
    columns: columns.map((column) => {
      const sorted = column.values.filter((value) => !Number.isNaN(value)).sort();
      const [low, high] = [quantile(sorted, params["low"]), quantile(sorted, params["high"])];
      const scale = (value: number) => (Math.min(Math.max(value, low), high) - low) / (high - low);
      return { ...column, values: column.values.map(scale) };
    }),
  };
}

/** Type 7 of Hyndman and Fan, the default of R. */
function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}
