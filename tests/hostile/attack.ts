import type { FlowReport } from "../../core/engine/report.ts";
import type { Guard } from "../../core/sandbox/guards.ts";
import type { World } from "./world.ts";

/** One row of the refusal matrix. Its treatment lies in the folder of its name. */
export interface Attack {
  readonly name: string;
  /** The walls it runs against: with these taken away, it wins. */
  readonly guards: readonly Guard[];
  /** What the run's errors and warnings must say, so that people know. */
  readonly seen: RegExp;
  /** What refuses it, from some origins, before anything runs; the exit code is 2 then. */
  readonly atStart?: RegExp;
  /** Exit code of the flow: 1, unless the attack is contained without a failure. */
  readonly exit?: 0 | 1;
  /** Folder it reads: raw files by default, else what the step `copy` made of them. */
  readonly input?: "00_raw" | "05_copied";
  /** Prepares the ground. */
  readonly plant?: (world: World) => void;
  /** Helps from outside while it runs, given the folder of its call. */
  readonly accomplice?: (world: World, folder: string) => void;
  /** Whether it won, besides by publishing `won.csv`, changing earlier data, or reaching the test's port. */
  readonly won?: (world: World, report: FlowReport) => boolean;
}
