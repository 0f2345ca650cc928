import type { ResolvedFlow } from "../contract/resolve.ts";
import { listFolder } from "./folder.ts";
import { planSteps } from "./plan_flow.ts";
import type { StepStatus } from "./report.ts";

const DATE = /\d{4}-\d\d-\d\d/g;

/** How each step of a flow stands, read off the folders and the ledger; nothing is computed. */
export function statusOf(flow: ResolvedFlow): StepStatus[] {
  return planSteps(flow, { last: true }).map(({ state, plan }) => {
    const { step, folder, output } = state;
    const files = listFolder(output);
    const last = files.flatMap(({ name }) => name.match(DATE) ?? []).sort().at(-1);
    const stale = plan.units.filter(({ reason }) => reason).length;
    return {
      step: step.name,
      treatment: step.treatment.name,
      folder,
      files: files.length,
      ...(last ? { last_date: last } : {}),
      state: stale ? "stale" : files.length ? "up-to-date" : "empty",
      stale_partitions: stale,
      partitions: plan.units.length,
      orphaned: [...plan.orphaned].sort(),
    };
  });
}
