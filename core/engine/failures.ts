import type { Partition } from "../contract/context.ts";
import { parseFileName } from "../data/naming.ts";
import type { PlannedUnit } from "./plan.ts";
import type { StepState } from "./workspace.ts";

/** The partitions of a step that failed. A day of one domain of one source has an exact key; looking that up is quick. */
interface StepFailures {
  readonly all: Partition[];
  readonly exact: Set<string>;
  readonly loose: Partition[];
}

/** What failed so far, to hold back what depends on it while the rest goes on. */
export class Failures {
  readonly #paths = new Set<string>();
  readonly #steps = new Map<string, StepFailures>();

  /** Notes that `unit` was not computed: what it would have written is not what its followers may read. */
  add(state: StepState, unit: PlannedUnit): void {
    for (const name of unit.record?.outputs ?? []) this.addFile(state, name);
    // A raw file that was refused says nothing about other files' days.
    if (unit.partition.file === undefined) this.#addPartition(state.step.name, unit.partition);
  }

  /** Whether all went well so far. */
  none(): boolean {
    return !this.#paths.size && !this.#steps.size;
  }

  /** Notes that one output is not what it should be. */
  addFile(state: StepState, name: string): void {
    this.#paths.add(`${state.output}/${name}`);
  }

  /** Notes that one output could not be published, in whose place there may be none of before. */
  addOutput(state: StepState, name: string): void {
    this.addFile(state, name);
    const named = parseFileName(name);
    if (!named) return;
    const { source, domain, day } = named;
    this.#addPartition(state.step.name, { source, domain, day });
  }

  /** Notes that a step was not run at all. */
  addStep(state: StepState): void {
    this.#addPartition(state.step.name, {});
  }

  /** Hands the failures of a step's producers down to it: a partition that never came to be has followers, too. */
  inherit(state: StepState): void {
    for (const partition of this.before(state)) this.#addPartition(state.step.name, partition);
  }

  /** Whether anything that a step reads failed to be made. */
  reach(state: StepState): boolean {
    return state.producers.some((producer) => this.#steps.has(producer));
  }

  /** The partitions that the steps before did not make. */
  before(state: StepState): readonly Partition[] {
    return state.producers.flatMap((producer) => this.#steps.get(producer)?.all ?? []);
  }

  /** Whether `unit` reads what a failed partition should have written. */
  block(state: StepState, unit: PlannedUnit): boolean {
    if (this.none()) return false;
    if ([...unit.own, ...unit.halo].some(({ path }) => this.#paths.has(path))) return true;
    return state.producers.some((producer) => {
      const failed = this.#steps.get(producer);
      if (!failed) return false;
      const exact = exactKey(unit.partition);
      if (exact && failed.exact.has(exact)) return true;
      return (exact ? failed.loose : failed.all).some((partition) => meet(partition, unit.partition));
    });
  }

  #addPartition(step: string, partition: Partition): void {
    const failed = this.#steps.get(step) ?? { all: [], exact: new Set(), loose: [] };
    this.#steps.set(step, failed);
    failed.all.push(partition);
    const exact = exactKey(partition);
    if (exact) failed.exact.add(exact);
    else failed.loose.push(partition);
  }
}

/** The key of a day of one domain of one source, with which being the same is a look-up; others have none. */
function exactKey({ source, domain, day }: Partition): string | undefined {
  return source && domain && day ? `${source}__${domain}__${day}` : undefined;
}

/** Whether two partitions may share rows: they agree in every key that both have. */
export function meet(a: Partition, b: Partition): boolean {
  return (["source", "domain", "day"] as const).every((key) =>
    a[key] === undefined || b[key] === undefined || a[key] === b[key]
  );
}
