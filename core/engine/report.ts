import type { ExitCode } from "../contract/errors.ts";
import type { EndedRun, LastRun } from "./ledger.ts";

/** What a run of a flow did; `flow --json` prints it as it is. */
export interface FlowReport {
  readonly run_id: string;
  readonly flow: string;
  readonly dataset?: string;
  /** Folder that the steps' paths are relative to. */
  readonly root: string;
  readonly status: EndedRun;
  readonly exit_code: ExitCode;
  readonly duration_ms: number;
  readonly steps: readonly StepReport[];
}

/** What one step did. */
export interface StepReport {
  readonly name: string;
  readonly treatment: string;
  readonly input: string;
  readonly output: string;
  readonly status: "success" | "error" | "skip";
  readonly duration_ms: number;
  readonly partitions: PartitionCounts;
  /** Files this run computed (those whose bytes were there already are left alone), and all that the folder holds now. */
  readonly files: { readonly written: number; readonly total: number };
  readonly rows_in: number;
  readonly rows_out: number;
  readonly rejects: number;
  /** Counters of the partitions computed in this run, added up; a name with a detail is written `kind:detail`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly errors: readonly PartitionError[];
  readonly warnings: readonly string[];
  /** For steps that work file by file: each raw file's counters, of this run or, where it was fresh, as recorded. */
  readonly raw_files?: readonly ({ readonly file: string } & Readonly<Record<string, number | string>>)[];
}

/** How many partitions of a step went which way. */
export interface PartitionCounts {
  readonly total: number;
  readonly computed: number;
  /** Not computed: up to date (`--last`) or not selected. */
  readonly fresh: number;
  readonly failed: number;
  /** Not computed because a partition they need failed. */
  readonly blocked: number;
  /** To be computed, and not come to when the run was interrupted; absent where there are none. */
  readonly left?: number;
}

/** A partition that failed, in words for people. */
export interface PartitionError {
  readonly partition: string;
  readonly message: string;
  readonly fix?: string;
  readonly stack?: string;
}

/** What `--dry-run` tells. */
export interface FlowPlan {
  readonly partitions: readonly PlannedPartition[];
  /** How many files a run that replaces would remove, because what they were made from is gone; more may follow from these. */
  readonly going: number;
  /** Steps that have more to do than is listed: only the results of partitions before them will tell what. */
  readonly following: readonly string[];
}

/** One line of `--dry-run`: what would be computed and why. */
export interface PlannedPartition {
  readonly step: string;
  readonly partition: string;
  /** Such as `new`, `changed input 20_clean/x.parquet`, `changed params`; `selected` without `--last`. */
  readonly reason: string;
}

/** How a flow stands, as `status` tells it. */
export interface FlowStatus {
  readonly steps: readonly StepStatus[];
  /** `running`: under way at this moment; `killed`: it never came to its end. */
  readonly last_run?: Omit<LastRun, "status"> & { readonly status: EndedRun | "running" | "killed" };
}

/** One step's line of `status`. */
export interface StepStatus {
  readonly step: string;
  readonly treatment: string;
  readonly folder: string;
  readonly files: number;
  /** Last day in the folder's file names, if they carry one. */
  readonly last_date?: string;
  readonly state: "up-to-date" | "stale" | "empty";
  readonly stale_partitions: number;
  readonly partitions: number;
  /** Files kept as they are, because something they were made from is gone. */
  readonly orphaned: readonly string[];
  /** Those of them that rows which came since are held back from: until that returns, or with `replace`. */
  readonly held_back: readonly string[];
  /** The inputs that these wait for, as far as their names are known. */
  readonly gone: readonly string[];
}

/** What the engine tells while it runs; the command line draws it. */
export type FlowEvent =
  | { readonly type: "step"; readonly step: string; readonly treatment: string; readonly total: number }
  | { readonly type: "progress"; readonly step: string; readonly done: number; readonly total: number }
  | { readonly type: "warning"; readonly step: string; readonly message: string }
  /** Something about the whole run, which no step reports: what it waits for, or cannot note down. */
  | { readonly type: "notice"; readonly message: string }
  | { readonly type: "step-done"; readonly report: StepReport };
