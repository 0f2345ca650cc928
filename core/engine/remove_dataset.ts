import { basename, dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { explainDisk } from "./disk_error.ts";
import { removeFolder, tryRemoveFolder } from "../sandbox/take_result.ts";

/** Names of datasets on their way out; hidden, so that nobody takes them for datasets. */
const LEAVING = ".myx-deleted-";

/**
 * Removes the folder of a dataset and all that is in it; links in it go, what they point to stays. It is out of sight at
 * once, and what a killed process leaves of it is removed by the next call.
 *
 * @throws {MyxError} If the folder that it lies in is read-only, or one in it is another user's; then nothing is removed.
 */
export function removeDataset(root: string): void {
  const foreign = findForeign(root);
  if (foreign !== undefined) {
    throw new MyxError(`Cannot delete dataset "${basename(root)}": you have no right to empty "${foreign}"`, {
      fix: "Ask its owner for that right, or to remove the folder; nothing was removed",
    });
  }
  const datasets = dirname(root);
  const leaving = `${datasets}/${LEAVING}${basename(root)}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    Deno.renameSync(root, leaving);
  } catch (error) {
    throw explainDisk(error, `"${datasets}"`);
  }
  // Not as one of those that are listed: a listing that the disk cuts short may lack it.
  removeFolder(leaving);
  for (const { name } of Deno.readDirSync(datasets)) {
    // One of another user's is removed by the next call of that user.
    if (name.startsWith(LEAVING)) tryRemoveFolder(`${datasets}/${name}`);
  }
}

/** A folder that we may not empty, if there is one: half a dataset would go. Our own we may, whatever its rights. */
function findForeign(folder: string): string | undefined {
  try {
    const entries = [...Deno.readDirSync(folder)];
    if (entries.length && !isOwn(folder)) {
      const us = probe(folder);
      // There each may remove only what is his own.
      const isSticky = Deno.lstatSync(folder).mode! & 0o1000;
      if (isSticky && entries.some(({ name }) => Deno.lstatSync(`${folder}/${name}`).uid !== us)) return folder;
    }
    for (const { name, isDirectory } of entries) {
      const found = isDirectory ? findForeign(`${folder}/${name}`) : undefined;
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied && !isOwn(folder)) return folder;
    // What else is wrong is told by what removes it.
  }
  return undefined;
}

/** Makes a file in a folder, removes it, and says whose it was. */
function probe(folder: string): number | null {
  const path = `${folder}/.myx-${crypto.randomUUID()}.tmp`;
  Deno.openSync(path, { write: true, createNew: true }).close();
  const { uid } = Deno.lstatSync(path);
  Deno.removeSync(path);
  return uid;
}

/** Only an owner may set a folder's rights, be it to those that it has. */
function isOwn(folder: string): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    Deno.chmodSync(folder, Deno.lstatSync(folder).mode! & 0o7777);
    return true;
  } catch {
    return false;
  }
}
