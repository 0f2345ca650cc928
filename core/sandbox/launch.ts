/**
 * How a child is started: through tools that stand between it and the machine where they exist. `setpriv` has the kernel
 * kill it when myx dies, even by SIGKILL and even in a busy loop; `prlimit` bounds what V8's heap limit does not see:
 * array buffers, WebAssembly memory, the size of a file. Both are part of util-linux and cost about a millisecond.
 */
import { UsageError } from "../contract/errors.ts";
import { bubblewrapArgs } from "./bubblewrap.ts";
import { childArgs, childEnv, type Grants } from "./grants.ts";
import { guarded } from "./guards.ts";
import { dieWithUs } from "./orphans.ts";

/** A second wall around children, besides Deno's permissions. */
export type Wall = "bwrap";

/** How a child is confined beyond its grants. */
export interface LaunchOptions {
  /** Most megabytes that one file may have. */
  readonly fileMb: number;
  readonly wall?: Wall;
}

/** What a process of Deno maps before any code of ours runs counts against `--data`, too. */
const BASE_DATA_MB = 768;
const OPEN_FILES = 4096;

const SETPRIV = ["setpriv", "--pdeathsig", "KILL", "--no-new-privs"];

/**
 * Starts the child that `grants` describe.
 *
 * @throws {UsageError} If there is no `deno`, or no bubblewrap and it was asked for.
 */
export function launch(grants: Grants, options: LaunchOptions): Deno.ChildProcess {
  const limits = limitArgs(grants, options);
  if (options.wall === "bwrap") {
    requireBubblewrap();
    return spawn([...bubblewrapArgs(grants), ...limits, Deno.execPath(), ...childArgs(grants)], grants);
  }
  const tools = [...(hasSetpriv() && guarded("orphans") ? SETPRIV : []), ...limits];
  const child = spawn([...tools, "deno", ...childArgs(grants)], grants);
  if (!hasSetpriv() && guarded("orphans")) dieWithUs(child);
  return child;
}

function limitArgs({ memoryMb }: Grants, { fileMb }: LaunchOptions): string[] {
  if (!hasPrlimit()) return [];
  const limits = [
    ...(guarded("data") ? [`--data=${(memoryMb + BASE_DATA_MB) * 2 ** 20}`] : []),
    ...(guarded("file-size") ? [`--fsize=${fileMb * 2 ** 20}`] : []),
    `--nofile=${OPEN_FILES}`,
    "--core=0",
  ];
  // A limit above the one that we run under ourselves is refused, and not needed.
  return ["prlimit", ...limits.filter((limit) => runs(...SETPRIV, "prlimit", limit, "true"))];
}

function spawn([command, ...args]: readonly string[], grants: Grants): Deno.ChildProcess {
  try {
    return new Deno.Command(command!, {
      args,
      clearEnv: true,
      env: childEnv(grants),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError('Cannot start a treatment: there is no "deno" on the PATH', {
      fix: "Install Deno, or run the same command behind: npx --yes",
      cause,
    });
  }
}

const found = new Map<string, boolean>();

/** Whether a command runs here; asked once per process. Without the grant to run it, it is not there. */
function runs(...[command, ...args]: readonly string[]): boolean {
  const key = [command, ...args].join(" ");
  const known = found.get(key);
  if (known !== undefined) return known;
  let works = false;
  try {
    const env = { PATH: Deno.env.get("PATH") ?? "" };
    works =
      new Deno.Command(command!, { args, clearEnv: true, env, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    // Not installed, or not granted.
  }
  found.set(key, works);
  return works;
}

function hasSetpriv(): boolean {
  return Deno.build.os === "linux" && runs(...SETPRIV, "true");
}

/** `setpriv` starts it, so it needs no grant of its own. */
function hasPrlimit(): boolean {
  return hasSetpriv() && runs(...SETPRIV, "prlimit", "--version");
}

function requireBubblewrap(): void {
  if (runs("bwrap", "--ro-bind", "/", "/", "--unshare-pid", "true")) return;
  throw new UsageError('Cannot use --sandbox=bwrap: "bwrap" does not run here', {
    fix: "Install bubblewrap and let users make namespaces, or run without --sandbox; " +
      "myx itself needs --allow-run=bwrap, which its tasks grant",
  });
}
