import { UsageError } from "../contract/errors.ts";
import { didYouMean } from "../contract/suggest.ts";

/** Which steps the command line picks. */
export interface StepChoice {
  /** Names set apart by commas. */
  readonly step?: string | undefined;
  readonly fromStep?: string | undefined;
  readonly toStep?: string | undefined;
}

/**
 * Picks steps of a flow by name, in the flow's order.
 *
 * @throws {UsageError} If a name is unknown, or the range is empty or given together with single steps.
 */
export function selectSteps(names: readonly string[], choice: StepChoice): string[] {
  const { step, fromStep, toStep } = choice;
  if (step !== undefined) {
    if (fromStep !== undefined || toStep !== undefined) {
      throw new UsageError("Cannot select steps: --step is given together with --from-step or --to-step", {
        fix: "Give single steps or a range, not both",
      });
    }
    const wanted = new Set(step.split(",").map((name) => names[indexOf(names, name.trim())]!));
    return names.filter((name) => wanted.has(name));
  }
  const first = fromStep === undefined ? 0 : indexOf(names, fromStep);
  const last = toStep === undefined ? names.length - 1 : indexOf(names, toStep);
  if (last < first) {
    throw new UsageError(`Cannot select steps: "${toStep}" comes before "${fromStep}"`, {
      fix: `The steps are, in order: ${names.join(", ")}`,
    });
  }
  return names.slice(first, last + 1);
}

function indexOf(names: readonly string[], name: string): number {
  const at = names.indexOf(name);
  if (at >= 0) return at;
  throw new UsageError(`Cannot select step "${name}": the flow has none of that name${didYouMean(name, names)}`, {
    fix: `The steps are, in order: ${names.join(", ")}`,
  });
}
