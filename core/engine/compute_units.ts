import { MyxError } from "../contract/errors.ts";
import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, discard } from "./call.ts";
import { compute, recordOf } from "./outcome.ts";
import { forEach } from "./parallel.ts";
import { workOfAll } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import { publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import { madeFrom } from "./compare_outputs.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** Computes partitions and publishes each as soon as it is done. The pool stays open. */
export async function computeUnits(
  state: StepState,
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  takePool: () => Pool,
  run: RunState,
  tally: Tally,
): Promise<void> {
  if (run.signal.aborted) return;
  const pool = takePool();
  pool.expect(todo.filter(({ broken }) => broken === undefined).map((unit) => workOfAll([unit])));
  // Names may move between partitions that are computed now; those of the others are theirs.
  const computed = new Set(todo.map(({ key }) => key));
  const owners = new Map(
    plan.units.filter(({ key }) => !computed.has(key))
      .flatMap(({ key, record }) => (record?.outputs ?? []).map((name) => [name, key])),
  );
  let ahead = todo.length;
  await forEach(todo, 2 * run.jobs, run.signal, async (unit) => {
    const start = performance.now();
    try {
      const { outcomes, rejected } = await compute(state, [unit], pool, run, tally, plan.rejects)
        .finally(() => {
          if (--ahead === 0) pool.rest();
        });
      await rejected;
      const [outcome] = outcomes as [CallOutcome];
      for (const name of outcome.staged.files.keys()) {
        const owner = owners.get(name) ?? unit.key;
        if (owner !== unit.key) {
          throw new MyxError(`Partition "${unit.key}" wrote "${name}", which partition "${owner}" writes too`, {
            fix: "Let each partition write names of its own",
          });
        }
        owners.set(name, unit.key);
      }
      await publish(state, unit, outcome, owners, run, tally);
      await discard(outcome);
      tally.computed(unit, outcome, performance.now() - start);
    } catch (error) {
      if (!run.signal.aborted) tally.failed(unit, error);
    }
  });
}

async function publish(
  state: StepState,
  unit: PlannedUnit,
  outcome: CallOutcome,
  owners: ReadonlyMap<string, string>,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const staged = new Map([...outcome.staged.files].map(([name, parts]) => [name, parts[0]!]));
  const published = await publishFiles(state.output, staged, run.contents);
  const dropped = (unit.record?.outputs ?? []).filter((name) =>
    !staged.has(name) && (owners.get(name) ?? unit.key) === unit.key
  );
  await removeFiles(state.output, dropped);
  const record = recordOf(state, unit, outcome);
  const made = madeFrom([[unit.key, record.print]]);
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
