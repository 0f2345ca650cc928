import { MyxError } from "../contract/errors.ts";
import type { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, discard } from "./call.ts";
import { GONE, madeFrom } from "./compare_outputs.ts";
import { cutCalls } from "./cut_work.ts";
import { asRead } from "./hash_inputs.ts";
import type { OutputRecord } from "./ledger.ts";
import { compute, type Outcomes, recordOf } from "./outcome.ts";
import { forEach } from "./parallel.ts";
import { workOfAll } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import { AT_ONCE, type Placed, placeFiles, type Published, removeFiles, settleFiles } from "./publish.ts";
import { foreignFiles, isRawFolder, lacksRaw, mayStay, refuseForeign } from "./raw_folder.ts";
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
    let brought: Outcomes;
    try {
      brought = await compute(state, units, pool, run, tally, plan.rejects);
      ahead -= units.length;
    } catch (error) {
      if (run.signal.aborted) return;
      if (units.length > 1) return forEach(units.map((unit) => [unit]), 2 * run.jobs, run.signal, computeCall);
      ahead--;
      return tally.failed(units[0]!, error);
    } finally {
      if (ahead === 0) pool.rest();
    }
    const { outcomes, rejected } = brought;
    const fail = (unit: PlannedUnit, error: unknown) => {
      if (!run.signal.aborted) tally.failed(unit, error);
    };
    const results: Result[] = [];
    await forEach([...units.entries()], AT_ONCE, run.signal, async ([i, unit]) => {
      const outcome = outcomes[i]!;
      try {
        await rejected;
        claim(unit, outcome, owners);
        const staged = new Map([...outcome.staged.files].map(([name, parts]) => [name, parts[0]!]));
        const placed = await placeFiles(state.output, staged, run.contents, undefined, (names) => {
          if (isRawFolder(state.output)) refuseForeign(state, foreignFiles(state, names, run));
        });
        results.push({ unit, outcome, placed });
      } catch (error) {
        fail(unit, error);
      } finally {
        await discard(outcome);
      }
    });
    try {
      tally.published(await settle(state, results, owners, run));
      const ms = (performance.now() - start) / units.length;
      for (const { unit, outcome } of results) tally.computed(unit, outcome, ms);
    } catch (error) {
      for (const { unit } of results) fail(unit, error);
    }
  };
  await forEach(calls, 2 * run.jobs, run.signal, computeCall);
}

/** A partition, what its call brought, and its files in place. */
interface Result {
  readonly unit: PlannedUnit;
  readonly outcome: CallOutcome;
  readonly placed: readonly Placed[];
}

/** Notes the names that a partition wrote as its own. */
function claim(unit: PlannedUnit, { staged }: CallOutcome, owners: Map<string, string>): void {
  for (const name of staged.files.keys()) {
    const owner = owners.get(name) ?? unit.key;
    if (owner !== unit.key) {
      throw new MyxError(`Partition "${unit.key}" wrote "${name}", which partition "${owner}" writes too`, {
        fix: "Let each partition write names of its own" +
          (unit.halo.length === 0 ? "" : ', and nothing of context.files whose role is "halo": they are to be read'),
      });
    }
    owners.set(name, unit.key);
  }
}

/**
 * Makes what was put in place last, removes what nothing makes any more, and tells the ledger: for several partitions at
 * once, as that takes the disk no longer than for one.
 */
async function settle(
  state: StepState,
  results: readonly Result[],
  owners: ReadonlyMap<string, string>,
  run: RunState,
): Promise<Published[]> {
  const published = await settleFiles(state.output, results.flatMap(({ placed }) => placed), run.contents);
  const written = new Set(published.map(({ name }) => name));
  const unwritten = results.flatMap(({ unit }) => {
    const purged = lacksRaw(state, unit);
    return (unit.record?.outputs ?? [])
      .filter((name) => !written.has(name) && (owners.get(name) ?? unit.key) === unit.key)
      .map((name) => ({ name, stays: purged && mayStay(name, run) }));
  });
  const orphans = unwritten.filter(({ stays }) => stays).map(({ name }) => name);
  const dropped = unwritten.filter(({ stays }) => !stays).map(({ name }) => name);
  const kept = new Set(isRawFolder(state.output) ? foreignFiles(state, dropped, run) : []);
  await removeFiles(state.output, dropped.filter((name) => !kept.has(name)));
  // Another flow may have made what was read anew meanwhile.
  const read = new Map(results.map(({ unit }) => [unit, asRead(unit)]));
  const known = orphans.length ? run.ledger.outputs(state.folder) : new Map<string, OutputRecord>();
  run.ledger.transaction(() => {
    for (const { unit, outcome, placed } of results) {
      const record = recordOf(state, read.get(unit)!, outcome, run.now);
      const made = madeFrom([[unit.key, record.print]]);
      run.ledger.putUnit(state.folder, record, run.runId);
      for (const { name, sha256 } of placed) {
        run.ledger.putOutput(state.folder, { name, sha256, madeFrom: made }, run.runId);
      }
    }
    for (const name of dropped) run.ledger.retireOutput(state.folder, name);
    for (const name of orphans) {
      const { sha256 } = known.get(name) ?? {};
      if (sha256 !== undefined) {
        run.ledger.putOutput(state.folder, { name, sha256, madeFrom: madeFrom([GONE]) }, run.runId);
      }
    }
  });
  const changed = published.filter(({ changed }) => changed).map(({ name }) => name);
  for (const name of [...changed, ...dropped]) run.changed.add(`${state.output}/${name}`);
  return published;
}
