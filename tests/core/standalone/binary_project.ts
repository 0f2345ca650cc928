/** A project on a gateway: served by what stands for the binary, started in the project's folder. */
import { makeProject, type TestProject } from "../../project.ts";
import { AS_BINARY, asRun } from "./as_run.ts";

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly said: string;
  /** What went to stdout. */
  readonly printed: string;
}

/** A project and its binary. */
export interface BinaryProject extends TestProject {
  /** The words of a command, and the environment that it adds to or replaces. */
  readonly myx: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly start: (args: readonly string[], env?: Readonly<Record<string, string>>) => Deno.ChildProcess;
}

/** Makes the project; it is removed when the test ends. */
export function makeBinaryProject(files: Readonly<Record<string, unknown>>): BinaryProject {
  const project = makeProject(files);
  const start: BinaryProject["start"] = (args, env = {}) =>
    new Deno.Command(Deno.execPath(), {
      args: [...asRun(AS_BINARY), ...args],
      cwd: project.dir,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  return {
    ...project,
    start,
    async myx(args, env) {
      const { code, stderr, stdout } = await start(args, env).output();
      const [said, printed] = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
      return { code, said, printed };
    },
  };
}
