import { join } from "node:path";
import { type ExitCode, MyxError } from "../contract/errors.ts";
import { findFlow, isThere, listFlows, openProject, type Project } from "../contract/project.ts";
import { type ResolvedFlow, resolveFlow } from "../contract/resolve.ts";
import type { FlowStatus, StepStatus } from "../engine/report.ts";
import { statusOf } from "../engine/status.ts";
import { type CommandLine, PROGRAM, projectDir, projectWords } from "./command_line.ts";
import { tellError } from "./explain.ts";
import { shortPath } from "./grants.ts";
import { listDatasets, refuseMissing, refuseSlip } from "./near_dataset.ts";
import { print, printJson, tell } from "./output.ts";
import { formatCount, formatTable, plural } from "./table.ts";

/** How a flow stands, as `--json` prints it. */
interface Stands extends FlowStatus {
  readonly flow: string;
  readonly dataset?: string;
  readonly root: string;
}

/** `status [FLOW]`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const name = line.arguments[0];
  const named = new Set<string>();
  const all: Stands[] = [];
  const add = (flow: ResolvedFlow) => {
    const dataset = flow.dataset === undefined ? {} : { dataset: flow.dataset };
    all.push({ flow: flow.name, ...dataset, root: flow.root, ...statusOf(flow) });
  };
  const there = listDatasets(project);
  refuseSlip(project, { steps: [] }, line.values.dataset);
  // Without a flow there is nothing else that a name could be of: it is that of a dataset, or wrong.
  if (name === undefined && line.values.dataset !== undefined) refuseMissing(project, line.values.dataset, line);
  let code: ExitCode = 0;
  if (name !== undefined) {
    add(resolve(project, name, line.values.dataset));
  } else {
    for (const listed of listFlows(project)) {
      try {
        const flow = findFlow(project, listed.name);
        const dataset = line.values.dataset ?? flow.dataset;
        if (dataset === undefined || !there.includes(dataset)) continue;
        named.add(dataset); // Also by a flow that is left out.
        add(resolve(project, listed.name, dataset));
      } catch (error) {
        // One broken flow, or dataset, must not hide the state of the others.
        if (!(error instanceof MyxError)) throw error;
        // One that cannot be read names nothing; mostly its dataset has its name.
        named.add(listed.name);
        tellError(`Flow "${listed.name}" is left out: ${error.message}`, error.fix);
        code = error.exitCode;
      }
    }
  }
  const unnamed = name === undefined && line.values.dataset === undefined
    ? hintsOnUnnamed(project, named, there, projectWords(line))
    : [];
  if (line.on.has("json")) printJson(all);
  else if (all.length > 0) print(all.map(({ flow, root, ...status }) => formatStatus(flow, root, status)).join("\n\n"));
  else if (unnamed.length === 0 && code === 0) {
    tell(`No flow has a dataset here yet. Start one with: ${PROGRAM} init DATASET${projectWords(line)}`);
  }
  if (all.length > 0 && unnamed.length > 0) tell("");
  for (const text of unnamed) tell(text);
  return code;
}

/** A line for each dataset that was made by a flow which names another one, as the demo's is: what made it is not known. */
function hintsOnUnnamed(
  project: Project,
  named: ReadonlySet<string>,
  there: readonly string[],
  where: string,
): string[] {
  const listed = listFlows(project).map(({ name }) => name);
  const flow = listed.length === 1 ? listed[0] : "FLOW";
  return there.filter((dataset) => !named.has(dataset))
    .filter((dataset) => isThere(join(project.dir, "datasets", dataset, ".myx"), "isDirectory"))
    .map((dataset) =>
      `${dataset}: no flow names this dataset; see it with: ${PROGRAM} status ${flow} --dataset ${dataset}${where}`
    );
}

/**
 * One flow's state as a table: a line per step, then the outputs whose inputs are gone and those that new rows are held back
 * from, and how the last run ended.
 */
export function formatStatus(flow: string, root: string, status: FlowStatus): string {
  const { steps, last_run } = status;
  const rows = steps.map((step) => [
    step.step,
    step.treatment,
    step.folder,
    formatCount(step.files),
    step.last_date ?? "-",
    stateOf(step),
  ]);
  const table = formatTable([["step", "treatment", "folder", "files", "last date", "state"], ...rows], [3]);
  const orphaned = steps.flatMap(({ folder, orphaned, held_back }) =>
    orphaned.filter((file) => !held_back.includes(file)).map((file) => `${folder}/${file}`)
  );
  const heldBack = steps.flatMap(({ folder, held_back }) => held_back.map((file) => `${folder}/${file}`));
  const gone = [...new Set(steps.flatMap(({ gone }) => gone))];
  const lines = [`${flow} in ${shortPath(root, Deno.cwd())}`, table];
  lines.push(
    ...listFiles(
      "Orphaned (something they were made from is gone; on all days, or those of --from and --to, --output-mode replace makes " +
        "them without it, or removes them):",
      orphaned,
    ),
    ...listFiles(
      "Held back (there are rows that they may lack, but a file they were made from is gone: put it back, or make them " +
        "without it with --output-mode replace, --from and --to):",
      heldBack,
    ),
    ...listFiles("Gone, and waited for:", gone),
  );
  const said = last_run && LAST_RUN[last_run.status];
  if (said) lines.push(`The last run, of ${last_run.started.slice(0, 19)}Z, ${said}`);
  return lines.join("\n");
}

function listFiles(title: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const more = files.length > 10 ? [`  and ${formatCount(files.length - 10)} more`] : [];
  return [title, ...files.slice(0, 10).map((file) => `  ${file}`), ...more];
}

const GO_ON = "the same command, or one with --last, goes on where it was";

/** What is said of a last run that did not end well. */
const LAST_RUN: Readonly<Record<string, string>> = {
  running: "is under way",
  killed: `was killed: ${GO_ON}`,
  interrupted: `was interrupted: ${GO_ON}`,
  error: `failed: see "logs --errors"; ${GO_ON}`,
};

function stateOf({ state, stale_partitions, partitions }: StepStatus): string {
  if (state === "stale") return `stale: ${formatCount(stale_partitions)} of ${plural(partitions, "partition")}`;
  return state;
}

function resolve(project: Project, name: string, dataset: string | undefined): ResolvedFlow {
  return resolveFlow(project, findFlow(project, name, Deno.cwd()), {
    ...(dataset === undefined ? {} : { dataset }),
    now: Temporal.Now.instant(),
  });
}
