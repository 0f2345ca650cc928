import { type ExitCode, UsageError } from "../contract/errors.ts";
import type { ResolvedFlow } from "../contract/resolve.ts";
import { type FlowOptions, runFlow } from "../engine/flow.ts";
import type { CommandLine } from "./command_line.ts";
import { withInterrupt } from "./interrupt.ts";
import { printJson, tell } from "./output.ts";
import { startProgress } from "./progress.ts";
import { type FlowWords, formatSummary } from "./summary.ts";

/** How a run is shown. */
export interface ShowOptions {
  readonly json: boolean;
  /** `--project DIR` with a space before it, where the line had it. */
  readonly project: string;
  /** How the command line names the flow; absent for `run`. */
  readonly flow?: FlowWords;
}

/** Runs a flow with progress, and ends with its summary on stderr and, if asked for, its report on stdout. */
export async function execute(flow: ResolvedFlow, options: FlowOptions, show: ShowOptions): Promise<ExitCode> {
  const progress = startProgress();
  const report = await withInterrupt(async (signal) => {
    try {
      return await runFlow(flow, { ...options, signal, onEvent: progress.event });
    } finally {
      progress.close();
    }
  });
  const parquet = flow.steps.findLast(({ treatment, output }) =>
    treatment.output.format === "parquet" && report.steps.some((step) => step.output === output)
  )?.output;
  const summary = formatSummary(report, {
    project: show.project,
    ...(show.flow === undefined ? {} : { flow: show.flow }),
    ...(parquet === undefined ? {} : { parquet }),
  });
  tell(`\n${summary}`);
  if (show.json) printJson(report);
  return report.exit_code;
}

/**
 * The options that `flow` and `run` share.
 *
 * @throws {UsageError} If `--to` lies before `--from`.
 */
export function runOptions({ values, on }: CommandLine, mode: string | undefined): FlowOptions {
  const { from, to, jobs, sandbox } = values;
  if (from !== undefined && to !== undefined && to < from) {
    throw new UsageError(`Cannot select days from ${from} to ${to}: the last lies before the first`);
  }
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(jobs === undefined ? {} : { jobs: Number(jobs) }),
    // The table of commands allows no other values.
    ...(sandbox === undefined ? {} : { wall: sandbox as "bwrap" }),
    ...(mode === undefined ? {} : { outputMode: mode as "append" | "replace" | "full-replace" }),
    strict: on.has("strict"),
    debug: on.has("debug"),
  };
}
