import { basename, dirname, join, resolve } from "node:path";
import { type ExitCode, UsageError } from "../contract/errors.ts";
import { realFolder } from "../contract/links.ts";
import { findTreatment, isThere, openProject } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { type ResolvedFlow, resolveFlow } from "../contract/resolve.ts";
import { explainDisk } from "../engine/disk_error.ts";
import { type CommandLine, PROGRAM, projectDir, projectWords } from "./command_line.ts";
import { execute, runOptions } from "./execute.ts";
import { readParams } from "./params_flag.ts";

/** `run TREATMENT`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const { mode, "output-mode": outputMode } = line.values;
  if (mode !== undefined && outputMode !== undefined) {
    throw new UsageError('Cannot use "--mode" and "--output-mode" together: they are the same');
  }
  const options = { ...runOptions(line, mode ?? outputMode), command: `run ${line.arguments[0]}` };
  return await execute(oneStepFlow(line), options, { json: line.on.has("json"), project: projectWords(line) });
}

/** A flow of one step whose state lies beside its output. */
function oneStepFlow(line: CommandLine): ResolvedFlow {
  const { input, output = "", params } = line.values;
  const project = openProject(projectDir(line));
  const treatment = findTreatment(project, line.arguments[0]!, Deno.cwd());
  const reads = treatment.input.format !== "none";
  if (reads && input === undefined) {
    const named = `${quoteWords([line.arguments[0]!])}${projectWords(line)}`;
    throw new UsageError(`Cannot run ${treatment.name}: --input DIR is missing`, {
      fix: `It reads ${treatment.input.format} files; see "${PROGRAM} describe ${named}"`,
    });
  }
  const root = placeOf(dirname(resolve(output)));
  const name: string = basename(resolve(output));
  const step = {
    // By what was named: only so is one from elsewhere held to what myx.lock grants, and a built-in one trusted.
    treatment: ["project", "path"].includes(treatment.origin) ? treatment.dir : line.arguments[0]!,
    output: resolve(root, name),
    ...(input === undefined ? {} : { input: resolve(input) }),
  };
  const flow = resolveFlow(project, { name: treatment.name, params: {}, steps: [step] }, {
    params: readParams(params),
    command: `run ${line.arguments[0]}`,
    now: Temporal.Now.instant(),
  });
  makeRoot(root);
  // resolveFlow places a flow in the project; this one stands in the output's folder, wherever that is.
  return { ...flow, root, steps: flow.steps.map((step) => ({ ...step, treatment, output: name })) };
}

/** The real path of a folder, or that which it will have once it is made: what is refused leaves none behind. */
function placeOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return realFolder(path);
    throw explainDisk(error, `"${path}"`);
  }
}

function makeRoot(path: string): void {
  if (isThere(path, "isDirectory")) return;
  try {
    // By way of the folder in it that the run is allowed to write.
    Deno.mkdirSync(join(path, ".myx"), { recursive: true });
  } catch (error) {
    throw explainDisk(error, `"${path}"`);
  }
}
