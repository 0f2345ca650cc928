/** What a run keeps and leaves, the next one needs or clears away, and that may be a colleague's, whatever umask either has. */
import { basename, dirname } from "node:path";
import { isThere } from "../contract/project.ts";

/** Makes a folder of state, `.myx` or one below it, where it is missing, for whoever may write around it. */
export function makeShared(folder: string): void {
  if (isThere(folder, "isDirectory")) return;
  if (basename(folder) !== ".myx") makeShared(dirname(folder));
  Deno.mkdirSync(folder, { recursive: true });
  shareAround(folder);
}

/** Makes a file of state, empty, where it is missing, for whoever may write around it. */
export function makeSharedFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  shareAround(path);
}

/** Gives what is ours the rights of those who may write around it. */
export function shareAround(path: string): void {
  if (Deno.build.os === "windows") return;
  const { mode: around, gid: group } = statAround(path);
  const { mode, gid, isDirectory, isSymlink } = Deno.lstatSync(path);
  // In a folder without setgid ours is of our own group, which may not be the one that may write there.
  const common = gid === group ? around & 0o022 : (around & 0o002) * 0o11;
  // Where each may remove only what is his own, as in /tmp, nothing is in common.
  const writers = around & 0o1000 ? 0 : common;
  const rights = writers | writers << 1 | (isDirectory ? writers >> 1 : 0);
  if (!isSymlink && (mode! & rights) !== rights) tryChmod(path, mode! & 0o7777 | rights);
}

/** Sets the rights of what is ours, where the file system has such. */
export function tryChmod(path: string, mode: number): void {
  try {
    Deno.chmodSync(path, mode);
  } catch {
    // It is another user's, who does this himself.
  }
}

/**
 * The rights of the folder around, and its group; none where a run may look only into what lies in it, as into steps that are
 * links to another disk.
 */
function statAround(path: string): { readonly mode: number; readonly gid: number | null } {
  try {
    const { mode, gid } = Deno.statSync(dirname(path));
    return { mode: mode!, gid };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return { mode: 0, gid: null };
    throw error;
  }
}
