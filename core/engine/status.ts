import type { ResolvedFlow } from "../contract/resolve.ts";
import { planSteps } from "./plan_flow.ts";
import { Ledger } from "./ledger.ts";
import { listNames } from "./folder.ts";
import { isLocked } from "./lock.ts";
import type { FlowStatus, StepStatus } from "./report.ts";
import { stepStates, workspaceOf } from "./workspace.ts";

const DATE = /\d{4}-\d\d-\d\d/g;

/** How a flow stands, read off the folders and the ledger; nothing is computed. */
export function statusOf(flow: ResolvedFlow): FlowStatus {
  const ledger = Ledger.look(workspaceOf(flow).state);
  try {
    const last = lastRun(flow, ledger);
    return { steps: stepsOf(flow, ledger), ...(last ? { last_run: last } : {}) };
  } finally {
    ledger.close();
  }
}

function lastRun(flow: ResolvedFlow, ledger: Ledger): FlowStatus["last_run"] {
  const run = ledger.lastRun(flow.name);
  if (!run) return undefined;
  const { status, ...rest } = run;
  const busy = () => stepStates(flow).some(({ output }) => isLocked(output));
  return { ...rest, status: status !== "started" ? status : busy() ? "running" : "killed" };
}

function stepsOf(flow: ResolvedFlow, ledger: Ledger): StepStatus[] {
  return planSteps(flow, { last: true }, { ledger }).map(({ state, plan, sealed }): StepStatus => {
    const { step, folder } = state;
    const names = sealed ? listNames(state.output) : plan.files.map(({ name }) => name);
    const last = lastDate(names);
    const stale = plan.units.filter(({ reason }) => reason).length;
    const partitions = sealed?.partitions ?? plan.units.length;
    // A step that writes no files has run if any partition is known.
    const loaded = step.treatment.output.format === "none" &&
      (sealed ? partitions > 0 : plan.units.some(({ record }) => record));
    return {
      step: step.name,
      treatment: step.treatment.name,
      folder,
      files: names.length,
      ...(last ? { last_date: last } : {}),
      state: stale ? "stale" : names.length || loaded ? "up-to-date" : "empty",
      stale_partitions: stale,
      partitions,
      orphaned: [...plan.orphaned.keys()].sort(),
      held_back: [...plan.heldBack].sort(),
      gone: [...new Set([...plan.heldBack].flatMap((name) => plan.orphaned.get(name) ?? []))].sort(),
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
