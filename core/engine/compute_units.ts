import { MyxError } from "../contract/errors.ts";
import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, callTreatment } from "./call.ts";
import { inputsOf, madeFrom, type PlannedUnit, printOf, type StepPlan } from "./plan.ts";
import { publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** Computes partitions and publishes each as soon as it is done. */
export async function computeUnits(
  state: StepState,
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  takePool: () => Pool,
  run: RunState,
  tally: Tally,
): Promise<void> {
  await using pool = takePool();
  const owners = new Map(plan.units.flatMap(({ key, record }) => (record?.outputs ?? []).map((name) => [name, key])));
  await forEach(todo, 2 * run.jobs, run.signal, async (unit) => {
    const start = performance.now();
    try {
      const outcome = await call(state, unit, pool, run, tally);
      for (const name of outcome.staged.files.keys()) {
        const owner = owners.get(name) ?? unit.key;
        if (owner !== unit.key) {
          throw new MyxError(`Partition "${unit.key}" wrote "${name}", which partition "${owner}" writes too`, {
            fix: "Let each partition write names of its own",
          });
        }
        owners.set(name, unit.key);
      }
      await publishUnit(state, unit, outcome, run, tally);
      tally.computed(unit, outcome, performance.now() - start);
    } catch (error) {
      if (!run.signal.aborted) tally.failed(unit, error);
    }
  });
}

async function publishUnit(
  state: StepState,
  unit: PlannedUnit,
  outcome: CallOutcome,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const staged = new Map([...outcome.staged.files].map(([name, parts]) => [name, parts[0]!]));
  const published = await publishFiles(state.output, staged, run.contents);
  await publishRejects(state, unit, outcome, run);
  const dropped = (unit.record?.outputs ?? []).filter((name) => !staged.has(name));
  await removeFiles(state.output, dropped);
  const record = recordOf(state, unit, outcome);
  const made = madeFrom([[unit.key, printOf(record)]]);
  run.ledger.transaction(() => {
    run.ledger.putUnit(state.folder, record, run.runId);
    for (const { name, sha256 } of published) {
      run.ledger.putOutput(state.folder, { name, sha256, madeFrom: made }, run.runId);
    }
    for (const name of dropped) run.ledger.retireOutput(state.folder, name);
  });
  for (const { name, changed } of published) if (changed) run.changed.add(`${state.output}/${name}`);
  for (const name of dropped) run.changed.add(`${state.output}/${name}`);
  tally.published(published);
}

/** Calls the treatment on a partition, showing how far it is. */
export function call(
  state: StepState,
  unit: PlannedUnit,
  pool: Pool,
  run: RunState,
  tally: Tally,
): Promise<CallOutcome> {
  const { now, strict, signal } = run;
  return callTreatment(state, unit, pool, { now, strict, signal, onProgress: (part) => tally.progress(unit, part) });
}

/** What the ledger keeps of a computed partition. */
export function recordOf(state: StepState, unit: PlannedUnit, { metrics, staged }: CallOutcome) {
  const inputs = inputsOf(unit, unit.contents, state.step.params, metrics);
  const outputs = [...staged.files.keys()];
  return { key: unit.key, code: state.code, params: state.params, inputs, outputs, metrics };
}

/** Puts a call's rejects beside its outputs, in place of those of the call before. */
export async function publishRejects(
  state: StepState,
  unit: PlannedUnit,
  { staged }: CallOutcome,
  run: RunState,
): Promise<void> {
  const folder = `${state.output}/_rejects`;
  if (staged.rejects.size) await publishFiles(folder, staged.rejects, run.contents);
  else if (unit.record) await removeFiles(folder, [`${unit.partition.file ?? unit.key}.jsonl`]);
}

/** Works through `items`, `limit` at a time, until done or interrupted. */
export async function forEach<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      if (signal.aborted) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
