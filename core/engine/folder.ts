import { MyxError } from "../contract/errors.ts";
import { isNowhere } from "../contract/project.ts";
import { compareNames } from "../data/naming.ts";
import { explainReading } from "./disk_error.ts";

/** What tells, without reading it, that a file is not the one we knew. */
export interface FileStat {
  readonly size: number;
  /** In milliseconds since 1970. */
  readonly mtimeMs: number;
  /** Deno tells whole seconds. */
  readonly ctimeMs: number;
  readonly inode: number;
}

/** A file of a folder. */
export interface FolderFile extends FileStat {
  readonly name: string;
  readonly path: string;
}

/** How strict a listing is. */
export interface ListOptions {
  /** Raw folders may hold hard links (a lab's archive does); in others one could be a way out of the sandbox. */
  readonly hardLinks?: boolean;
  /** Told of names that are not UTF-8: nothing can open such a file by name. */
  readonly onUnreadable?: (name: string) => void;
  /** Told of visible folders. */
  readonly onFolder?: (name: string) => void;
  /** What `readFolder` says that there is, where it was asked. */
  readonly entries?: readonly Deno.DirEntry[];
}

/**
 * Lists the visible files of `folder` by name in code-unit order; none if it does not exist. Hidden files and folders
 * are passed over.
 *
 * @throws {MyxError} If a name is a symbolic link, a device, a socket or, unless allowed, a hard link: a sandboxed child
 * would follow it out of its folder.
 */
export function listFolder(folder: string, options: ListOptions = {}): FolderFile[] {
  const names: string[] = [];
  try {
    for (const entry of options.entries ?? Deno.readDirSync(folder)) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory) {
        options.onFolder?.(entry.name);
        continue;
      }
      if (!entry.isFile) refuse(folder, entry.name, entry.isSymlink ? "a symbolic link" : "not a regular file");
      names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw explainListing(error, folder);
  }
  return names.sort(compareNames).flatMap((name) => {
    const file = statFile(folder, name, options);
    if (!file && name.includes("\ufffd")) options.onUnreadable?.(name);
    return file ?? [];
  });
}

/**
 * What lies directly in a folder, hidden or not; nothing if it does not exist. `Deno.readDirSync` shows of a folder that the disk
 * gives back in part that part, without a word: what is missing from it would count as never written, or as gone.
 *
 * @throws {MyxError} If not all of it can be read.
 */
export async function readFolder(folder: string): Promise<Deno.DirEntry[]> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry);
    return entries;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw explainListing(error, folder);
  }
}

/** Names of the visible files of a folder, in no order; none if it does not exist. */
export function listNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isFile }) => isFile && !name.startsWith(".") ? name : []);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Says in words for people why a folder cannot be listed; other errors are returned as they are. */
function explainListing(error: unknown, folder: string): unknown {
  if (error instanceof Deno.errors.NotADirectory) {
    return new MyxError(`Cannot read folder "${folder}": a file stands in its place`, {
      fix: "Move that away",
      cause: error,
    });
  }
  return explainReading(error, `folder "${folder}"`);
}

/** Whether there is nothing in a folder, or no folder. What another user keeps to himself is not empty. */
export function isEmptyFolder(folder: string): boolean {
  try {
    return Deno.readDirSync(folder)[Symbol.iterator]().next().done === true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/** One file as `listFolder` would list it, or `undefined` if it is not there. */
export function statFile(folder: string, name: string, options: ListOptions = {}): FolderFile | undefined {
  const path = `${folder}/${name}`;
  const info = lookAt(path);
  if (!info) return undefined;
  if (!info.isFile) refuse(folder, name, info.isSymlink ? "a symbolic link" : "not a regular file");
  if ((info.nlink ?? 1) > 1 && !options.hardLinks) refuse(folder, name, "a hard link");
  return { name, path, ...statOf(info) };
}

/** What the file system says of a path, of a link itself; nothing if there is nothing. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isNowhere(error)) return undefined;
    throw error;
  }
}

/** The real path of what is there; of what a step is to make, or cannot be, the path as it is. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (isNowhere(error)) return path;
    throw error;
  }
}

/** What of it tells one content of a file from another. */
export function statOf({ size, mtime, ctime, ino }: Deno.FileInfo): FileStat {
  return { size, mtimeMs: mtime?.getTime() ?? 0, ctimeMs: ctime?.getTime() ?? 0, inode: ino ?? 0 };
}

function refuse(folder: string, name: string, what: string): never {
  throw new MyxError(`Cannot use "${name}" in "${folder}": it is ${what}`, {
    fix: "Put a copy of the file there instead",
  });
}

/** Whether two stats are of the same, untouched file. */
export function sameStat(a: FileStat, b: FileStat): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.inode === b.inode;
}

/** Removes a file; says whether there was one. */
export function removeIfThere(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
