import { basename, dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { sha256 } from "../data/sha256.ts";
import { explainDisk } from "./disk_error.ts";
import { lookAt } from "./folder.ts";
import { makeShared, makeSharedFile } from "./shared_state.ts";

/** How the names of machines' locks begin, among those of folders. */
export const MACHINE = "machine-";
const POLL_MS = 200;
/**
 * How long a lock may outlive its process: one that is killed while it starts a child leaves it open until that runs, which
 * takes its time on a busy machine.
 */
const OUTLIVES_MS = 300;

/** Who holds a lock, as written into the lock file for people; the lock itself is the system's and dies with its process. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

/** How to take a lock. */
export interface LockOptions {
  /** Wait until it is free instead of failing. */
  readonly wait?: boolean;
  readonly command: string;
  readonly signal?: AbortSignal;
  /** Called once if the lock is not free and we wait for it. */
  readonly onWait?: (message: string) => void;
}

/**
 * Locks an output folder against other runs until the returned file is closed.
 *
 * @throws {MyxError} With exit code 3 if another run writes the folder and `wait` is not set.
 */
export async function lockFolder(folder: string, options: LockOptions): Promise<Deno.FsFile> {
  const path = lockPath(folder);
  const file = openLock(dirname(path), path);
  try {
    const take = () => file.tryLockSync(true);
    if (!take() && !await poll(take, AbortSignal.timeout(OUTLIVES_MS), OUTLIVES_MS / 10)) {
      const message = `Cannot write "${folder}": ${describeHolder(path)}`;
      if (!options.wait) {
        throw new MyxError(message, { exitCode: 3, fix: "Try again later, or wait for it with --wait" });
      }
      options.onWait?.(`${message}; waiting for it`);
      if (!await poll(take, options.signal)) {
        throw new MyxError("Interrupted while waiting for a lock", { exitCode: 130 });
      }
    }
    if (isGone(file, path)) {
      throw new MyxError(`Cannot write "${folder}": what it lies in was removed while this run waited for it`);
    }
    holdLock(file, options.command);
    return file;
  } catch (error) {
    file.close();
    throw explainLock(error, path);
  }
}

/** Whether a lock file is no longer the one of its name: others would lock another one. */
function isGone(file: Deno.FsFile, path: string): boolean {
  const there = lookAt(path);
  return !there || there.ino !== file.statSync().ino;
}

/** Whether some run writes a folder at this moment. */
export function isLocked(folder: string): boolean {
  try {
    using file = Deno.openSync(lockPath(folder));
    return !file.tryLockSync();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Beside the folder itself: flows that reach it by different roots must meet here. */
function lockPath(folder: string): string {
  return `${dirname(folder)}/.myx/locks/${lockName(basename(folder))}.lock`;
}

/** What the lock of a folder is called; again of that name it is the same. */
export function lockName(folder: string): string {
  const name = shortName(folder);
  return name.startsWith(MACHINE) ? `_${name}` : name;
}

/** Writes into a lock file that is ours who we are, where the disk has room for it. */
export function holdLock(file: Deno.FsFile, command: string): void {
  const holder: Holder = { pid: Deno.pid, host: hostname(), command, since: new Date().toISOString() };
  try {
    file.truncateSync();
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(JSON.stringify(holder)));
  } catch {
    // The lock holds without it, and on a full disk a dataset must still be archived elsewhere and deleted.
  }
}

/** Asks again and again until `test` is true; false if `signal` aborts before. */
export async function poll(test: () => boolean, signal?: AbortSignal, pause = POLL_MS): Promise<boolean> {
  while (!test()) {
    if (signal?.aborted) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}

/** Opens the lock file `path`, and makes it and its folder `locks` if they are not there. */
export function openLock(locks: string, path: string): Deno.FsFile {
  try {
    makeShared(locks);
    makeSharedFile(path);
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw explainDisk(error, `"${locks}"`);
  }
}

/** Says in words for people why the system gives no lock; errors that are not the system's are returned as they are. */
export function explainLock(error: unknown, path: string): unknown {
  const said = error instanceof MyxError ? undefined : /^.*?\(os error \d+\)/.exec((error as Error).message)?.[0];
  if (said === undefined) return error;
  return new MyxError(`Cannot lock "${path}": ${said}`, {
    fix:
      "Check the disk, and that its file system has locks: on NFS their service must run at both ends, or nobody else " +
      "work there and it be mounted with nolock",
    cause: error,
  });
}

/** A file name for any text: readable as far as it is short and plain. */
export function shortName(text: string): string {
  const plain = text.replace(/[^\w.-]/g, "_");
  return plain === text && text.length <= 80 ? text : `${plain.slice(0, 60)}-${sha256(text).slice(0, 16)}`;
}

/** Who holds a lock, in words. */
export function describeHolder(path: string): string {
  try {
    const { pid, host, command, since }: Holder = JSON.parse(Deno.readTextFileSync(path));
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
    return `process ${pid} on ${host} (${command}) has had it for ${seconds} s`;
  } catch {
    return "another run has it"; // It has the lock and has not written its name yet.
  }
}

/** The name of this machine. */
export function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "this machine"; // Not granted.
  }
}
