import { type ExitCode, MyxError } from "../contract/errors.ts";
import { findFlow, openProject } from "../contract/project.ts";
import { resolveFlow } from "../contract/resolve.ts";
import { checkRun } from "../engine/check_inputs.ts";
import { runFlow } from "../engine/flow.ts";
import type { FlowReport } from "../engine/report.ts";
import { watchFolders } from "../engine/watch.ts";
import { type StepState, stepStates } from "../engine/workspace.ts";
import { requireSelf } from "../sandbox/launch.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { tellError } from "./explain.ts";
import { runOptions } from "./execute.ts";
import { withInterrupt } from "./interrupt.ts";
import { refreshGuide } from "./llm_txt.ts";
import { refuseSlip } from "./near_dataset.ts";
import { tell } from "./output.ts";
import { formatWarnings } from "./summary.ts";
import { plural } from "./table.ts";

const QUIET_MS = 2000;
const LONGEST_MS = 30_000;
const EVERY_S = 300;

/** `watch FLOW`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const { values, arguments: [name = ""] } = line;
  const project = openProject(projectDir(line));
  const load = () => findFlow(project, name, Deno.cwd());
  refuseSlip(project, load(), values.dataset);
  // Anew for each run: {NOW} moves on, and a flow that was edited meanwhile must not be undone by the one of the start.
  const resolve = () =>
    resolveFlow(project, load(), {
      ...(values.dataset === undefined ? {} : { dataset: values.dataset }),
      now: Temporal.Now.instant(),
    });
  const everyS = Number(values.every ?? EVERY_S);
  checkRun(stepStates(resolve()));
  const tellWatched = onNews(tell);
  const tellWarnings = onNews(tell);
  const tellFailure = onNews(tellError);
  const tellBlind = onNews(tellError);
  let folders: readonly string[] = [];
  const listFolders = () => {
    try {
      folders = rawFolders(stepStates(resolve()));
    } catch {
      // The run that follows says what is wrong with the flow.
    }
    tellWatched(`${folders.length ? `Watching ${folders.join(", ")}` : `Running every ${everyS} s`}; Ctrl-C ends it`);
    return folders;
  };
  await withInterrupt(async (signal) => {
    const work = async () => {
      const flow = resolve();
      const report = await runFlow(flow, {
        ...runOptions(line, undefined),
        last: true,
        wait: true,
        signal,
        command: "watch",
        onEvent: (event) => {
          if (event.type === "notice") tell(event.message);
        },
      });
      if (signal.aborted) return;
      tellWarnings([formatWarnings(report.steps), refreshGuide(flow) ?? ""].filter(Boolean).join("\n"));
      if (report.status !== "up-to-date") tellReport(report);
    };
    let begun = false;
    const workOn = async () => {
      requireSelf(); // With another version in its place no run would succeed any more: this ends it.
      try {
        await work();
        tellFailure(""); // What fails again after this is news.
      } catch (error) {
        // What a first run throws is a slip. Later a drive was away, or a file half written: the next run may find it whole.
        if (!begun || signal.aborted) throw error;
        const { message, fix } = error instanceof MyxError ? error : { message: `${error}`, fix: undefined };
        tellFailure(message, fix);
      }
      begun = true;
    };
    await watchFolders(listFolders, workOn, {
      signal,
      quietMs: QUIET_MS,
      longestMs: LONGEST_MS,
      everyMs: 1000 * everyS,
      onBlind: (error) => {
        tellBlind(
          `Cannot watch for changes: ${(error as Error).message}; looking every ${everyS} s`,
          "Where other programs watch many folders, raise fs.inotify.max_user_instances with sysctl",
        );
      },
    });
  });
  return 130;
}

/** Tells a text unless it is empty or the same as the last time: that is no news. */
function onNews(tell: (text: string, fix?: string) => void): (text: string, fix?: string) => void {
  let last = "";
  return (text, fix) => {
    if (text !== "" && text !== last) tell(text, fix);
    last = text;
  };
}

function tellReport({ steps, duration_ms }: FlowReport): void {
  const computed = steps.reduce((sum, { partitions }) => sum + partitions.computed, 0);
  tell(`${new Date().toISOString()} ${plural(computed, "partition")} computed in ${duration_ms} ms`);
  for (const { name, errors } of steps) {
    for (const { partition, message, fix, stack } of errors) {
      tellError(`${name} ${partition}: ${message}`, fix);
      if (stack !== undefined) tell(stack);
    }
  }
}

/** The folders that no step of the flow writes. */
function rawFolders(states: readonly StepState[]): string[] {
  return [...new Set(states.flatMap(({ input, producers }) => input && !producers.length ? input : []))];
}
