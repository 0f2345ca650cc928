/** The command line as a process: what it exits with, and what goes to stdout and stderr. */
import { fromFileUrl } from "@std/path";
import { DENO_RUN } from "../../deno_run.ts";
import { makeProject, treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** The repository, which a project of its own is elsewhere. */
export const HOME = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** What came of a process. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Deno as from a shell in that folder, however these tests were started. */
export async function deno(args: readonly string[], cwd: string): Promise<Ended> {
  const env = { NO_COLOR: "1", INIT_CWD: cwd };
  return await end(new Deno.Command(Deno.execPath(), { args: [...args], cwd, env }));
}

/** Waits for a process. */
export async function end(command: Deno.Command): Promise<Ended> {
  const output = await command.output();
  const text = (bytes: Uint8Array<ArrayBuffer>) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

/** Runs myx with every permission. */
export function myx(args: readonly string[], cwd = makeTempDir()): Promise<Ended> {
  return deno([...DENO_RUN, "-A", `${HOME}/main.ts`, ...args], cwd);
}

/** Runs myx with every permission, but without the right that root has to every file. */
export function myxAsAnybody(args: readonly string[], cwd: string): Promise<Ended> {
  const limits = Deno.uid() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
  const [program, ...words] = [...limits, Deno.execPath(), ...DENO_RUN, "-A", `${HOME}/main.ts`, ...args];
  return end(new Deno.Command(program!, { args: words, cwd, env: { NO_COLOR: "1", INIT_CWD: cwd } }));
}

/** A project with one treatment and a flow of it, both called `name`. */
export function projectWith(name: string, code: string): string {
  const steps = [{ treatment: name, input: "00_raw", output: "10_out" }];
  return makeProject({
    [`flows/${name}.json`]: { name, description: "For a test", dataset: "d", steps },
    ...treatmentWith(name, code),
    "datasets/d/00_raw/a.csv": "x\n",
  }).dir;
}
