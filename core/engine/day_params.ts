import type { ResolvedFlow, ResolvedStep } from "../contract/resolve.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { DaySelection } from "./selection.ts";

/** Whether a treatment's param of this name says from or to when: a number, a zone or one of a few words does not. */
export function isBound({ params }: Treatment, name: "from" | "to"): boolean {
  const { type, format = "bound", enum: choices } = params[name] ?? {};
  return type === "string" && !choices && ["bound", "date"].includes(format);
}

/** The params of a step that are bounds. */
export function boundsOf({ treatment, params }: Pick<ResolvedStep, "treatment" | "params">): Record<string, unknown> {
  const names = (["from", "to"] as const).filter((name) => isBound(treatment, name));
  return Object.fromEntries(names.map((name) => [name, params[name]]));
}

/**
 * The flow with the selected days as the bounds of each step that reads its whole folder in one call and takes bounds: it
 * has no partitions to select. They count like params: the next run without them completes what they left out.
 */
export function withDays(flow: ResolvedFlow, { from, to }: DaySelection): ResolvedFlow {
  if (from === undefined && to === undefined) return flow;
  const bounds = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const steps = flow.steps.map((step) => {
    const { treatment } = step;
    if (treatment.partition.length || !isBound(treatment, "from") || !isBound(treatment, "to")) return step;
    return { ...step, params: { ...step.params, ...bounds } };
  });
  return { ...flow, steps };
}
