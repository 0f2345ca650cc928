import { MyxError } from "../contract/errors.ts";
import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, discard } from "./call.ts";
import { madeFrom } from "./compare_outputs.ts";
import { cutCalls } from "./cut_work.ts";
import { compute, recordOf } from "./outcome.ts";
import { forEach } from "./parallel.ts";
import { workOfAll } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import { publishFiles, removeFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/**
 * Computes partitions and publishes each as soon as its call is done; a call that several small ones share and that fails is
 * made again for each. The pool stays open.
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
  const expect = (calls: readonly (readonly PlannedUnit[])[]) =>
    takePool().expect(calls.filter(([unit]) => unit!.broken === undefined).map(workOfAll));
  // Names may move between partitions that are computed now; those of the others are theirs.
  const computed = new Set(todo.map(({ key }) => key));
  const owners = new Map(
    plan.units.filter(({ key }) => !computed.has(key))
      .flatMap(({ key, record }) => (record?.outputs ?? []).map((name) => [name, key])),
  );
  let ahead = 0;
  const computeAll = async (calls: readonly (readonly PlannedUnit[])[]) => {
    expect(calls);
    ahead += calls.length;
    await forEach(calls, 2 * run.jobs, run.signal, computeCall);
  };
  const computeCall = async (units: readonly PlannedUnit[]) => {
    const start = performance.now();
    const pool = takePool();
    try {
      const { outcomes, rejected } = await compute(state, units, pool, run, tally, plan.rejects)
        .finally(() => {
          if (--ahead === 0) pool.rest();
        });
      await rejected;
      for (const [i, unit] of units.entries()) claim(unit, outcomes[i]!, owners);
      await publish(state, units, outcomes, owners, run, tally);
      await discard(outcomes[0]!);
      const ms = (performance.now() - start) / units.length;
      for (const [i, unit] of units.entries()) tally.computed(unit, outcomes[i]!, ms);
    } catch (error) {
      if (run.signal.aborted) return;
      if (units.length > 1) await computeAll(units.map((unit) => [unit]));
      else tally.failed(units[0]!, error);
    }
  };
  await computeAll(cutCalls(state, todo, run.jobs));
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
  units: readonly PlannedUnit[],
  outcomes: readonly CallOutcome[],
  owners: ReadonlyMap<string, string>,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const staged = new Map(outcomes.flatMap(({ staged }) => [...staged.files].map(([name, parts]) => [name, parts[0]!])));
  const published = await publishFiles(state.output, staged, run.contents);
  const dropped = units.flatMap(({ key, record }) =>
    (record?.outputs ?? []).filter((name) => !staged.has(name) && (owners.get(name) ?? key) === key)
  );
  await removeFiles(state.output, dropped);
  const hashes = new Map(published.map(({ name, sha256 }) => [name, sha256]));
  run.ledger.transaction(() => {
    for (const [i, unit] of units.entries()) {
      const record = recordOf(state, unit, outcomes[i]!);
      const made = madeFrom([[unit.key, record.print]]);
      run.ledger.putUnit(state.folder, record, run.runId);
      for (const name of record.outputs) {
        run.ledger.putOutput(state.folder, { name, sha256: hashes.get(name)!, madeFrom: made }, run.runId);
      }
    }
    for (const name of dropped) run.ledger.retireOutput(state.folder, name);
  });
  for (const { name, changed } of published) if (changed) run.changed.add(`${state.output}/${name}`);
  for (const name of dropped) run.changed.add(`${state.output}/${name}`);
  tally.published(published);
}
