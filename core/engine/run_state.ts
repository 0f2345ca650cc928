import type { Wall } from "../sandbox/launch.ts";
import type { Contents } from "./contents.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { Failures } from "./failures.ts";
import type { FlowEvent } from "./report.ts";
import type { Sealed, Stamps } from "./seal.ts";
import type { DaySelection } from "./selection.ts";
import type { SharedChildren } from "./shared_children.ts";

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
  readonly wall?: Wall;
  readonly children: SharedChildren;
  /** Wait for what other runs hold instead of failing. */
  readonly wait: boolean;
  /** What lock files tell other runs we are. */
  readonly command: string;
  /** So many bytes of raw files are parsed before their outputs are published: what a killed run can lose. */
  readonly batchBytes: number;
  readonly now: number;
  readonly signal: AbortSignal;
  /** Paths of files that this run has rewritten or removed. */
  readonly changed: Set<string>;
  readonly failures: Failures;
  readonly stamps: Stamps;
  /** Steps that this run found wholly fresh, by output folder. */
  readonly seals: Map<string, Sealed>;
  /** Whether a step did not run because another run has what it keeps. */
  locked: boolean;
}
