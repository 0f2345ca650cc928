import type { ResolvedFlow } from "../contract/resolve.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { StepPlan } from "./plan.ts";
import { planSteps } from "./plan_flow.ts";
import { Ledger } from "./ledger.ts";
import { isLocked } from "./lock.ts";
import type { FlowStatus, StepStatus } from "./report.ts";
import { stepStates, workspaceOf } from "./workspace.ts";

const DATE = /\d{4}-\d\d-\d\d/g;

/** How a flow stands, read off the folders and the ledger; nothing is computed. */
export function statusOf(flow: ResolvedFlow): FlowStatus {
  const last = lastRun(flow);
  return { steps: stepsOf(flow), ...(last ? { last_run: last } : {}) };
}

function lastRun(flow: ResolvedFlow): FlowStatus["last_run"] {
  const ledger = Ledger.look(workspaceOf(flow).state);
  try {
    const run = ledger.lastRun(flow.name);
    if (!run) return undefined;
    const { status, ...rest } = run;
    const busy = () => stepStates(flow).some(({ output }) => isLocked(output));
    return { ...rest, status: status !== "started" ? status : busy() ? "running" : "killed" };
  } finally {
    ledger.close();
  }
}

/** Whether a step that writes no files has run. */
function isLoaded({ units }: StepPlan, { output }: Treatment): boolean {
  return output.format === "none" && units.some(({ record }) => record);
}

function stepsOf(flow: ResolvedFlow): StepStatus[] {
  return planSteps(flow, { last: true }).map(({ state: { step, folder }, plan }): StepStatus => {
    const { files } = plan;
    const last = lastDate(files.map(({ name }) => name));
    const stale = plan.units.filter(({ reason }) => reason).length;
    return {
      step: step.name,
      treatment: step.treatment.name,
      folder,
      files: files.length,
      ...(last ? { last_date: last } : {}),
      state: stale ? "stale" : files.length || isLoaded(plan, step.treatment) ? "up-to-date" : "empty",
      stale_partitions: stale,
      partitions: plan.units.length,
      orphaned: [...plan.orphaned].sort(),
      held_back: [...plan.heldBack].sort(),
    };
  }).toArray();
}

function lastDate(names: readonly string[]): string | undefined {
  let last: string | undefined;
  for (const name of names) {
    for (const date of name.match(DATE) ?? []) if (last === undefined || date > last) last = date;
  }
  return last;
}
