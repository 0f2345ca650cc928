/**
 * How a child is started: through tools that stand between it and the machine where they exist. `setpriv` has the kernel
 * kill it when myx dies, even by SIGKILL and even in a busy loop; `prlimit` bounds what V8's heap limit does not see:
 * array buffers, WebAssembly memory, the size of a file. Both are part of util-linux and cost about a millisecond.
 */
import { MyxError, UsageError } from "../contract/errors.ts";
import { bubblewrapArgs } from "./bubblewrap.ts";
import { confinesOf } from "./confined.ts";
import { checkPaths, childArgs, childEnv, childrenIn, type Grants, HOME } from "./grants.ts";
import { guarded } from "./guards.ts";
import { putGuess, takeGuess } from "./guess.ts";
import { dieWithUs } from "./orphans.ts";
import { NEEDED_DENO } from "../version.ts";
import { CHILD, isReplaced, isStandalone, selfCommand } from "../standalone/self.ts";
import { denoPath, unpackHost } from "./unpack.ts";

/** A second wall around children, besides Deno's permissions. */
export type Wall = "bwrap";

/** How a child is confined beyond its grants. */
export interface LaunchOptions {
  /** Most megabytes that one file may have. */
  readonly fileMb: number;
  readonly wall?: Wall;
  /** URLs of code that it will run, all of it ours: it may load it before it is called. */
  readonly soon?: readonly string[];
  /** What it will be told and must not be passed on: struck out wherever it says it. */
  readonly secrets?: readonly string[];
  /** Told, line by line, what it has printed beside its messages: the last of it, once a call has ended. */
  readonly onPrint?: (line: string) => void;
}

/** What counts against `--data`, too: 768 that a process of Deno maps at its start, and the room for near columns. */
const BASE_DATA_MB = 832;
/** What the Worker in a process of the binary maps beside that: V8 reserves room for code once more. */
const WORKER_DATA_MB = 544;
/** A deno writes its own caches, too, and dies of it where one of them is larger than a file may be. */
const LEAST_FILE_MB = 1024;
const OPEN_FILES = 4096;

/** No process, memory or file is left for a program that may well be there. */
const SHORTAGE = /\(os error (11|12|23|24)\)/;
const SETPRIV = ["setpriv", "--pdeathsig", "KILL", "--no-new-privs"];

/**
 * Starts the child that `grants` describe: a `deno`, or of a compiled binary this program itself where it holds the code.
 *
 * @throws {UsageError} If there is no `deno`, or no bubblewrap and it was asked for.
 */
export function launch(grants: Grants, options: LaunchOptions): Deno.ChildProcess {
  checkPaths(grants);
  const self = isStandalone() && grants.builtIn === true;
  if (self) requireSelf();
  const limits = limitArgs(grants.memoryMb + (self ? WORKER_DATA_MB : 0), options.fileMb);
  // What lies inside a binary exists for no other program.
  const home = isStandalone() && !self ? unpackHost() : HOME;
  const words = self ? [...selfCommand(), CHILD, confinesOf(grants)] : ["deno", ...childArgs(grants, home)];
  const env = self ? selfEnv(grants) : childEnv(grants);
  if (options.wall === "bwrap") {
    requireWall(options.wall);
    const program = self ? words[0]! : denoPath();
    const walls = bubblewrapArgs(grants, self && Deno.build.standalone ? { program } : { program, home });
    return spawn([...walls, ...limits, program, ...words.slice(1)], env);
  }
  const hasTools = limits.length > 0 || hasSetpriv();
  const tools = toolWords(hasTools, limits);
  // Wherever it lies, the binary may run this name of itself.
  if (self && !tools.length && Deno.build.os === "linux") words[0] = "/proc/self/exe";
  const child = takeGuess([...tools, ...words], env) ?? spawn([...tools, ...words], env);
  // The binary looks after its children by itself.
  if (!self && !hasTools && guarded("orphans")) dieWithUs(child, home);
  return child;
}

/** @throws {MyxError} If this program was replaced: another version would not know what this one says to it. */
export function requireSelf(): void {
  if (!isReplaced()) return;
  throw new MyxError("Cannot go on: this program was replaced or removed while it ran", { fix: "Start it again" });
}

/**
 * Starts a child on a guess, before the rest of us is loaded: what it will be granted and that this machine has the tools.
 * It only waits for its first word, and `launch` takes it if it would start the very same; if not, it is ended.
 */
export function guessLaunch(shared: Grants, fileMb: number): void {
  if (isStandalone()) return;
  const folder = childrenIn(shared.write);
  const grants = { ...shared, write: `${folder}/0` };
  checkPaths(grants);
  const isLinux = Deno.build.os === "linux";
  const limits = isLinux ? ["prlimit", ...wantedLimits(grants.memoryMb, fileMb)] : [];
  const words = [...toolWords(isLinux, limits), "deno", ...childArgs(grants)];
  const env = childEnv(grants);
  putGuess({ words: JSON.stringify([words, env]), folder, process: spawn(words, env) });
}

/** The binary looks for what it holds in a folder of this name below the temporary one, so that must be the same. */
function selfEnv(grants: Grants): Record<string, string> {
  const temporary = Deno.env.get("TMPDIR");
  return { ...childEnv(grants), ...(temporary === undefined ? {} : { TMPDIR: temporary }) };
}

/** The limits of a child of ours: what it may use beside what any process of Deno does. */
function wantedLimits(memoryMb: number, fileMb: number): string[] {
  return [
    ...(guarded("data") ? [`--data=${(memoryMb + BASE_DATA_MB) * 2 ** 20}`] : []),
    ...(guarded("file-size") ? [`--fsize=${Math.max(fileMb, LEAST_FILE_MB) * 2 ** 20}`] : []),
    `--nofile=${OPEN_FILES}`,
    "--core=0",
  ];
}

function limitArgs(memoryMb: number, fileMb: number): string[] {
  if (Deno.build.os !== "linux") return [];
  const limits = wantedLimits(memoryMb, fileMb);
  // Asked for all of them at once, and first: each answer takes as long as a program to start.
  if (runs(...limited(limits))) return ["prlimit", ...limits];
  if (!hasPrlimit()) return [];
  // A limit above the one that we run under ourselves is refused, and not needed.
  return ["prlimit", ...limits.filter((limit) => runs(...limited([limit])))];
}

function toolWords(hasTools: boolean, limits: readonly string[]): string[] {
  return [...(hasTools && guarded("orphans") ? SETPRIV : []), ...limits];
}

function limited(limits: readonly string[]): string[] {
  return [...SETPRIV, "prlimit", ...limits, "true"];
}

/** Finds out, while others work, what `launch` will ask of this machine for children that may use so much. */
export async function lookForTools({ memoryMb, fileMb }: { memoryMb: number; fileMb: number }): Promise<void> {
  if (Deno.build.os !== "linux" || isStandalone()) return;
  const words = limited(wantedLimits(memoryMb, fileMb));
  try {
    const { success } = await tryOut(words).spawn().status;
    found.set(words.join(" "), success);
  } catch {
    // Asked again, and answered, when it is needed.
  }
}

function spawn([command, ...args]: readonly string[], env: Record<string, string>): Deno.ChildProcess {
  try {
    return new Deno.Command(command!, {
      args,
      clearEnv: true,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw cause instanceof Deno.errors.NotFound ? noDeno(cause) : cause;
  }
}

/** What is said where no `deno` is found, by us or by the tool that was to start it, or one that is of no use. */
export function noDeno(cause?: unknown, why = 'there is no "deno" on the PATH'): UsageError {
  return new UsageError(`Cannot start a treatment: ${why}`, {
    fix:
      `Install Deno ${NEEDED_DENO} or later, put its folder first in the PATH, or run the same command behind: npx --yes`,
    cause,
  });
}

const found = new Map<string, boolean>();

/**
 * Whether a command runs here; asked once per process. Without the grant to run it, it is not there.
 *
 * @throws If that cannot be told now, as where no process is left: children would do without its protection.
 */
function runs(...words: readonly string[]): boolean {
  const key = words.join(" ");
  const known = found.get(key);
  if (known !== undefined) return known;
  let works = false;
  try {
    works = tryOut(words).outputSync().success;
  } catch (error) {
    if (SHORTAGE.test(String(error))) throw error; // Else it is not installed, or not granted.
  }
  found.set(key, works);
  return works;
}

function tryOut([command, ...args]: readonly string[]): Deno.Command {
  const env = { PATH: Deno.env.get("PATH") ?? "" };
  return new Deno.Command(command!, { args, clearEnv: true, env, stdin: "null", stdout: "null", stderr: "null" });
}

function hasSetpriv(): boolean {
  return Deno.build.os === "linux" && runs(...SETPRIV, "true");
}

/** `setpriv` starts it, so it needs no grant of its own. */
function hasPrlimit(): boolean {
  return hasSetpriv() && runs(...SETPRIV, "prlimit", "--version");
}

/** @throws {UsageError} If the wall that was asked for cannot be put up here. */
export function requireWall(wall: Wall | undefined): void {
  if (wall === undefined || runs("bwrap", "--ro-bind", "/", "/", "--unshare-pid", "true")) return;
  throw new UsageError('Cannot use --sandbox=bwrap: "bwrap" does not run here', {
    fix: "Install bubblewrap and let users make namespaces, or run without --sandbox; " +
      "myx itself needs --allow-run=bwrap, which its tasks grant",
  });
}
