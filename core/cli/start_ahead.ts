import { lookAt, realPath } from "../engine/folder.ts";
import { DEFAULTS, sharedGrants, type SharingStep } from "../engine/shared_grants.ts";
import { guessLaunch } from "../sandbox/launch.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { HOME } from "./grants.ts";

/** Flags with which little or nothing is to be computed, now or by the usual child. */
const OTHERWISE = ["last", "dry-run", "wait", "step", "from-step", "to-step", "sandbox"];
/** What is a folder of this name below its parent, and called the same in the staging area. */
const PLAIN = /^\w[\w.-]{0,79}$/;

/**
 * Starts the first child of a flow on a guess, from its files as they lie there. Nothing is checked: the child waits until
 * all has been, and another one is started should it turn out that this one may touch too much, or too little. Not on
 * Windows, whose paths have other signs in them.
 */
export function startAhead(line: CommandLine): void {
  const { values, on, arguments: [flow = ""] } = line;
  if (Deno.build.os === "windows" || OTHERWISE.some((flag) => on.has(flag) || values[flag] !== undefined)) return;
  try {
    const steps = guessSteps(Deno.realPathSync(projectDir(line)), flow, values.dataset);
    if (steps.length) guessLaunch(sharedGrants(steps), DEFAULTS.fileMb);
  } catch {
    // What is wrong is told by the run itself.
  }
}

/** The first steps of a flow, as far as they are treatments of ours that ask for nothing but their folders. */
function guessSteps(project: string, name: string, dataset: string | undefined): SharingStep[] {
  const isOwn = (path: string) => project !== HOME && lookAt(`${project}/${path}`) !== undefined;
  if (!PLAIN.test(name) || lookAt(`${project}/myx.lock`)) return [];
  const flow = readJson(`${isOwn(`flows/${name}.json`) ? project : HOME}/flows/${name}.json`);
  const root = Deno.realPathSync(`${project}/datasets/${dataset ?? flow.dataset}`);
  const steps: SharingStep[] = [];
  for (const { treatment, input, output } of flow.steps) {
    if (!PLAIN.test(treatment) || !PLAIN.test(output) || isOwn(`treatments/${treatment}`)) break;
    const codeDir = `${HOME}/treatments/${treatment}`;
    const { permissions = {}, partition = [] } = readJson(`${codeDir}/treatment.json`);
    if (Object.keys(permissions).length) break;
    steps.push({
      ...(input === undefined ? {} : { input: realPath(`${root}/${input}`) }),
      codeDir,
      staging: `${root}/.myx/staging/${output}`,
      joins: partition.includes("file"),
    });
  }
  return steps;
}

// deno-lint-ignore no-explicit-any -- whatever it is: what is not as expected ends the guessing
function readJson(path: string): any {
  return JSON.parse(Deno.readTextFileSync(path));
}
