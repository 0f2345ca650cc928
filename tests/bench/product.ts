/** The product, run as its tasks run it: its own process, its grants, its children, its syncs and its ledger. */
import { denoCommand, HOME, projectGrants } from "../../core/cli/grants.ts";
import { type Rules, STEPS, type StepTimes } from "./peers/rules.ts";
import { flowOf } from "./rules.ts";
import { type Command, type Run, runCommand, type RunOptions } from "./run_command.ts";

const NAME = "bench";

/** A project with one dataset, and a flow that does what the rules say. */
export interface Project {
  readonly dir: string;
  readonly raw: string;
  /** The dataset's folder. */
  readonly out: string;
}

/** The command line that the task of a project runs. */
export function myxCommand(project: string, args: readonly string[]): Command {
  return [...program(project), ...args, "--project", project];
}

function program(project: string): Command {
  const [, ...flags] = denoCommand(projectGrants(project, HOME), HOME);
  return [Deno.execPath(), ...flags];
}

export function makeProject(dir: string, rules: Rules): Project {
  const out = `${dir}/datasets/${NAME}`;
  Deno.mkdirSync(`${out}/00_raw`, { recursive: true });
  Deno.mkdirSync(`${dir}/flows`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/flows/${NAME}.json`, JSON.stringify(flowOf(rules, NAME)));
  return { dir, raw: `${out}/00_raw`, out };
}

/** Makes raw files by the treatment `simulate`. */
export async function simulate(project: Project, folder: string, params: Record<string, unknown>): Promise<void> {
  await runCommand(
    myxCommand(project.dir, ["run", "simulate", "--output", folder, "--params", JSON.stringify(params)]),
  );
}

/** Puts the project back to where only the raw files are there. */
export function clear(project: Project): void {
  for (const { name } of Deno.readDirSync(project.out)) {
    if (name !== "00_raw") Deno.removeSync(`${project.out}/${name}`, { recursive: true });
  }
}

/** Runs the flow; `prefix` stands before the command, such as `taskset`. */
export async function runFlow(
  project: Project,
  flags: readonly string[] = [],
  options: RunOptions & { readonly prefix?: Command } = {},
): Promise<Run & { readonly steps: StepTimes }> {
  const command = myxCommand(project.dir, ["flow", NAME, "--json", ...flags]);
  const run = await runCommand(options.prefix ? [...options.prefix, ...command] : command, options);
  const report: { steps: { treatment: string; duration_ms: number }[] } = JSON.parse(run.stdout);
  const steps = STEPS.map((step) => [step, report.steps.find(({ treatment }) => treatment === step)!.duration_ms]);
  return { ...run, steps: Object.fromEntries(steps) };
}

/** How long the command line takes to print its help. */
export async function runHelp(): Promise<number> {
  const { wallMs } = await runCommand([...program(HOME), "--help"]);
  return wallMs;
}
