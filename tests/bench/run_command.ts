/** Runs one command to its end and measures it. */
import { peakMemory } from "./tree_memory.ts";

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What a run cost. */
export interface Run {
  readonly wallMs: number;
  /** User and system time of the command and all it started and waited for. */
  readonly cpuMs: number;
  /** Peak of the summed PSS; only where it was asked for, since sampling it takes time from what is measured. */
  readonly peakBytes?: number;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly memory?: boolean;
}

/** `times` of the shell tells what its children used: Deno can not. */
const SCRIPT = '"$@"; code=$?; times > "$0"; exit $code';

/** Runs a command; a failure throws what it wrote to stderr. */
export async function runCommand([program, ...args]: Command, options: RunOptions = {}): Promise<Run> {
  const times = Deno.makeTempFileSync({ prefix: "myx-bench-times-" });
  try {
    const start = performance.now();
    const child = new Deno.Command("sh", {
      args: ["-c", SCRIPT, times, program, ...args],
      stdout: "piped",
      stderr: "piped",
      ...(options.cwd ? { cwd: options.cwd } : {}),
    }).spawn();
    const output = child.output();
    const peak = options.memory ? peakMemory(child.pid, output) : undefined;
    const { success, stdout, stderr } = await output;
    const wallMs = performance.now() - start;
    if (!success) {
      throw new Error(`Cannot run ${program} ${args.join(" ")}:\n${new TextDecoder().decode(stderr).slice(-4000)}`);
    }
    const peakBytes = await peak;
    return {
      wallMs,
      cpuMs: cpuMs(Deno.readTextFileSync(times)),
      stdout: new TextDecoder().decode(stdout),
      ...(peakBytes ? { peakBytes } : {}),
    };
  } finally {
    Deno.removeSync(times);
  }
}

/** User and system milliseconds of the children: the second line of `times`, such as `0m1.250s 0m0.310s`. */
export function cpuMs(times: string): number {
  const [, children = ""] = times.trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60e3 + Number(s) * 1e3,
    0,
  );
}
