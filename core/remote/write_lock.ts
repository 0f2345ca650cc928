import { join } from "@std/path";
import { formatLock, type Lock, lockPath } from "../contract/lock_file.ts";

/** Replaces a project's lock by a whole new one. */
export function writeLock(projectDir: string, lock: Lock): void {
  const folder: string = join(projectDir, ".myx");
  Deno.mkdirSync(folder, { recursive: true });
  const temporary: string = join(folder, `.myx.lock.${crypto.randomUUID().slice(0, 8)}`);
  Deno.writeTextFileSync(temporary, formatLock(lock));
  try {
    Deno.renameSync(temporary, lockPath(projectDir));
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}
