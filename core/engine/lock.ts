import { basename, dirname } from "@std/path";
import { MyxError } from "../contract/errors.ts";
import { explainDisk } from "./disk_error.ts";
import { hashText } from "./hash.ts";

const POLL_MS = 200;

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
  // Beside the folder itself: flows that reach it by different roots must meet here.
  const locks = `${dirname(folder)}/.myx/locks`;
  const path = `${locks}/${shortName(basename(folder))}.lock`;
  const file = openLock(locks, path);
  try {
    for (let waited = false; !file.tryLockSync(true);) {
      const message = `Cannot write "${folder}": ${describeHolder(path)}`;
      if (!options.wait) {
        throw new MyxError(message, { exitCode: 3, fix: "Try again later, or wait for it with --wait" });
      }
      if (!waited) options.onWait?.(message);
      waited = true;
      if (options.signal?.aborted) throw new MyxError("Interrupted while waiting for a lock", { exitCode: 130 });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const holder: Holder = {
      pid: Deno.pid,
      host: hostname(),
      command: options.command,
      since: new Date().toISOString(),
    };
    file.truncateSync();
    file.writeSync(new TextEncoder().encode(JSON.stringify(holder)));
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function openLock(locks: string, path: string): Deno.FsFile {
  try {
    Deno.mkdirSync(locks, { recursive: true });
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw explainDisk(error, `"${locks}"`);
  }
}

/** A file name for any text: readable as far as it is short and plain. */
export function shortName(text: string): string {
  const plain = text.replace(/[^\w.-]/g, "_");
  return plain === text && text.length <= 80 ? text : `${plain.slice(0, 60)}-${hashText(text).slice(0, 16)}`;
}

function describeHolder(path: string): string {
  try {
    const { pid, host, command, since }: Holder = JSON.parse(Deno.readTextFileSync(path));
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
    return `process ${pid} on ${host} (${command}) has been writing it for ${seconds} s`;
  } catch {
    return "another run is writing it"; // It has the lock and has not written its name yet.
  }
}

function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "this machine"; // Not granted; only people read it.
  }
}
