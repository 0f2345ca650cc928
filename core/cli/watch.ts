import { type ExitCode, MyxError } from "../contract/errors.ts";
import { findFlow, openProject } from "../contract/project.ts";
import { resolveFlow } from "../contract/resolve.ts";
import { checkRun } from "../engine/check_inputs.ts";
import { runFlow } from "../engine/flow.ts";
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
  let watched = "";
  let folders: readonly string[] = [];
  const listFolders = () => {
    try {
      folders = rawFolders(stepStates(resolve()));
    } catch {
      // The run that follows says what is wrong with the flow.
    }
    const now = folders.length ? `Watching ${folders.join(", ")}` : `Running every ${everyS} s`;
    if (now !== watched) tell(`${now}; Ctrl-C ends it`);
    watched = now;
    return folders;
  };
  await withInterrupt(async (signal) => {
    let warned = "";
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
      // As long as they are the same they are no news.
      const warnings = [formatWarnings(report.steps), refreshGuide(flow) ?? ""].filter(Boolean).join("\n");
      if (warnings !== "" && warnings !== warned) tell(warnings);
      warned = warnings;
      if (report.status === "up-to-date") return;
      const computed = report.steps.reduce((sum, { partitions }) => sum + partitions.computed, 0);
      tell(`${new Date().toISOString()} ${plural(computed, "partition")} computed in ${report.duration_ms} ms`);
      for (const { name, errors } of report.steps) {
        for (const { partition, message, fix, stack } of errors) {
          tellError(`${name} ${partition}: ${message}`, fix);
          if (stack !== undefined) tell(stack);
        }
      }
    };
    let told: string | undefined;
    let begun = false;
    let blind: string | undefined;
    const workOn = async () => {
      requireSelf(); // With another version in its place no run would succeed any more: this ends it.
      try {
        await work();
        told = undefined;
      } catch (error) {
        // What a first run throws is a slip. Later a drive was away, or a file half written: the next run may find it whole.
        if (!begun || signal.aborted) throw error;
        const { message, fix } = error instanceof MyxError ? error : { message: `${error}`, fix: undefined };
        if (told !== message) tellError(message, fix);
        told = message;
      }
      begun = true;
    };
    await watchFolders(listFolders, workOn, {
      signal,
      quietMs: QUIET_MS,
      longestMs: LONGEST_MS,
      everyMs: 1000 * everyS,
      onBlind: (error) => {
        const { message } = error as Error;
        if (blind === message) return;
        blind = message;
        tellError(
          `Cannot watch for changes: ${message}; looking every ${everyS} s`,
          "Where other programs watch many folders, raise fs.inotify.max_user_instances with sysctl",
        );
      },
    });
  });
  return 130;
}

/** The folders that no step of the flow writes. */
function rawFolders(states: readonly StepState[]): string[] {
  return [...new Set(states.flatMap(({ input, producers }) => input && !producers.length ? input : []))];
}
