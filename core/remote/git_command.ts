import { concat } from "@std/bytes/concat";
import { MyxError } from "../contract/errors.ts";
import { type Limits, megabytes } from "./limits.ts";

/** What one call of git brought. */
export interface GitResult {
  readonly success: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** How to call git. */
export interface GitOptions {
  /** What it is called for, as messages name it. */
  readonly url: string;
  /** The one protocol it may speak; none: it stays on this machine. */
  readonly protocol?: string;
  readonly stdin?: string;
  /** Folder that must not grow beyond `limits.fetchBytes`. */
  readonly growing?: string;
  readonly limits: Limits;
}

/** Nothing of the repository or of this machine may run or decide anything: no hooks, links, helpers, settings. */
const SETTINGS = [
  "core.symlinks=false",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "credential.helper=",
  "fetch.unpackLimit=1",
  "gc.auto=0",
  "maintenance.auto=false",
  "http.followRedirects=false",
  "http.lowSpeedLimit=1000",
  "http.lowSpeedTime=30",
  "pack.threads=1",
  "core.bigFileThreshold=16m",
  "protocol.allow=never",
];
/** How git and ssh reach out: what an administrator sets for all programs, and who the user is to ssh. */
const PASSED = [
  "PATH",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "http_proxy",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
];
const PASSED_FOR_SSH = ["HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"];
const POLL_MS = 40;
const GRACE_MS = 2000;

/**
 * Runs git under `limits`, with none of the user's settings.
 *
 * @throws {MyxError} If there is no git, or it took too long or too much room and was stopped.
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const settings = options.protocol === undefined
    ? SETTINGS
    : [...SETTINGS, `protocol.${options.protocol}.allow=always`];
  const process = spawn([...settings.flatMap((setting) => ["-c", setting]), ...args], options);
  const writing = feed(process, options.stdin ?? "");
  const watch = watchOver(process, options);
  const [stdout, stderr, { success }] = await Promise.all([
    collect(process.stdout, watch.stopped, options.limits.treeBytes * 2, watch.stop),
    collect(process.stderr, watch.stopped, 2 ** 16),
    process.status,
    writing,
  ]);
  const reason = await watch.end();
  if (reason !== undefined) throw new MyxError(`Cannot fetch ${options.url}: git was stopped: ${reason}`);
  return { success, stdout, stderr: new TextDecoder().decode(stderr).trim() };
}

function spawn(args: readonly string[], { protocol }: GitOptions): Deno.ChildProcess {
  const passed = protocol === "ssh" ? [...PASSED, ...PASSED_FOR_SSH] : PASSED;
  const env = {
    ...Object.fromEntries(passed.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    })),
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    // ssh waits for a host as long as the system does, or forever, and outlives a git that was stopped meanwhile.
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=30",
  };
  const options: Deno.CommandOptions = {
    args: [...args],
    clearEnv: true,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  };
  try {
    return new Deno.Command("git", options).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new MyxError('Cannot fetch: there is no "git" on the PATH', {
      fix: "Install git, for example: apt install git",
      cause,
    });
  }
}

async function feed(process: Deno.ChildProcess, text: string): Promise<void> {
  const writer = process.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // git ended early, which its exit code and standard error tell better.
  }
}

/** Stops git when it takes too long or fetches too much; helpers that talk through its pipes end with it. */
function watchOver(process: Deno.ChildProcess, { growing, limits }: GitOptions) {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  let reason: string | undefined;
  let killer: ReturnType<typeof setTimeout> | undefined;
  const signal = (name: Deno.Signal) => {
    try {
      process.kill(name);
    } catch {
      // It has ended.
    }
  };
  const stop = (why = `it sent more than ${megabytes(limits.treeBytes)}`) => {
    if (reason !== undefined) return;
    reason = why;
    // SIGTERM first: then git removes its temporary files and ends its helpers.
    signal("SIGTERM");
    killer = setTimeout(() => signal("SIGKILL"), GRACE_MS);
    process.status.then(() => resolve());
  };
  const isTooBig = () => growing !== undefined && folderBytes(growing) > limits.fetchBytes;
  const tooBig = `the repository is larger than ${megabytes(limits.fetchBytes)}`;
  const look = () => {
    try {
      if (isTooBig()) stop(tooBig);
    } catch (error) {
      // Thrown out of a timer it would end all of us, and leave git running.
      stop(`its folder cannot be looked at: ${(error as Error).message}`);
    }
  };
  const poll = setInterval(look, POLL_MS);
  const timer = setTimeout(() => stop(`it took longer than ${limits.seconds} s`), limits.seconds * 1000);
  return {
    stop: () => stop(),
    /** Comes when git was stopped and has ended. */
    stopped,
    end: async () => {
      await process.status;
      clearInterval(poll);
      clearTimeout(timer);
      clearTimeout(killer);
      return reason ?? (isTooBig() ? tooBig : undefined);
    },
  };
}

/** What the pipe brings, to its end, or until git was stopped: a helper that goes on would keep it open. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  stopped: Promise<void>,
  limit: number,
  onLimit?: () => void,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  stopped.then(() => reader.cancel());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return concat(chunks);
    size += value.length;
    if (size > limit) onLimit?.();
    else chunks.push(value);
  }
}

function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      bytes += isDirectory ? folderBytes(path) : Deno.lstatSync(path).size;
    }
  } catch (error) {
    // git moves its temporary files while they are counted.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}
