import type { ExitCode } from "../contract/errors.ts";
import { findFlow, openProject } from "../contract/project.ts";
import { resolveFlow } from "../contract/resolve.ts";
import type { FlowOptions } from "../engine/flow.ts";
import { planFlow } from "../engine/plan_flow.ts";
import type { FlowPlan } from "../engine/report.ts";
import { type CommandLine, projectDir, projectWords } from "./command_line.ts";
import { execute, runOptions } from "./execute.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { refreshGuide } from "./llm_txt.ts";
import { refuseSlip } from "./near_dataset.ts";
import { print, printJson, tell } from "./output.ts";
import { readParams } from "./params_flag.ts";
import { selectSteps } from "./select_steps.ts";
import type { FlowWords } from "./summary.ts";
import { formatTable, plural } from "./table.ts";

/** `flow NAME|PATH`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const { values, on } = line;
  const project = openProject(projectDir(line));
  const flow = findFlow(project, line.arguments[0]!, Deno.cwd());
  refuseSlip(project, flow, values.dataset);
  const choice = { step: values.step, fromStep: values["from-step"], toStep: values["to-step"] };
  const resolved = resolveFlow(project, flow, {
    params: readParams(values.params),
    select: (names) => selectSteps(names, choice),
    ...(values.dataset === undefined ? {} : { dataset: values.dataset }),
    now: Temporal.Now.instant(),
  });
  const options: FlowOptions = {
    ...runOptions(line, values["output-mode"]),
    steps: selectSteps(resolved.steps.map((step) => step.name), choice),
    last: on.has("last"),
    wait: on.has("wait"),
    command: `flow ${flow.name}`,
  };
  if (!on.has("dry-run")) {
    const show = { json: on.has("json"), project: projectWords(line), flow: wordsOf(line) };
    const code = await execute(resolved, options, show);
    // With params of the moment it would tell of those.
    const left = values.params === undefined ? refreshGuide(resolved) : undefined;
    if (left !== undefined) tell(left);
    return code;
  }
  const plan = planFlow(resolved, options);
  if (on.has("json")) {
    printJson(plan.partitions);
    if (plan.following.length > 0 || plan.going > 0) tell(countPlanned(plan, options));
  } else {
    const rows = plan.partitions.map(({ step, partition, reason }) => [step, partition, reason]);
    if (rows.length > 0) print(formatTable(rows));
    print(countPlanned(plan, options));
  }
  return 0;
}

/** How much there is to do; which partitions of later steps follow is told by what earlier ones write. */
function countPlanned({ partitions, going, following }: FlowPlan, { last, from, to }: FlowOptions): string {
  const computed = plural(partitions.length, "partition");
  const count = going > 0 ? `${computed}, ${plural(going, "file")} to remove` : computed;
  if (partitions.length === 0 && going === 0) {
    if (last) return `${count}: already up-to-date`;
    return `${count}: ${from ?? to ? "none lies in the selected days" : "there is nothing to read"}`;
  }
  if (following.length === 0) return count;
  return `${count}, and what follows from ${partitions.length + going === 1 ? "it" : "them"} in ${
    following.join(", ")
  }`;
}

/** The flow as the next command must name it, too. */
function wordsOf(line: CommandLine): FlowWords {
  const { values: { dataset }, arguments: [flow = ""] } = line;
  return {
    flow: quoteWords([flow]),
    dataset: dataset === undefined ? "" : ` --dataset ${quoteWords([dataset])}`,
  };
}
