import { MyxError } from "../contract/errors.ts";
import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, discard } from "./call.ts";
import { madeFrom } from "./compare_outputs.ts";
import { cutCalls } from "./cut_work.ts";
import { compute, type Outcomes, recordOf } from "./outcome.ts";
import { forEach } from "./parallel.ts";
import { workOfAll } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import { AT_ONCE, publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/**
 * Computes partitions and publishes each as soon as its call is done. A call that several small ones share and that fails
 * is made again for each. The pool stays open.
 */
export async function computeUnits(
  state: StepState,
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  takePool: () => Pool,
  run: RunState,
  tally: Tally,
): Promise<void> {
  if (run.signal.aborted) return;
  // Names may move between partitions that are computed now; those of the others are theirs.
  const computed = new Set(todo.map(({ key }) => key));
  const owners = new Map(
    plan.units.filter(({ key }) => !computed.has(key))
      .flatMap(({ key, record }) => (record?.outputs ?? []).map((name) => [name, key])),
  );
  const pool = takePool();
  const calls = cutCalls(state, todo, run.jobs);
  pool.expect(calls.filter(([unit]) => unit!.broken === undefined).map(workOfAll));
  let ahead = todo.length;
  const computeCall = async (units: readonly PlannedUnit[]): Promise<void> => {
    const start = performance.now();
    let computed: Outcomes;
    try {
      computed = await compute(state, units, pool, run, tally, plan.rejects);
      ahead -= units.length;
    } catch (error) {
      if (run.signal.aborted) return;
      if (units.length > 1) return forEach(units.map((unit) => [unit]), 2 * run.jobs, run.signal, computeCall);
      ahead--;
      return tally.failed(units[0]!, error);
    } finally {
      if (ahead === 0) pool.rest();
    }
    const { outcomes, rejected } = computed;
    const ms = (performance.now() - start) / units.length;
    await forEach([...units.entries()], AT_ONCE, run.signal, async ([i, unit]) => {
      const outcome = outcomes[i]!;
      try {
        await rejected;
        claim(unit, outcome, owners);
        await publish(state, unit, outcome, owners, run, tally);
        tally.computed(unit, outcome, ms);
      } catch (error) {
        if (!run.signal.aborted) tally.failed(unit, error);
      } finally {
        await discard(outcome);
      }
    });
  };
  await forEach(calls, 2 * run.jobs, run.signal, computeCall);
}

/** Notes the names that a partition wrote as its own. */
function claim(unit: PlannedUnit, { staged }: CallOutcome, owners: Map<string, string>): void {
  for (const name of staged.files.keys()) {
    const owner = owners.get(name) ?? unit.key;
    if (owner !== unit.key) {
      throw new MyxError(`Partition "${unit.key}" wrote "${name}", which partition "${owner}" writes too`, {
        fix: "Let each partition write names of its own",
      });
    }
    owners.set(name, unit.key);
  }
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
