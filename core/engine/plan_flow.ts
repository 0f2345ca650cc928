import type { ResolvedFlow } from "../contract/resolve.ts";
import { formatFileName } from "../data/naming.ts";
import { checkInputs } from "./check_inputs.ts";
import { Contents } from "./contents.ts";
import { withDays } from "./day_params.ts";
import type { FlowOptions } from "./flow.ts";
import { Ledger } from "./ledger.ts";
import { type PlannedUnit, planStep, type StepPlan } from "./plan.ts";
import type { PlannedPartition } from "./report.ts";
import { type StepState, stepStates, workspaceOf } from "./workspace.ts";

/** A step with its plan. */
export interface PlannedStep {
  readonly state: StepState;
  readonly plan: StepPlan;
}

/**
 * Plans all steps of a flow as a run would, taking what an earlier step recomputes as changed for the later ones. Days
 * that only the rows of a new raw file will tell are not known yet. With `reread`, all files are hashed.
 */
export function planSteps(
  flow: ResolvedFlow,
  options: FlowOptions,
  { reread = false }: { readonly reread?: boolean } = {},
): PlannedStep[] {
  const states = stepStates(withDays(flow, options), options.steps);
  checkInputs(states);
  const ledger = reread ? Ledger.open(workspaceOf(flow).state, () => {}) : Ledger.look(workspaceOf(flow).state);
  try {
    const contents = new Contents(ledger, { reread });
    const changed = new Set<string>();
    const planned: PlannedStep[] = [];
    for (const state of states) {
      const plan = planStep(state, ledger, contents, {
        last: options.last ?? false,
        replace: (options.outputMode ?? "append") !== "append",
        days: { ...(options.from ? { from: options.from } : {}), ...(options.to ? { to: options.to } : {}) },
        changed,
        now: Date.now(),
      });
      for (const unit of plan.units) {
        if (unit.reason) { for (const name of expectedOutputs(unit)) changed.add(`${state.output}/${name}`); }
      }
      planned.push({ state, plan });
    }
    return planned;
  } finally {
    ledger.close();
  }
}

/** What `--dry-run` lists: each partition that would be computed, and why. */
export function planFlow(flow: ResolvedFlow, options: FlowOptions = {}): PlannedPartition[] {
  return planSteps(flow, options).flatMap(({ state, plan }) =>
    plan.units.flatMap(({ key, reason }) => reason ? [{ step: state.step.name, partition: key, reason }] : [])
  );
}

/** The names a partition wrote last time, or the one that most treatments would write. */
function expectedOutputs({ record, partition: { source, domain, day } }: PlannedUnit): readonly string[] {
  if (record) return record.outputs;
  return source && domain && day ? [formatFileName({ source, domain, day })] : [];
}
