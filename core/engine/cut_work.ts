import { compareNames } from "../data/naming.ts";
import { bytesOf } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import type { RunState } from "./run_state.ts";
import type { StepState } from "./workspace.ts";

/** Files of a batch at most: a killed run computes no more than these again. */
const BATCH_FILES = 10_000;
/** To share out less than this among children costs more than it brings. */
const LEAST_SHARED = 2 ** 20;
const PACK_FILES = 500;

/** Cuts the work into batches, files of one source side by side: those are the ones that share days. */
export function cutBatches(units: readonly PlannedUnit[], size: number): PlannedUnit[][] {
  const batches: PlannedUnit[][] = [];
  let bytes = Infinity;
  for (const unit of units.toSorted((a, b) => compareNames(seriesOf(a), seriesOf(b)) || compareNames(a.key, b.key))) {
    if (bytes >= size || batches.at(-1)!.length >= BATCH_FILES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(unit);
    bytes += unit.own[0]!.size;
  }
  return batches;
}

/**
 * What one call each computes: a file, or several where the treatment takes them. The more, the fewer days are to be joined
 * afterwards; but each child should have some, and all rows of a call are in memory. They stand side by side among all
 * files, which a plan lists by name, because between rows of equal time the order of the files decides, part by part.
 */
export function cutPacks(
  { step: { treatment } }: StepState,
  plan: StepPlan,
  units: readonly PlannedUnit[],
  { jobs, packBytes }: Pick<RunState, "jobs" | "packBytes">,
): (readonly PlannedUnit[])[] {
  if (!treatment.pack) return units.map((unit) => [unit]);
  const all = units.reduce((sum, unit) => sum + bytesOf(unit), 0);
  const most = Math.min(Math.max(all / jobs, LEAST_SHARED), packBytes);
  const wanted = new Set(units);
  const packs: PlannedUnit[][] = [];
  let open: PlannedUnit[] | undefined;
  let bytes = 0;
  for (const unit of plan.units) {
    if (!wanted.has(unit) || unit.broken !== undefined) open = undefined;
    if (!wanted.has(unit)) continue;
    const size = bytesOf(unit);
    bytes += size;
    // Half a file more or less, or two children would have three calls.
    if (open && bytes - size / 2 <= most && open.length < PACK_FILES) open.push(unit);
    else {
      packs.push(open = [unit]);
      bytes = size;
    }
    if (unit.broken !== undefined) open = undefined;
  }
  return packs;
}

/** What stands before the date in a file's name; only a guess, the rows tell what a file holds. */
function seriesOf({ key }: PlannedUnit): string {
  return key.replace(/\d{4}-\d\d-\d\d.*$/s, "");
}
