import { type ExitCode, UsageError } from "../contract/errors.ts";
import { findFlow, findTreatment, listFlows, listTreatments, openProject, type Project } from "../contract/project.ts";
import { resolveFlow } from "../contract/resolve.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { asCalled } from "./deno_call.ts";
import { print } from "./output.ts";

/** `check [FLOW...]`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const given = line.arguments;
  const flows = given.length > 0 ? given : listFlows(project).map(({ name }) => name);
  const treatments = given.length > 0 ? [] : listTreatments(project).map(({ name }) => name);
  const outcomes = [
    ...treatments.map((name) => report("treatment", name, () => findTreatment(project, name))),
    ...flows.map((name) => report("flow", name, () => checkFlow(project, name))),
  ];
  return outcomes.every(Boolean) ? 0 : 2;
}

function checkFlow(project: Project, name: string): void {
  resolveFlow(project, findFlow(project, name, Deno.cwd()), { now: Temporal.Now.instant() });
}

function report(kind: string, name: string, check: () => void): boolean {
  try {
    check();
    print(`OK     ${kind} ${name}`);
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const lines = [error.message, ...(error.fix === undefined ? [] : [error.fix])].join("\n").split("\n");
    print(asCalled([`ERROR  ${kind} ${name}`, ...lines.map((line) => `       ${line}`)].join("\n")));
    return false;
  }
}
