import { compareNames } from "../data/naming.ts";
import type { Pool } from "../sandbox/pool.ts";
import type { CallOutcome } from "./call.ts";
import type { StagedFile } from "./collect.ts";
import { asRead, hashInputs } from "./hash_inputs.ts";
import { statFile } from "./folder.ts";
import type { UnitRecord } from "./ledger.ts";
import { cutBatches, cutPacks } from "./cut_work.ts";
import { compute, recordOf } from "./outcome.ts";
import { Merges } from "./merges.ts";
import { Copies } from "./copies.ts";
import { beside, forEach, pacer } from "./parallel.ts";
import { workOfAll } from "./partition.ts";
import { hasRejects, keptWarning, type PlannedUnit, type StepPlan } from "./plan.ts";
import { publishFiles } from "./publish.ts";
import type { RunState } from "./run_state.ts";
import { dayOf, selectsDay } from "./selection.ts";
import { GONE, madeFrom } from "./compare_outputs.ts";
import type { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** The ledger is told of so many files at once: a transaction for each takes longer than the files. */
const RECORDED_AT_ONCE = 200;

/** A file that was computed in this run, or is known from the ledger. */
interface Source {
  readonly unit: PlannedUnit;
  readonly record: UnitRecord;
  readonly outcome?: CallOutcome;
}

/**
 * Computes a step that works file by file. Several files may hold rows of one day, so an output is joined from the parts
 * of all files that have some: where one of these changed, the others are computed again, too. Works in batches; an output
 * is published as soon as no file that is known to have a part of it is still to come, and again if one turns up.
 */
export async function computeFiles(
  state: StepState,
  plan: StepPlan,
  todo: readonly PlannedUnit[],
  takePool: () => Pool,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const made = new Map<string, string>();
  const sources = new Map<string, Source>();
  const unrecorded: UnitRecord[] = [];
  // Rejects of fresh files are told already: to read them again would tell it twice.
  const isTold = ({ reason, record }: PlannedUnit) => run.strict && !reason && hasRejects(record);
  const failed = new Set(
    plan.units.filter((unit) => run.failures.block(state, unit) || isTold(unit)).map(({ key }) => key),
  );
  for (const unit of plan.units) if (unit.record) sources.set(unit.key, { unit, record: unit.record });
  const computeAll = async (units: readonly PlannedUnit[], merges: Merges, copies: Copies) => {
    if (!units.length || run.signal.aborted) return;
    await using pool = takePool(); // Closed before joining: that wants the memory of children of its own.
    const packs = cutPacks(state, plan, units, run.jobs);
    pool.expect(packs.filter(([unit]) => unit!.broken === undefined).map(workOfAll));
    const pace = pacer();
    let hashed = Promise.resolve();
    let left = packs.length;
    const computePack = async (pack: readonly PlannedUnit[]) => {
      const hash = () => hashed = hashed.then(() => hashInputs(pack, pace));
      const isLater = pack.every(({ unhashed }) => unhashed);
      if (!isLater) await hash();
      const start = performance.now();
      let putting: Promise<void> | undefined;
      try {
        const computing = compute(state, pack, pool, run, tally, plan.rejects);
        const { outcomes, rejected } = await (isLater ? beside(computing, hash) : computing);
        putting = rejected;
        const ms = (performance.now() - start) / pack.length;
        await pace(); // First the child gets its next call.
        const records = outcomes.map((outcome, i) => recordOf(state, asRead(pack[i]!), outcome, run.now));
        await rejected;
        for (const [i, outcome] of outcomes.entries()) {
          const [unit, record] = [pack[i]!, records[i]!];
          sources.set(unit.key, { unit, record, outcome });
          unrecorded.push(record);
          tally.computed(unit, outcome, ms);
        }
        await pace();
        if (unrecorded.length >= RECORDED_AT_ONCE) recordEarly(state, unrecorded, run);
        const written = new Map(outcomes.flatMap(({ staged }) => [...staged.files]));
        for (const [name, parts] of written) {
          const { path } = parts[0]!;
          if (made.get(name) !== path && (made.has(name) || parts.length > 1)) merges.warm();
          made.set(name, path);
        }
        if (--left > 0) await copyAhead(written, copies, pace);
      } catch (error) {
        await putting?.catch(() => {}); // Else it could come after what the next attempt puts there.
        if (run.signal.aborted) return;
        if (pack.length > 1) {
          pool.expect(pack.map((unit) => workOfAll([unit])));
          await forEach(pack.map((unit) => [unit]), 2 * run.jobs, run.signal, computePack);
          return;
        }
        failed.add(pack[0]!.key);
        tally.failed(pack[0]!, error);
      }
    };
    await forEach(packs, 2 * run.jobs, run.signal, computePack);
  };

  const stale = new Set(plan.staleNames);
  const isSelected = (name: string) => selectsDay(run.days, dayOf(name));
  const batches = cutBatches(todo, run.batchBytes);
  for (const [index, batch] of batches.entries()) {
    await using merges = new Merges(state, run);
    await using copies = new Copies(state.output);
    await computeAll(batch, merges, copies);
    const { aborted } = run.signal;
    for (const { key, record } of batch) {
      for (const name of [...record?.outputs ?? [], ...sources.get(key)?.record.outputs ?? []]) stale.add(name);
    }
    const later = new Set(batches.slice(index + 1).flat().flatMap(({ record }) => record?.outputs ?? []));
    // Without a ledger nobody knows what a published file was made from: it stays until all files have been read.
    const blind = plan.units.some(({ key }) => !sources.has(key));
    const ready = new Set([...stale].filter((name) => {
      if (later.has(name) || !isSelected(name)) return false;
      if (plan.orphaned.has(name)) return void tally.warn(keptWarning(name, plan.orphaned.get(name)));
      return !(blind && plan.unknown.has(name));
    }));
    if (!aborted) {
      await computeAll(
        plan.units.filter(({ key, record }) =>
          !sources.get(key)?.outcome && !failed.has(key) && record?.outputs.some((name) => ready.has(name))
        ),
        merges,
        copies,
      );
    }
    const computed = { sources, unrecorded, unknown: plan.unknown };
    // An interrupted run still publishes what is whole: days that only files it has finished have rows of.
    await publishJoined(state, [...ready].sort(compareNames), computed, merges, copies, run, tally);
    if (run.signal.aborted) return;
    for (const name of ready) stale.delete(name);
  }
  for (const name of stale) {
    if (!plan.unknown.has(name) || plan.orphaned.has(name) || !isSelected(name)) continue;
    run.failures.addFile(state, name);
    tally.warn(`"${name}" is kept as it is: a file that failed may have had rows of it`);
  }
}

/** What files were computed to, or not. */
interface Computed {
  readonly sources: ReadonlyMap<string, Source>;
  /** What the ledger has not been told yet. */
  readonly unrecorded: UnitRecord[];
  /** Outputs that were there before and that the ledger did not know. */
  readonly unknown: ReadonlySet<string>;
}

/** Joins and publishes `names` from the parts of all files that have some, unless one of those is not there. */
async function publishJoined(
  state: StepState,
  names: readonly string[],
  { sources, unrecorded, unknown }: Computed,
  merges: Merges,
  copies: Copies,
  run: RunState,
  tally: Tally,
): Promise<void> {
  const all = [...sources.values()].sort((a, b) => compareNames(a.unit.key, b.unit.key));
  const makers = new Map<string, Source[]>(names.map((name) => [name, []]));
  for (const source of all) for (const name of source.record.outputs) makers.get(name)?.push(source);
  // A file that failed has no outcome.
  const isWhole = (having: readonly Source[]) => having.length > 0 && having.every(({ outcome }) => outcome);
  const ready = [...makers].filter(([, having]) => isWhole(having)).map(([name, having]) => ({
    name,
    having,
    // Files that one call took share their parts.
    parts: [...new Set(having.flatMap(({ outcome }) => outcome!.staged.files.get(name)!))],
  }));
  // Recorded first: should we be killed here, the ledger shows outputs that lack these parts.
  recordAll(state, unrecorded, run);
  const [whole, cut] = [ready.filter(({ parts }) => parts.length === 1), ready.filter(({ parts }) => parts.length > 1)];
  merges.expect(cut.length);
  const publish = async ({ name, having, parts }: (typeof ready)[number]) => {
    try {
      const file = parts.length === 1 ? parts[0]! : await merges.join(name, parts);
      if (run.outputMode === "append" && unknown.has(name) && await keepsMore(state, name, file.path, run)) {
        return void tally.warn(keptWarning(name));
      }
      const [published] = await publishFiles(state.output, new Map([[name, file]]), run.contents, copies);
      const { sha256, changed } = published!;
      const made = madeFrom(having.map(({ record }) => [record.key, record.print]));
      run.ledger.putOutput(state.folder, { name, sha256, madeFrom: made }, run.runId);
      if (changed) run.changed.add(`${state.output}/${name}`);
      tally.published([published!]);
    } catch (error) {
      tally.error(name, error);
      run.failures.addOutput(state, name);
    }
  };
  // Not to be interrupted: what has been computed would have to be computed again. Children join while we publish.
  const { signal } = new AbortController();
  await Promise.all([cut, whole].map((some) => forEach(some, 2 * run.jobs, signal, publish)));
}

/**
 * Whether an output that the ledger did not know has rows of a file that is gone: it was there when the ledger was lost. The
 * ledger takes it for what it is, so that later runs keep it, too.
 */
async function keepsMore({ output, folder }: StepState, name: string, path: string, run: RunState): Promise<boolean> {
  const there = name.endsWith(".parquet") ? statFile(output, name) : undefined;
  if (!there) return false;
  // Only where a ledger was lost: reading Parquet takes more code than all the rest of a run.
  const { hasMoreRows } = await import("./more_rows.ts");
  if (!hasMoreRows(there.path, path)) return false;
  const { sha256 } = run.contents.of(there);
  run.ledger.putOutput(folder, { name, sha256, madeFrom: madeFrom([GONE]) }, run.runId);
  return true;
}

/** Tells the ledger of files that were computed. */
function recordAll({ folder }: StepState, unrecorded: UnitRecord[], { ledger, runId }: RunState): void {
  ledger.transaction(() => {
    for (const record of unrecorded) ledger.putUnit(folder, record, runId);
  });
  unrecorded.length = 0;
}

/** Tells the ledger while children are at work: after the last call they would wait for it. */
function recordEarly(state: StepState, unrecorded: UnitRecord[], run: RunState): void {
  try {
    recordAll(state, unrecorded, run);
  } catch {
    // Tried again before anything is published, which tells.
  }
}

/**
 * Copies what a call has written while others are still at work, since all of it comes to be published at once. A day that
 * one of those has more of is copied in vain.
 */
async function copyAhead(
  written: ReadonlyMap<string, readonly StagedFile[]>,
  copies: Copies,
  pace: ReturnType<typeof pacer>,
): Promise<void> {
  for (const [name, [file, ...more]] of written) {
    if (more.length) continue;
    await pace();
    copies.begin(name, file!);
  }
}
