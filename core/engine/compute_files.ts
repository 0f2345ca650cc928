import { MyxError } from "../contract/errors.ts";
import { compareNames, parseFileName } from "../data/naming.ts";
import { Pool } from "../sandbox/pool.ts";
import { type CallOutcome, grantsOf, provenanceOf, stagingFolders } from "./call.ts";
import { call, forEach, publishRejects, recordOf } from "./compute_units.ts";
import type { UnitRecord } from "./ledger.ts";
import { madeFrom, type PlannedUnit, printOf, type StepPlan } from "./plan.ts";
import { publishFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import { selectsDay } from "./selection.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** A file that was computed in this run, or is known from the ledger. */
interface Source {
  readonly unit: PlannedUnit;
  readonly record: UnitRecord;
  readonly outcome?: CallOutcome;
}

/**
 * Computes a step that works file by file. Several files may hold rows of one day, so an output is joined from the parts
 * of all files that have some: where one of these changed, the others are computed again, too.
 */
export async function computeFiles(
  state: StepState,
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  pool: Pool,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const sources = new Map<string, Source>();
  const failed = new Set<string>();
  for (const unit of plan.units) if (unit.record) sources.set(unit.key, { unit, record: unit.record });
  const compute = (units: readonly PlannedUnit[]) =>
    forEach(units, 2 * run.jobs, run.signal, async (unit) => {
      const start = performance.now();
      try {
        const outcome = await call(state, unit, pool, run, tally);
        sources.set(unit.key, { unit, record: recordOf(state, unit, outcome), outcome });
        tally.computed(unit, outcome, performance.now() - start);
      } catch (error) {
        if (run.signal.aborted) return;
        failed.add(unit.key);
        tally.failed(unit, error);
      }
    });

  await compute(todo);
  const stale = staleNames(plan, todo, sources, run);
  const rest = plan.units.filter((unit) =>
    !sources.get(unit.key)?.outcome && !failed.has(unit.key) && unit.record?.outputs.some((name) => stale.has(name))
  );
  await compute(rest);
  if (run.signal.aborted) return;
  await pool.close(); // Its memory is wanted for joining.

  const all = [...sources.values()].sort((a, b) => compareNames(a.unit.key, b.unit.key));
  run.ledger.transaction(() => {
    for (const { record, outcome } of all) if (outcome) run.ledger.putUnit(state.folder, record, run.runId);
  });
  for (const { unit, outcome } of all) if (outcome) await publishRejects(state, unit, outcome, run);
  await using merges = new Merges(state, run.jobs);
  await forEach([...stale].sort(compareNames), 2 * run.jobs, run.signal, async (name) => {
    const parts = all.filter(({ record }) => record.outputs.includes(name));
    if (!parts.length || parts.some(({ unit }) => failed.has(unit.key))) return;
    try {
      const paths = parts.flatMap(({ outcome }) => outcome!.staged.files.get(name)!);
      const path = paths.length === 1 ? paths[0]! : await merges.join(name, paths);
      const published = await publishFiles(state.output, new Map([[name, path]]), run.contents);
      const made = madeFrom(parts.map(({ record }) => [record.key, printOf(record)]));
      run.ledger.putOutput(state.folder, { name, sha256: published[0]!.sha256, madeFrom: made }, run.runId);
      if (published[0]!.changed) run.changed.add(`${state.output}/${name}`);
      tally.published(published);
    } catch (error) {
      tally.error(name, error);
      for (const { unit } of parts) run.failures.add(state, unit);
    }
  });
}

/** Names to join anew: those at fault, and those that a file computed in this run had or has a part of. */
function staleNames(
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  sources: ReadonlyMap<string, Source>,
  run: RunState,
): Set<string> {
  const names = new Set(plan.staleNames);
  for (const { key, record } of todo) {
    for (const name of [...record?.outputs ?? [], ...sources.get(key)?.record.outputs ?? []]) names.add(name);
  }
  return new Set(
    [...names].filter((name) => !plan.orphaned.has(name) && selectsDay(run.days, parseFileName(name)?.day)),
  );
}

/** Children that join parts; they read what the treatment's children wrote, and are started when first needed. */
class Merges implements AsyncDisposable {
  readonly #state: StepState;
  readonly #jobs: number;
  #pool: Pool | undefined;

  constructor(state: StepState, jobs: number) {
    this.#state = state;
    this.#jobs = jobs;
  }

  async join(name: string, parts: readonly string[]): Promise<string> {
    if (!name.endsWith(".parquet")) {
      throw new MyxError(`Several input files gave "${name}", and only Parquet files can be joined`, {
        fix: "Let the treatment put the input's name into the output's",
      });
    }
    const { calls, merged } = stagingFolders(this.#state);
    if (!this.#pool) {
      const { grants: { memoryMb }, timeS } = grantsOf(this.#state);
      this.#pool = new Pool({ read: [calls], write: merged, net: [], env: [], memoryMb }, { size: this.#jobs, timeS });
    }
    const output = `${merged}/${name}`;
    await this.#pool.run({ kind: "merge", parts, output, provenance: provenanceOf(this.#state) });
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.close();
  }
}
