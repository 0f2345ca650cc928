import type { ResolvedFlow } from "../contract/resolve.ts";
import { formatFileName } from "../data/naming.ts";
import { checkInputs, checkRun } from "./check_inputs.ts";
import { Contents } from "./contents.ts";
import { withDays } from "./day_params.ts";
import type { FlowOptions } from "./flow.ts";
import type { FolderFile } from "./folder.ts";
import { collectGarbage } from "./garbage.ts";
import { Ledger } from "./ledger.ts";
import { type PlannedUnit, planStep, type StepPlan } from "./plan.ts";
import { isLeftover } from "./raw_folder.ts";
import type { UnitInputs } from "./reason.ts";
import type { FlowPlan, PlannedPartition } from "./report.ts";
import type { RunState } from "./run_state.ts";
import { maySeal, type SealedReport, sealOf, Stamps } from "./seal.ts";
import { dayOf, type DaySelection, isOfDays, selectsDay } from "./selection.ts";
import { foldersDone, type StepState, stepStates, workspaceOf } from "./workspace.ts";

/** A step with its plan. */
export interface PlannedStep {
  readonly state: StepState;
  /** Of a sealed step that of nothing. */
  readonly plan: StepPlan;
  /** What was reported of a step that nothing has changed since, wholly fresh as it is. */
  readonly sealed?: SealedReport;
}

/**
 * Plans all steps of a flow as a run would, taking what an earlier step recomputes as changed for the later ones. Days
 * that only the rows of a new raw file will tell are not known yet. With `reread`, all files are hashed, and no seal is believed.
 * Each plan is made when it is asked for: all of them together take much memory. A `ledger` that was opened already is not
 * closed.
 */
export function* planSteps(
  flow: ResolvedFlow,
  options: FlowOptions,
  { reread = false, ledger: opened }: { readonly reread?: boolean; readonly ledger?: Ledger } = {},
): Generator<PlannedStep, void> {
  const states = stepStates(withDays(flow, options), options.steps);
  checkInputs(states);
  const { state: folder } = workspaceOf(flow);
  const ledger = opened ?? (reread ? Ledger.open(folder, () => {}) : Ledger.look(folder));
  try {
    const contents = new Contents(ledger, { reread });
    const changed = new Set<string>();
    const coming = new Set<string>();
    const days = daysOf(options);
    const listed = new Map<string, readonly FolderFile[]>();
    const stamps = new Stamps(Date.now());
    const planOne = (state: StepState): PlannedStep => {
      const seal = !reread && maySeal(state, { ...options, days, changed }) ? sealOf(state, stamps) : undefined;
      const sealed = seal === undefined ? undefined : ledger.sealed(state.folder, seal);
      if (sealed) return { state, plan: NOTHING, sealed };
      const files = state.input === undefined ? undefined : listed.get(state.input);
      const plan = planStep(state, ledger, contents, {
        last: options.last ?? false,
        replace: (options.outputMode ?? "append") !== "append",
        days,
        changed,
        now: Date.now(),
        ...(files ? { files } : {}),
      });
      for (const unit of plan.units) {
        if (!unit.reason) continue;
        for (const name of expectedOutputs(unit, days)) changed.add(`${state.output}/${name}`);
      }
      for (const path of changed) coming.add(path);
      listed.set(state.output, plan.files);
      return { state, plan: { ...plan, orphaned: forGood(plan, state, coming) } };
    };
    for (const [index, state] of states.entries()) {
      yield planOne(state);
      const files = listed.get(state.output)?.length ?? 0;
      for (const folder of foldersDone(states, index)) {
        contents.forget(folder);
        listed.delete(folder);
      }
      collectGarbage(files);
    }
  } finally {
    if (!opened) ledger.close();
  }
}

/**
 * The outputs whose inputs are gone for good. Those whose inputs come again, as of a folder that was emptied or renamed, are
 * noted in `coming`, too.
 */
function forGood(
  { vanished, orphaned }: StepPlan,
  { input, output }: StepState,
  coming: Set<string>,
): StepPlan["orphaned"] {
  const kept = new Map(orphaned);
  for (const { inputs, outputs } of vanished) {
    const { own }: UnitInputs = JSON.parse(inputs);
    if (!Object.keys(own).every((name) => coming.has(`${input}/${name}`))) continue;
    for (const name of outputs) {
      kept.delete(name);
      coming.add(`${output}/${name}`);
    }
  }
  return kept;
}

/** The plan of a step that nothing is to be done for. */
const NOTHING: StepPlan = {
  units: [],
  vanished: [],
  recut: new Set(),
  isRetired: () => false,
  files: [],
  outputs: new Map(),
  unknown: new Set(),
  staleNames: new Set(),
  orphaned: new Map(),
  heldBack: new Set(),
  rejects: new Set(),
  errors: [],
  warnings: [],
};

/** What a run would compute, and why, as far as that can be told before it. */
export function planFlow(flow: ResolvedFlow, options: FlowOptions = {}): FlowPlan {
  const states: StepState[] = [];
  const partitions: PlannedPartition[] = [];
  const following: string[] = [];
  // Steps that will remove files or of which the files are not known yet, and all that read what these write.
  const unsure = new Set<string>();
  const ranged = options.from !== undefined || options.to !== undefined;
  const { outputMode = "append" } = options;
  const days = daysOf(options);
  let going = 0;
  for (const { state, plan } of planSteps(flow, options)) {
    const { step: { name }, producers } = state;
    states.push(state);
    for (const { key, partition, reason, open } of plan.units) {
      if (!reason) continue;
      const anyDay = ranged && open && partition.file !== undefined ? "; only its rows tell its days" : "";
      partitions.push({ step: name, partition: key, reason: reason + anyDay });
    }
    const leaving = outputMode === "append" ? 0 : goingOf({ state, plan }, { outputMode, days });
    going += leaving;
    const follows = producers.some((producer) => unsure.has(producer));
    if (follows) following.push(name);
    if (follows || leaving > 0 || plan.units.some((unit) => unit.reason && unit.open)) unsure.add(name);
  }
  checkRun(states);
  return { partitions, going, following };
}

function daysOf({ from, to }: FlowOptions): DaySelection {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** How many files of a step a run that replaces removes: nothing makes them any more, or no run that is known has. */
function goingOf({ state, plan }: PlannedStep, purpose: Pick<RunState, "outputMode" | "days">): number {
  const { units, vanished, recut, files, outputs } = plan;
  const kept = [...units.flatMap(({ record }) => record ?? []), ...vanished.filter(({ key }) => recut.has(key))];
  const made = new Set(kept.flatMap((record) => record.outputs));
  // What is still to be computed may make what the ledger does not know, as where it was lost.
  const areKnown = !units.some(({ open }) => open);
  const goes = (name: string) =>
    outputs.has(name) ? isOfDays(purpose.days, name) : areKnown && isLeftover(state, name, purpose);
  return files.filter(({ name }) => !made.has(name) && goes(name)).length;
}

/** The names a partition wrote last time, or the one that most treatments would write; of a raw file, the days selected. */
function expectedOutputs(
  { record, partition: { file, source, domain, day } }: PlannedUnit,
  days: DaySelection,
): readonly string[] {
  if (!record) return source && domain && day ? [formatFileName({ source, domain, day })] : [];
  if (file === undefined) return record.outputs;
  return record.outputs.filter((name) => selectsDay(days, dayOf(name)));
}
