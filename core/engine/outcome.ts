import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, callTreatment } from "./call.ts";
import { boundsOf } from "./day_params.ts";
import type { UnitRecord } from "./ledger.ts";
import { inputsOf, isSettled, type PlannedUnit, printOf, rejectsName } from "./plan.ts";
import { publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import { isRange } from "./selection.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** What a call brought for each partition. */
export interface Outcomes {
  readonly outcomes: readonly CallOutcome[];
  /** Resolves when their rejects are in place, which takes the disk a while; nobody may be told of the outcomes before. */
  readonly rejected: Promise<void>;
}

/**
 * Calls the treatment on a partition, or on several files, showing how far it is, and begins to put their rejects in place
 * of those of the calls before.
 *
 * @param rejectsBefore Names of the files of rejects there are.
 */
export async function compute(
  state: StepState,
  units: readonly PlannedUnit[],
  pool: Pool,
  run: RunState,
  tally: Tally,
  rejectsBefore: ReadonlySet<string>,
): Promise<Outcomes> {
  const { now, days, strict, signal } = run;
  const onProgress = (part: number) => tally.progress(units, part);
  const replace = run.outputMode !== "append";
  const anew = run.outputMode === "full-replace";
  const outcomes = await callTreatment(state, units, pool, { now, replace, days, anew, strict, signal, onProgress });
  const rejected = putRejects(state, units, outcomes, run, rejectsBefore);
  // Told to who awaits it.
  rejected.catch(() => {});
  // A loader that was told to replace on all days has removed what is to be removed; the next replace need not ask again.
  const loads = state.step.treatment.output.format === "none";
  const done = (outcome: CallOutcome) => ({ ...outcome, metrics: { ...outcome.metrics, replaced: 1 } });
  return { outcomes: loads && replace && !isRange(days) ? outcomes.map(done) : outcomes, rejected };
}

async function putRejects(
  state: StepState,
  units: readonly PlannedUnit[],
  outcomes: readonly CallOutcome[],
  run: RunState,
  before: ReadonlySet<string>,
): Promise<void> {
  const folder = `${state.output}/_rejects`;
  const rejects = new Map(outcomes.flatMap(({ staged }) => [...staged.rejects]));
  if (rejects.size) {
    makeRejects(folder);
    await publishFiles(folder, rejects, run.contents);
  }
  await removeFiles(folder, units.map(rejectsName).filter((name) => before.has(name) && !rejects.has(name)));
}

/** Not with its parents: an output folder that went away while we work must not come back half empty. */
function makeRejects(folder: string): void {
  try {
    Deno.mkdirSync(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** What the ledger keeps of a partition computed at `now`. */
export function recordOf(state: StepState, unit: PlannedUnit, outcome: CallOutcome, now: number): UnitRecord {
  const { staged } = outcome;
  const metrics = { ...outcome.metrics };
  // What is pending in files that were told to be whole is no line that waits: it would be computed again for ever.
  if (metrics.pending && unit.own.every((file) => isSettled(file, now))) metrics.pending = 0;
  // Rejects that were only counted left no file, which would be missed for ever.
  if (!staged.rejects.size) { for (const name in metrics) if (name.startsWith("reject:")) delete metrics[name]; }
  const inputs = inputsOf(unit, unit.contents, boundsOf(state.step), metrics);
  const made = { code: state.code, params: state.params, inputs, metrics };
  return { key: unit.key, ...made, outputs: [...staged.files.keys()], print: printOf(made) };
}
