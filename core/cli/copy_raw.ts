import { dirname, join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import { isNowhere, isThere } from "../contract/project.ts";
import { explainDisk } from "../engine/disk_error.ts";
import { endingOf, folderWith, hasFormat } from "../engine/partition.ts";
import { readFolder, removeIfThere } from "../engine/folder.ts";

/** One raw file to copy. */
export interface Copy {
  readonly from: string;
  readonly to: string;
  /** Whether an equal file is there already. */
  readonly done: boolean;
}

/**
 * Lists the raw files of a folder and where they go.
 *
 * @throws {UsageError} If the folder is missing or has no raw file, or one cannot be opened or would overwrite another file.
 * @throws {MyxError} If not all of the folder can be read: what is not listed would be left behind.
 */
export async function planCopy(from: string, to: string): Promise<Copy[]> {
  if (!isThere(from, "isDirectory")) throw new UsageError(`Cannot copy raw files from "${from}": no such folder`);
  const named = (await readFolder(from)).map(({ name }) => name)
    .filter((name) => hasFormat(name, "csv") && !name.startsWith("."))
    .sort();
  const lost = named.find((name) => isLost(join(from, name)));
  if (lost !== undefined) {
    // Deno shows bytes that are no UTF-8 as this, and nothing can open a file by that name.
    const why = lost.includes("\ufffd") ? "its name is not UTF-8" : "it is a link that leads nowhere";
    throw new UsageError(`Cannot copy "${lost}" from "${from}": ${why}`, { fix: "Rename it, or move it away" });
  }
  const names = named.filter((name) => isThere(join(from, name), "isFile"));
  if (names.length === 0) {
    const other = filesLeftOut(from)[0];
    throw new UsageError(`Cannot copy raw files from "${from}": it has no file whose name ends in ${endingOf("csv")}`, {
      fix: other === undefined
        ? "Name the folder that holds the files themselves; folders in it are not searched"
        : `Its files have other names, such as "${other}": rename those that are text; folders in it are not searched`,
    });
  }
  const copies = names.map((name) => compare(join(from, name), join(to, name)));
  const differing = copies.filter((copy) => copy === undefined).length;
  if (differing > 0) {
    const which = names.filter((_, i) => copies[i] === undefined).slice(0, 5).join(", ");
    throw new UsageError(`Cannot copy raw files to "${to}": ${which} differ from files there`, {
      fix: "Raw files are never overwritten: rename the new ones, or remove the old ones first",
    });
  }
  return copies.filter((copy) => copy !== undefined);
}

/** The visible files of a folder that are not copied, as their names are not those of raw files. */
export function filesLeftOut(from: string): string[] {
  return [...Deno.readDirSync(from)].filter(({ name, isFile }) => isFile && !name.startsWith("."))
    .map(({ name }) => name).filter((name) => !hasFormat(name, "csv")).sort();
}

/** The first folder in a folder that holds raw files, too: they are not copied. */
export function folderLeftOut(from: string): string | undefined {
  const folders = [...Deno.readDirSync(from)].filter(({ name, isDirectory }) => isDirectory && !name.startsWith("."));
  return folderWith(from, folders.map(({ name }) => name), "csv");
}

/**
 * Copies what is not there yet; returns how many that were.
 *
 * @throws {MyxError} If the disk is full or read-only; what was copied before stays.
 */
export function copyRaw(copies: readonly Copy[]): number {
  const pending = copies.filter(({ done }) => !done);
  for (const { from, to } of pending) {
    // A copy cut short must not pass for a raw file: hidden until it is whole.
    const partial = to.replace(/[^/\\]+$/, (name) => `.${name}.part`);
    // Of a copy that it refuses, the system does not tell which of the two files it means.
    Deno.openSync(from).close();
    try {
      Deno.copyFileSync(from, partial);
      // A file's age decides whether its last line, if it has no line end, is still being written.
      const { atime, mtime } = Deno.statSync(from);
      if (mtime) Deno.utimeSync(partial, atime ?? mtime, mtime);
      // The original may be removed as soon as we are done; a network drive tells only now that it has no room.
      syncFile(partial);
      Deno.renameSync(partial, to);
    } catch (error) {
      removeIfThere(partial);
      throw explainDisk(error, `"${dirname(to)}"`);
    }
  }
  if (pending.length) syncFile(dirname(pending[0]!.to));
  return pending.length;
}

/** Makes a file, or the names in a folder, last. */
function syncFile(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}

/** Whether there is nothing by the name of an entry. */
function isLost(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    if (isNowhere(error)) return true;
    throw error;
  }
}

/** `undefined` if another file is in the way. */
function compare(from: string, to: string): Copy | undefined {
  try {
    return sameBytes(from, to) ? { from, to, done: true } : undefined;
  } catch (error) {
    if (isNowhere(error)) return { from, to, done: false };
    throw error;
  }
}

function sameBytes(a: string, b: string): boolean {
  const [sizeA, sizeB] = [Deno.statSync(a).size, Deno.statSync(b).size];
  if (sizeA !== sizeB) return false;
  using fileA = Deno.openSync(a);
  using fileB = Deno.openSync(b);
  const [chunkA, chunkB] = [new Uint8Array(1 << 16), new Uint8Array(1 << 16)];
  for (let left = sizeA; left > 0;) {
    const length = Math.min(left, chunkA.length);
    fill(fileA, chunkA.subarray(0, length));
    fill(fileB, chunkB.subarray(0, length));
    for (let i = 0; i < length; i++) if (chunkA[i] !== chunkB[i]) return false;
    left -= length;
  }
  return true;
}

/** Fills `bytes` from a file; one that shrinks meanwhile leaves the rest as it was. */
function fill(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const read = file.readSync(bytes.subarray(done));
    if (read === null) return;
    done += read;
  }
}
