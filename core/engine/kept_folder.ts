import { dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { explainDisk } from "./disk_error.ts";
import { describeHolder, explainLock, holdLock, type LockOptions, openLock, poll } from "./lock.ts";

/** What serves such a folder gives way within a second; another run is done with it in about this time. */
const PATIENCE_MS = 60_000;

/**
 * Locks a folder that a treatment keeps from call to call, and makes it if it is not there, until the returned file is
 * closed. Who waits for it holds `<folder>.wanted` meanwhile: by that, whoever has it open for long knows when to give way.
 *
 * @throws {MyxError} With exit code 3 if it stays taken and `wait` is not set.
 */
export async function lockKept(folder: string, options: LockOptions): Promise<Deno.FsFile> {
  makeKept(folder);
  const path = `${folder}.lock`;
  const file = openLock(dirname(folder), path);
  try {
    if (!file.tryLockSync(true)) {
      const message = `Cannot use "${folder}": ${describeHolder(path)}`;
      options.onWait?.(`${message}; waiting for it`);
      using wanted = openLock(dirname(folder), `${folder}.wanted`);
      const limit = AbortSignal.any([
        ...(options.wait ? [] : [AbortSignal.timeout(PATIENCE_MS)]),
        ...(options.signal ? [options.signal] : []),
      ]);
      const taken = await poll(() => wanted.tryLockSync(true) && file.tryLockSync(true), limit);
      if (!taken && options.signal?.aborted) {
        throw new MyxError("Interrupted while waiting for a lock", { exitCode: 130 });
      }
      if (!taken) throw new MyxError(message, { exitCode: 3, fix: "Try again later, or wait for it with --wait" });
    }
    holdLock(file, options.command);
    return file;
  } catch (error) {
    file.close();
    throw explainLock(error, path);
  }
}

/** Whether somebody waits for a folder that we have locked. */
export function isWanted(folder: string): boolean {
  using wanted = openLock(dirname(folder), `${folder}.wanted`);
  return !wanted.tryLockSync(true);
}

/** Makes it if it is not there: a child that is started early is granted it before it is locked. */
export function makeKept(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainDisk(error, `"${folder}"`);
  }
}
