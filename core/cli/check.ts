import { type ExitCode, UsageError } from "../contract/errors.ts";
import { findFlow, findTreatment, listFlows, listTreatments, openProject, type Project } from "../contract/project.ts";
import { resolveUnplaced } from "../contract/resolve.ts";
import type { Treatment } from "../contract/treatment.ts";
import { findFaults } from "../remote/imports.ts";
import { requireDeno } from "../sandbox/unpack.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { asCalled } from "./deno_call.ts";
import { print } from "./output.ts";

/** `check [FLOW...]`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const project = openProject(projectDir(line));
  const given = line.arguments;
  const treatments = given.length > 0 ? [] : listTreatments(project).map(({ name }) => name);
  let isFine = true;
  for (const name of treatments) {
    isFine = await report("treatment", name, () => checkCode(findTreatment(project, name))) && isFine;
  }
  for (const name of given.length > 0 ? given : listFlows(project).map(({ name }) => name)) {
    isFine = await report("flow", name, async () => {
      const used = checkFlow(project, name);
      // Else all of the project's have been looked at.
      if (given.length > 0) { for (const treatment of used) await checkCode(treatment); }
    }) && isFine;
  }
  return isFine ? 0 : 2;
}

/** Checks a flow, and returns the treatments that it uses. */
function checkFlow(project: Project, name: string): Treatment[] {
  const { steps } = resolveUnplaced(project, findFlow(project, name, Deno.cwd()));
  return [...new Map(steps.map(({ treatment }) => [treatment.dir, treatment])).values()];
}

/** Checks that the code of a treatment of the project can be loaded; one from elsewhere was checked when it was added. */
async function checkCode(treatment: Treatment): Promise<void> {
  const { name, origin, dir } = treatment;
  if (origin !== "project" && origin !== "path") return;
  requireDeno(treatment);
  const faults = await findFaults(dir, "run.ts");
  if (faults.length > 0) throw new UsageError([`Cannot load treatment "${name}":`, ...faults].join("\n"));
}

async function report(kind: string, name: string, check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    print(`OK     ${kind} ${name}`);
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const lines = [error.message, ...(error.fix === undefined ? [] : [error.fix])].join("\n").split("\n");
    print(asCalled([`ERROR  ${kind} ${name}`, ...lines.map((line) => `       ${line}`)].join("\n")));
    return false;
  }
}
