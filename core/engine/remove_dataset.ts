import { basename, dirname } from "node:path";
import { explainDisk } from "./disk_error.ts";
import { removeFolder, tryRemoveFolder } from "../sandbox/take_result.ts";

/** Names of datasets on their way out; hidden, so that nobody takes them for datasets. */
const LEAVING = ".myx-deleted-";

/**
 * Removes the folder of a dataset and all that is in it; links in it go, what they point to stays. It is out of sight at
 * once, and what a killed process leaves of it is removed by the next call.
 *
 * @throws {MyxError} If the folder that it lies in is read-only.
 */
export function removeDataset(root: string): void {
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
