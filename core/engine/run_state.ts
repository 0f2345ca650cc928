import type { Partition } from "../contract/context.ts";
import type { Contents } from "./contents.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { PlannedUnit } from "./plan.ts";
import type { FlowEvent } from "./report.ts";
import type { DaySelection } from "./selection.ts";
import type { StepState } from "./workspace.ts";

/** What the steps of one run share. */
export interface RunState {
  readonly runId: string;
  readonly flow: string;
  readonly ledger: Ledger;
  readonly contents: Contents;
  readonly log: Log;
  readonly onEvent: (event: FlowEvent) => void;
  readonly last: boolean;
  readonly outputMode: "append" | "replace" | "full-replace";
  readonly days: DaySelection;
  readonly strict: boolean;
  readonly debug: boolean;
  readonly jobs: number;
  /** So many bytes of raw files are parsed before their outputs are published: what a killed run can lose. */
  readonly batchBytes: number;
  readonly now: number;
  readonly signal: AbortSignal;
  /** Paths of files that this run has rewritten or removed. */
  readonly changed: Set<string>;
  readonly failures: Failures;
}

/** What failed so far, to hold back what depends on it while the rest goes on. */
export class Failures {
  readonly #paths = new Set<string>();
  readonly #partitions = new Map<string, Partition[]>();

  /** Notes that `unit` was not computed: what it would have written is not what its followers may read. */
  add(state: StepState, unit: PlannedUnit): void {
    for (const name of unit.record?.outputs ?? []) this.#paths.add(`${state.output}/${name}`);
    // A raw file that was refused says nothing about other files' days.
    if (unit.partition.file !== undefined) return;
    const { name } = state.step;
    this.#partitions.set(name, [...this.#partitions.get(name) ?? [], unit.partition]);
  }

  /** Whether `unit` reads what a failed partition should have written. */
  block(state: StepState, unit: PlannedUnit): boolean {
    if ([...unit.own, ...unit.halo].some(({ path }) => this.#paths.has(path))) return true;
    return state.producers.some((producer) =>
      this.#partitions.get(producer)?.some((failed) => meet(failed, unit.partition)) ?? false
    );
  }
}

/** Whether two partitions may share rows: they agree in every key that both have. */
function meet(a: Partition, b: Partition): boolean {
  return (["source", "domain", "day"] as const).every((key) =>
    a[key] === undefined || b[key] === undefined || a[key] === b[key]
  );
}
