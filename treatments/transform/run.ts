import { type Column, type Context, type Params, readParquet, recycle, type Table, writeParquet } from "myx";
import { applyTo, FUNCTIONS } from "./functions.ts";
import { checkSpecs, findSlips, resolveSteps, type Spec, type Step } from "./plan.ts";

/** Where an added column comes from; stored in the file's metadata, where aggregate takes its names from. */
type Added = Record<string, { source: string; function: string }>;

/** Writes each own file with its domain's transforms applied. */
export function run(_inputDir: string, outputDir: string, params: Params, context: Context): void {
  const specs: readonly Spec[] = params.transforms;
  checkSpecs(specs);
  for (const file of context.files) {
    if (file.role !== "own") continue;
    const table = readParquet(file.path, { near: true });
    const names = table.columns.map((column) => column.name);
    for (const slip of findSlips(specs, names)) context.warn(`${slip}; skipped in "${file.name}"`);
    const transformed = apply(table, resolveSteps(specs, file.domain ?? "", names), context);
    writeParquet(`${outputDir}/${file.name}`, transformed);
    recycle(table, transformed);
  }
}

function apply(table: Table, steps: readonly Step[], context: Context): Table {
  const columns: Column[] = [];
  const added: Added = { ...(table.meta?.added as Added | undefined) };
  let nulled = 0;
  const make = (source: Column, step: Step): Column => {
    const result = applyTo(source.values, FUNCTIONS.get(step.function)!);
    nulled += result.nulled;
    return { name: step.output, type: step.function === "identity" ? source.type : "float64", values: result.values };
  };
  for (const column of table.columns) {
    const own = steps.filter((step) => step.source === column.name);
    const replace = own.find((step) => step.mode === "replace");
    columns.push(replace ? make(column, replace) : column);
    for (const step of own) {
      if (step.mode === "replace") continue;
      columns.push(make(column, step));
      added[step.output] = { source: step.source, function: step.function };
    }
  }
  if (nulled) context.metric("nulled_domain", nulled);
  return { ts: table.ts, columns, ...(Object.keys(added).length ? { meta: { added } } : {}) };
}
