import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, callTreatment } from "./call.ts";
import type { UnitRecord } from "./ledger.ts";
import { inputsOf, type PlannedUnit, printOf, rejectsName } from "./plan.ts";
import { publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** Calls the treatment on a partition, showing how far it is, and puts its rejects in place of those of the call before. */
export async function compute(
  state: StepState,
  unit: PlannedUnit,
  pool: Pool,
  run: RunState,
  tally: Tally,
): Promise<CallOutcome> {
  const { now, strict, signal } = run;
  const onProgress = (part: number) => tally.progress(unit, part);
  const replace = run.outputMode !== "append";
  const outcome = await callTreatment(state, unit, pool, { now, replace, strict, signal, onProgress });
  const { rejects } = outcome.staged;
  const folder = `${state.output}/_rejects`;
  if (rejects.size) {
    makeRejects(folder);
    await publishFiles(folder, rejects, run.contents);
  } else await removeFiles(folder, [rejectsName(unit)]);
  // A loader that was told to replace has removed what is to be removed; the next replace need not ask again.
  const loads = state.step.treatment.output.format === "none";
  return loads && replace ? { ...outcome, metrics: { ...outcome.metrics, replaced: 1 } } : outcome;
}

/** Not with its parents: an output folder that went away while we work must not come back half empty. */
function makeRejects(folder: string): void {
  try {
    Deno.mkdirSync(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** What the ledger keeps of a computed partition. */
export function recordOf(state: StepState, unit: PlannedUnit, { metrics, staged }: CallOutcome): UnitRecord {
  const inputs = inputsOf(unit, unit.contents, state.step.params, metrics);
  const made = { code: state.code, params: state.params, inputs };
  return { key: unit.key, ...made, outputs: [...staged.files.keys()], metrics, print: printOf(made) };
}
