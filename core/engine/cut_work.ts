import { isPlain } from "../contract/treatment.ts";
import { compareNames } from "../data/naming.ts";
import { FILE_BYTES, workOf } from "../sandbox/workload.ts";
import { bytesOf, bytesOfAll } from "./partition.ts";
import type { PlannedUnit, StepPlan } from "./plan.ts";
import type { StepState } from "./workspace.ts";

/** Files of a batch at most: a killed run computes no more than these again. */
const BATCH_FILES = 10_000;
/** To share out less than this among children costs more than it brings. */
const LEAST_SHARE = 2 ** 20;
const PACK_FILES = 500;
/** Calls on small partitions per child: all of them are to be at work to the end. */
const SHARES = 4;
/** What small partitions of one call count as at most: they are published when it is done, and computed again if it fails. */
const MOST_SMALL = 2 ** 21;
/** Less than this is not worth a call of its own. */
const LEAST_SMALL = 2 ** 17;
/** What a row counts as at least: a day on which nothing changes takes few bytes, and becomes many. */
const ROW_BYTES = 4;

/** Cuts the work into batches by name, which has files of one source side by side: those are the ones that share days. */
export function cutBatches(units: readonly PlannedUnit[], size: number): PlannedUnit[][] {
  const batches: PlannedUnit[][] = [];
  let bytes = Infinity;
  for (const unit of units.toSorted((a, b) => compareNames(a.key, b.key))) {
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
 * afterwards; but all children should be at work to the end, and a call that fails is made again file by file. They stand
 * side by side among all files, which a plan lists by name, because between rows of equal time the order of the files
 * decides, part by part.
 */
export function cutPacks(
  { step: { treatment: { pack } } }: Pick<StepState, "step">,
  plan: Pick<StepPlan, "units">,
  units: readonly PlannedUnit[],
  jobs: number,
): (readonly PlannedUnit[])[] {
  if (!pack) return units.map((unit) => [unit]);
  const most = (pack === true ? 1 : pack) * 2 ** 20;
  const all = bytesOfAll(units);
  // Equal calls, as many for one child as for another.
  const rounds = Math.max(Math.ceil(all / (jobs * most)), 1);
  const share = Math.max(all / (jobs * rounds), LEAST_SHARE);
  const wanted = new Set(units);
  const packs: PlannedUnit[][] = [];
  let open: PlannedUnit[] | undefined;
  let bytes = 0;
  for (const unit of plan.units) {
    if (!wanted.has(unit) || unit.broken !== undefined) open = undefined;
    if (!wanted.has(unit)) continue;
    const size = bytesOf(unit);
    bytes += size;
    // At least half of a file fits into the share: else one that is a byte too small would make three calls for two children.
    if (open && bytes <= most && bytes - size / 2 <= share && open.length < PACK_FILES) open.push(unit);
    else {
      packs.push(open = [unit]);
      bytes = size;
    }
    if (unit.broken !== undefined) open = undefined;
  }
  return packs;
}

/**
 * What one call each computes: a partition, or several small ones side by side, since to be sent, heard and published takes
 * longer than each. Only of plain treatments: ours are known to be quick, and nobody minds if one is run again.
 */
export function cutCalls(
  { step: { treatment } }: Pick<StepState, "step">,
  units: readonly PlannedUnit[],
  jobs: number,
): (readonly PlannedUnit[])[] {
  if (!isPlain(treatment)) return units.map((unit) => [unit]);
  const works = units.map(workOfOne);
  const share = works.reduce((sum, work) => sum + work, 0) / (SHARES * jobs);
  const most = Math.min(Math.max(share, LEAST_SMALL), MOST_SMALL);
  const calls: PlannedUnit[][] = [];
  let room = 0;
  for (const [i, unit] of units.entries()) {
    if (!calls.length || works[i]! > room || unit.broken !== undefined) {
      calls.push([]);
      room = most;
    }
    calls.at(-1)!.push(unit);
    room = unit.broken === undefined ? room - works[i]! : 0;
  }
  return calls;
}

/** What computing a partition counts as: its bytes, or its rows where they need few, and what opening each file takes. */
function workOfOne({ own, halo, contents }: PlannedUnit): number {
  const rows = own.reduce((sum, { name }) => sum + (contents.get(name)?.rows ?? 0), 0);
  return Math.max(workOf(own), ROW_BYTES * rows) + FILE_BYTES * halo.length;
}
