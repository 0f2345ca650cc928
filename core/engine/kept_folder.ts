import { dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import { explainDisk } from "./disk_error.ts";
import { makeShared, shareAround, tryChmod } from "./shared_state.ts";
import { describeHolder, explainLock, holdLock, type LockOptions, openLock, poll } from "./lock.ts";

/** What serves such a folder gives way within a second; another run is done with it in about this time. */
const PATIENCE_MS = 60_000;

/**
 * Locks a folder that a treatment keeps from call to call, and makes it if it is not there, until the returned file is
 * closed. Who waits for it holds `<folder>.wanted` meanwhile: by that, whoever has it open for long knows when to give way.
 *
 * @throws {MyxError} If it is another user's; with exit code 3 if it stays taken and `wait` is not set.
 */
export async function lockKept(folder: string, options: LockOptions): Promise<Deno.FsFile> {
  makeKept(folder);
  requireOwn(folder);
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

/**
 * Makes it if it is not there: a child that is started early is granted it before it is locked. What is kept of a server each
 * who loads it needs; an embedded database in it is its user's alone.
 */
export function makeKept(folder: string): void {
  try {
    makeShared(folder);
    if (isThere(dataIn(folder), "isDirectory")) tryChmod(dataIn(folder), 0o700);
    // Versions before made both for one user, who kept the others from their server by that.
    for (const made of [dirname(folder), folder]) shareAround(made);
  } catch (error) {
    throw explainDisk(error, `"${folder}"`);
  }
}

/** Refuses an embedded database, or what was left of making one, that is another user's. */
function requireOwn(folder: string): void {
  for (const made of [dataIn(folder), `${folder}/new`]) {
    try {
      Deno.lstatSync(`${made}/PG_VERSION`);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.PermissionDenied)) continue;
      throw new MyxError(`Cannot use the database in "${folder}": it is another user's alone`, {
        fix: 'Leave what needs it to that user, or set the "host" of the steps that load it to a server that you share',
        cause,
      });
    }
  }
}

/** Where an embedded database lies in the folder that is kept. */
export function dataIn(folder: string): string {
  return `${folder}/data`;
}
