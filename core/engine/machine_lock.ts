import { MyxError } from "../contract/errors.ts";
import { describeHolder, explainLock, holdLock, type LockOptions, MACHINE, openLock, shortName } from "./lock.ts";

const RETRY_MS = 500;

/**
 * Keeps a dataset to one machine at a time, as far as the file system passes locks on between machines, until the returned
 * file is closed. Runs on one machine share the ledger; SQLite's write-ahead log must not be shared over a network.
 *
 * @param state The dataset's folder `.myx`.
 * @param host The name of this machine.
 * @throws {MyxError} With exit code 3 if another machine is at work there and `wait` is not set.
 */
export async function lockMachine(state: string, host: string, options: LockOptions): Promise<Deno.FsFile> {
  const locks = `${state}/locks`;
  const own = `${MACHINE}${shortName(host)}.lock`;
  for (let told = false;;) {
    const file = openLock(locks, `${locks}/${own}`);
    try {
      // Ours first, then a look at the others: of two that start at once, at least one sees the other.
      file.lockSync();
      const other = findOther(locks, own);
      if (other === undefined) {
        // Only people read who holds it; several may, and the last one's name stands.
        holdLock(file, options.command);
        return file;
      }
      const message = `Cannot work on the data beside "${state}": on another machine, ${describeHolder(other)}`;
      if (!options.wait) {
        throw new MyxError(message, { exitCode: 3, fix: "Try again later, or wait for it with --wait" });
      }
      if (!told) options.onWait?.(`${message}; waiting for it`);
      told = true;
      if (options.signal?.aborted) throw new MyxError("Interrupted while waiting for a lock", { exitCode: 130 });
    } catch (error) {
      file.close();
      throw explainLock(error, `${locks}/${own}`);
    }
    file.close();
    // Not all after the same time, or two that met would meet again.
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
  }
}

/** The lock file of another machine that holds it now. */
function findOther(locks: string, own: string): string | undefined {
  for (const { name } of Deno.readDirSync(locks)) {
    if (!name.startsWith(MACHINE) || name === own) continue;
    using file = openLock(locks, `${locks}/${name}`);
    if (!file.tryLockSync(true)) return `${locks}/${name}`;
  }
  return undefined;
}
