import { dirname, join } from "node:path";
import { MyxError, UsageError } from "../contract/errors.ts";
import { explainDisk } from "./disk_error.ts";
import { makeShared } from "./shared_state.ts";

/**
 * Makes a folder and those that it lies in, where they are missing; with `shared`, as `makeShared` does.
 *
 * @throws {UsageError} If that cannot be, as in a folder that is read-only or below a file.
 */
export function makeFolder(path: string, { recursive = true, shared = false } = {}): void {
  try {
    if (shared) makeShared(path);
    else Deno.mkdirSync(path, { recursive });
  } catch (cause) {
    const explained = explainDisk(cause, `"${path}"`);
    if (!(explained instanceof MyxError)) throw explained;
    throw new UsageError(explained.message, { ...(explained.fix === undefined ? {} : { fix: explained.fix }), cause });
  }
}

/**
 * Writes a file whole or, as on a full disk, not at all: what stands there stays until the new one is safe.
 *
 * @param scratch The folder that the file is written in first.
 */
export function writeWhole(path: string, text: string, scratch: string = dirname(path)): void {
  const temporary: string = join(scratch, `.myx-${crypto.randomUUID()}.tmp`);
  try {
    writeSynced(temporary, text);
    try {
      Deno.renameSync(temporary, path);
    } catch (error) {
      // No rename leads to another file system.
      if ((error as { code?: string }).code !== "EXDEV") throw error;
      Deno.writeTextFileSync(path, text);
      Deno.removeSync(temporary);
    }
  } catch (error) {
    tryRemove(temporary);
    throw explainDisk(error, `"${path}"`);
  }
}

function writeSynced(path: string, text: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

function tryRemove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was never made, or the disk does not even allow that; what failed first is what is told.
  }
}
