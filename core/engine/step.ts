import { MyxError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import { writeChildLock } from "../sandbox/child_lock.ts";
import { Pool } from "../sandbox/pool.ts";
import { grantsOf, strictError } from "./call.ts";
import { besideFailed } from "./beside_failed.ts";
import { isOfGone } from "./compare_outputs.ts";
import { computeFiles } from "./compute_files.ts";
import { computeUnits } from "./compute_units.ts";
import { unknownDomains } from "./domain_names.ts";
import { listFolder, listNames, readFolder } from "./folder.ts";
import { makeKept } from "./kept_folder.ts";
import type { UnitRecord } from "./ledger.ts";
import { endingOf, hasFormat, WHOLE } from "./partition.ts";
import { hasRejects, planStep, rawFolder, rejectsName, type StepPlan } from "./plan.ts";
import { removeFiles } from "./publish.ts";
import { isLeftover, isResult, mayStay } from "./raw_folder.ts";
import type { UnitInputs } from "./reason.ts";
import type { StepReport } from "./report.ts";
import type { RunState } from "./run_state.ts";
import { maySeal, sealOf } from "./seal.ts";
import { dayOf, isRange, selectsDay } from "./selection.ts";
import { childrenOf } from "./shared_children.ts";
import { Tally } from "./tally.ts";
import type { StepState } from "./workspace.ts";

/** Makes a step's pool and starts its first child, perhaps before there is work for it. */
export function openPool(state: StepState, run: RunState): Pool {
  const { grants, limits } = grantsOf(state);
  const { npm } = state.step.treatment;
  if (state.kept !== undefined) makeKept(state.kept);
  if (grants.lock !== undefined && npm) writeChildLock(grants.lock, npm);
  const onPrint = (line: string) => run.onEvent({ type: "notice", message: `${state.step.name} prints: ${line}` });
  const pool = new Pool(grants, { ...limits, ...childrenOf(state, run), ...(run.debug ? { onPrint } : {}) });
  void pool.warm();
  return pool;
}

/**
 * Runs one step: plan, compute in parallel, publish, clean up. Its folders exist and its output folder is locked.
 *
 * @param takePool Gives the step's children, started early or now.
 * @param onWork Called once where there are partitions to compute, before they are.
 */
export async function runStep(
  state: StepState,
  run: RunState,
  takePool: () => Pool,
  onWork: () => void,
): Promise<StepReport> {
  run.failures.inherit(state);
  const seal = run.failures.none() && maySeal(state, run) ? sealOf(state, run.stamps) : undefined;
  const sealed = seal === undefined ? undefined : run.ledger.sealed(state.folder, seal);
  if (sealed) {
    const tally = new Tally(state, run, 0);
    tally.unseal(sealed);
    run.seals.set(state.folder, { seal: seal!, report: sealed });
    return tally.report(sealed);
  }
  const replace = run.outputMode !== "append";
  // Not from listings that may be cut: inputs that are missing from one count as gone, and results of them may be removed.
  const entries = await readFolders([state.input, state.output, `${state.output}/_rejects`]);
  const plan = planStep(state, run.ledger, run.contents, { ...run, replace, entries });
  const blocked = new Set(plan.units.filter((unit) => run.failures.block(state, unit)));
  if (state.step.treatment.halo) {
    for (const unit of besideFailed(plan.units, run.failures.before(state))) {
      blocked.add(unit);
    }
  }
  const todo = plan.units.filter((unit) => unit.reason && !blocked.has(unit));
  const tally = new Tally(state, run, todo.length);
  for (const text of plan.warnings) tally.warn(text);
  for (const text of domainWarnings(state, plan)) tally.warn(text);
  for (const text of plan.errors) tally.error(WHOLE, new MyxError(text));
  for (const unit of plan.units) if (unit.record) tally.listFile(unit, unit.record.metrics);
  for (const unit of blocked) tally.blocked(unit);
  if (isStarved(state, plan)) tally.error(WHOLE, starved(state));
  if (!run.last && plan.units.length && plan.units.every(({ reason }) => !reason)) {
    tally.warn("No partition lies in the selected days");
  }
  if (run.strict) refuseRejects(state, plan, tally);
  if (todo.length) {
    onWork();
    const compute = state.step.treatment.partition.includes("file") ? computeFiles : computeUnits;
    await compute(state, plan, todo, takePool, run, tally);
  }
  // What a failed step before should have written looks like an input that is gone.
  if (!run.signal.aborted && !run.failures.reach(state)) await cleanUp(state, plan, run, tally);
  const files = countFiles(state.output);
  const report = isFresh(state, plan) ? tally.sealable(plan, files) : undefined;
  if (seal !== undefined && report) run.seals.set(state.folder, { seal, report });
  return tally.report({ partitions: plan.units.length, files });
}

/** Of a folder that somebody has removed meanwhile nothing is there of what was published. */
function countFiles(folder: string): number {
  if (isThere(folder, "isDirectory")) return listNames(folder).length;
  throw new MyxError(`Cannot find "${folder}" any more: somebody removed or renamed it during the run`, {
    fix: "Put it back, or run again: what is missing is made anew",
  });
}

async function readFolders(folders: readonly (string | undefined)[]): Promise<Map<string, Deno.DirEntry[]>> {
  const there = folders.filter((folder) => folder !== undefined);
  return new Map(await Promise.all(there.map(async (folder) => [folder, await readFolder(folder)] as const)));
}

/** Whether a plan finds nothing to do, now, by the clock alone, or for a run that replaces. */
function isFresh(state: StepState, plan: StepPlan): boolean {
  const { units, vanished, staleNames, orphaned, unknown } = plan;
  return !vanished.length && !staleNames.size && !orphaned.size && !strayRejects(plan).length &&
    ![...unknown].some((name) => isResult(state, name)) &&
    units.every(({ reason, record }) => !reason && !record?.metrics.pending);
}

/** Params that name a domain which no file of the step has: a slip that would do nothing, without a word. */
function domainWarnings({ step: { treatment, params } }: StepState, plan: StepPlan): string[] {
  const present = new Set(plan.units.flatMap(({ own }) => own.flatMap(({ domain }) => domain ?? [])));
  return present.size ? unknownDomains(treatment, params, present) : [];
}

/** Takes the rejects of partitions that are not computed again as failures, too. */
function refuseRejects(state: StepState, plan: StepPlan, tally: Tally): void {
  for (const unit of plan.units) {
    if (unit.reason || !hasRejects(unit.record)) continue;
    const counts = Object.entries(unit.record!.metrics).filter(([name]) => name.startsWith("reject:"));
    tally.failed(unit, strictError(state, counts.reduce((sum, [, count]) => sum + count, 0)));
  }
}

/** Whether a step that reads what no step makes finds nothing there, and never has. */
function isStarved(state: StepState, plan: StepPlan): boolean {
  if (state.input === undefined || state.producers.length || plan.vanished.length || plan.outputs.size) return false;
  return plan.units.every(({ own }) => !own.length);
}

function starved(state: StepState): MyxError {
  const { format } = state.step.treatment.input;
  const folders: string[] = [];
  const onFolder = (name: string) => void folders.push(name);
  const files = listFolder(state.input!, { hardLinks: true, onFolder });
  const unfit = files.filter(({ name }) => hasFormat(name, format));
  const other = unfit.length ? unfit : files;
  const folder = rawFolder(state, folders);
  const wanted = unfit.length ? " called like <source>__<domain>__<YYYY-MM-DD>.parquet" : "";
  const holds = other.length
    ? `; it holds ${other.length > 1 ? `${other.length} other files, such as ` : ""}"${other[0]!.name}"`
    : folder !== undefined
    ? `; those in its folder "${folder}" are not read`
    : "";
  return new MyxError(`Cannot start: "${state.input}" has no ${format} file${wanted}${holds}`, {
    fix: unfit.length
      ? "Give them such names and run again"
      : `Put files there whose names end in ${endingOf(format)}, and run again`,
  });
}

/**
 * Removes outputs that nothing makes any more. In append mode those of inputs that somebody took away stay (labs purge raw
 * files); those of inputs that the step before has itself removed do not.
 */
async function cleanUp(state: StepState, plan: StepPlan, run: RunState, tally: Tally): Promise<void> {
  const { ledger } = run;
  const isSelected = (name: string) => selectsDay(run.days, dayOf(name));
  // What another cut of the folder had made goes once all that this one makes is there; one that makes nothing is a slip.
  const isWhole = !isRange(run.days) && !tally.hasErrors() && (plan.units.length > 0 || run.outputMode !== "append");
  const isRetired = ({ inputs }: UnitRecord) =>
    Object.keys((JSON.parse(inputs) as UnitInputs).own).every((name) => plan.isRetired(name));
  // On some days only, a file that tells no day stays where a user took its input away: it may be of other days.
  const mayGo = ({ outputs }: UnitRecord) =>
    run.outputMode !== "append" && (!isRange(run.days) || outputs.every((name) => dayOf(name) !== undefined));
  const gone = plan.vanished.filter((record) =>
    plan.recut.has(record.key) ? isWhole : mayGo(record) || isRetired(record)
  );
  const lost = new Set(gone.flatMap(({ outputs }) => outputs));
  const made = ledger.made(state.folder, { but: gone.map(({ key }) => key) });
  const outputs = ledger.outputs(state.folder);
  const known = [...outputs.keys()];
  // Some are known to be orphaned only now that what they were made of without the file that is gone is known.
  const there = new Set(plan.files.map(({ name }) => name));
  const isOrphaned = (name: string) =>
    plan.orphaned.has(name) || (there.has(name) && isOfGone(outputs.get(name)!) && mayStay(name, run));
  const unmade = known.filter((name) => !made.has(name) && isSelected(name) && (lost.has(name) || !isOrphaned(name)));
  const foreign = run.outputMode !== "append" && !tally.hasErrors()
    ? listFolder(state.output).map(({ name }) => name).filter((name) =>
      !outputs.has(name) && isLeftover(state, name, run)
    )
    : [];
  // No push(...foreign): as arguments, more than some 100 000 have no room on the stack.
  const dropped = [...unmade, ...foreign];
  await removeFiles(state.output, dropped);
  const removed = new Set(dropped);
  const stray = run.outputMode !== "append" && isWhole ? strayRejects(plan) : [];
  const rejects = [...gone.map(rejectsName), ...stray];
  await removeFiles(`${state.output}/_rejects`, rejects);
  ledger.transaction(() => {
    for (const name of dropped) ledger.retireOutput(state.folder, name);
    for (const record of gone) {
      const outputs = record.outputs.filter((name) => !removed.has(name) && !isSelected(name));
      if (outputs.length) ledger.putUnit(state.folder, remains(record, outputs), run.runId);
      else ledger.dropUnit(state.folder, record.key);
    }
  });
  for (const name of dropped) run.changed.add(`${state.output}/${name}`);
}

/**
 * What stays recorded of a partition that is gone, but not all its outputs. Its counters tell of all of them; and without
 * the hashes of what it read, all of them are made again should that return.
 */
function remains(record: UnitRecord, outputs: readonly string[]): UnitRecord {
  const read: UnitInputs = JSON.parse(record.inputs);
  const own = Object.fromEntries(Object.keys(read.own).map((name) => [name, ""]));
  return { ...record, inputs: JSON.stringify({ ...read, own } satisfies UnitInputs), outputs, metrics: {} };
}

/**
 * Files of rejects that are of no partition, as of a raw file that went before the ledger was lost. What a user has put
 * beside them is not among them.
 */
function strayRejects({ units, rejects }: StepPlan): string[] {
  const own = new Set(units.map(rejectsName));
  return [...rejects].filter((name) => name.endsWith(".jsonl") && !own.has(name));
}
