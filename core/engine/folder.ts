import { lstatSync } from "node:fs";
import { MyxError } from "../contract/errors.ts";
import { compareNames } from "../data/naming.ts";

/** What tells, without reading it, that a file is not the one we knew. */
export interface FileStat {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
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
    for (const entry of Deno.readDirSync(folder)) {
      if (entry.name.startsWith(".") || entry.isDirectory) continue;
      if (!entry.isFile) refuse(folder, entry.name, entry.isSymlink ? "a symbolic link" : "not a regular file");
      names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return names.sort(compareNames).flatMap((name) => {
    const file = statFile(folder, name, options);
    if (!file && name.includes("\ufffd")) options.onUnreadable?.(name);
    return file ?? [];
  });
}

/** Whether there is nothing in a folder, or no folder. */
export function isEmptyFolder(folder: string): boolean {
  try {
    return Deno.readDirSync(folder)[Symbol.iterator]().next().done === true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/** One file as `listFolder` would list it, or `undefined` if it is not there. */
export function statFile(folder: string, name: string, options: ListOptions = {}): FolderFile | undefined {
  const path = `${folder}/${name}`;
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isFile()) refuse(folder, name, stat.isSymbolicLink() ? "a symbolic link" : "not a regular file");
  if (stat.nlink > 1n && !options.hardLinks) refuse(folder, name, "a hard link");
  const { mtimeNs, ctimeNs, ino } = stat;
  return { name, path, size: Number(stat.size), mtimeNs, ctimeNs, inode: ino };
}

function refuse(folder: string, name: string, what: string): never {
  throw new MyxError(`Cannot use "${name}" in "${folder}": it is ${what}`, {
    fix: "Put a copy of the file there instead",
  });
}

/** Whether two stats are of the same, untouched file. */
export function sameStat(a: FileStat, b: FileStat): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode;
}
