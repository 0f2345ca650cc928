import {
  type Context,
  type InputFile,
  isFlagColumn,
  type Params,
  readParquet,
  recycle,
  type Table,
  writeParquet,
} from "myx";
import { type Distinct, dropDuplicates } from "./duplicates.ts";
import { addFlags, type Codes } from "./flags.ts";
import { judge } from "./judge.ts";
import { type Neighbours, readNeighbours } from "./neighbours.ts";
import { type Rules, rulesOf } from "./rules.ts";

/** Cleans each day's file: first repeated rows, then values out of range, then spikes, then flags. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  for (const own of context.files.filter(({ role }) => role === "own")) {
    const rules = rulesOf(params, own.domain);
    const input = readParquet(own.path, { near: true });
    const { table, duplicates, conflicts } = rules && params.drop_duplicates ? dropDuplicates(input) : untouched(input);
    context.metric("duplicates", duplicates);
    context.metric("conflicts", conflicts);
    const kept = params.quality_flag !== "none";
    const codes = clean(table, rules, neighboursOf(table, own, rules, params, context.files), kept, context);
    writeParquet(`${outputDir}/${own.name}`, {
      ts: table.ts,
      columns: addFlags(table.ts.length, table.columns, codes, params.quality_flag),
      meta: { added: table.meta?.added },
    });
    recycle(input);
  }
}

/** Cleans the data columns of `table` in place and returns what each cell is, where that is to be `kept`. */
function clean(
  table: Table,
  rules: Rules | undefined,
  { before, after }: Neighbours,
  kept: boolean,
  context: Context,
): Codes {
  const rows = table.ts.length;
  const codes = new Map<string, Uint8Array>();
  const none = new Float64Array(0);
  const scratch = new Uint8Array(kept ? 0 : rows);
  for (const { name, values } of table.columns) {
    if (isFlagColumn(name)) continue;
    const halo = { before: before.get(name) ?? none, after: after.get(name) ?? none };
    const found = kept ? new Uint8Array(rows) : scratch.fill(0);
    const nulled = judge(values, rules, halo, found);
    context.metric("nulled_out_of_range", nulled.outOfRange);
    context.metric("nulled_spike", nulled.spikes);
    if (kept) codes.set(name, found);
  }
  return codes;
}

/** The rows of other days that the windows of this day's first and last row reach. */
function neighboursOf(
  table: Table,
  own: InputFile,
  rules: Rules | undefined,
  params: Params,
  files: readonly InputFile[],
): Neighbours {
  if (!rules?.spikes || table.ts.length === 0) return { before: new Map(), after: new Map() };
  const before = Math.floor(rules.spikes.window / 2);
  return readNeighbours(files, own, {
    before,
    after: rules.spikes.window - before - 1,
    distinct: params.drop_duplicates,
    columns: table.columns.map(({ name }) => name).filter((name) => !isFlagColumn(name)),
  });
}

function untouched(table: Table): Distinct {
  return { table, duplicates: 0, conflicts: 0 };
}
