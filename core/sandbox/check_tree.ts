import { MyxError } from "../contract/errors.ts";
import { cleanText } from "./clean_text.ts";

/** What may lie in a folder besides plain files and folders. */
export interface TreeOptions {
  /** Another name of a file elsewhere: a lab's archive of raw files has them, and package managers make them. */
  readonly hardLinks?: boolean;
}

/**
 * Looks at every file below `folder`, hidden ones too: Deno follows a link that lies in a granted folder out of it.
 *
 * @throws {MyxError} If there is a symbolic link, a device, a socket, a pipe or, unless allowed, a hard link.
 */
export function checkTree(folder: string, options: TreeOptions = {}): void {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isFile, isDirectory, isSymlink } of entries) {
    const path = `${folder}/${name}`;
    if (isDirectory) checkTree(path, options);
    else if (!isFile) refuse(folder, name, isSymlink ? "a symbolic link" : "not a regular file");
    else if (!options.hardLinks && linksOf(path) > 1) refuse(folder, name, "a hard link");
  }
}

function linksOf(path: string): number {
  try {
    return Deno.lstatSync(path).nlink ?? 1;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0; // Another run's file on its way, gone since it was listed.
    throw error;
  }
}

function refuse(folder: string, name: string, what: string): never {
  throw new MyxError(`Cannot use "${cleanText(name, { limit: 200 })}" in "${folder}": it is ${what}`, {
    fix: "Put a copy of the file there instead",
  });
}
