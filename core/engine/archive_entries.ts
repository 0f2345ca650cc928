import { MyxError } from "../contract/errors.ts";
import { compareNames } from "../data/naming.ts";
import { type FileStat, lookAt, readFolder, statOf } from "./folder.ts";

/** Something in a dataset that belongs into an archive of it. */
export interface Entry extends FileStat {
  /** Relative to the dataset, with `/`. */
  readonly path: string;
  readonly kind: "folder" | "file" | "link";
  readonly mode: number;
  /** What a link points to, as it is written in it. */
  readonly target?: string;
}

/** In `.myx` these are of a run under way, or made anew by the next. */
const PASSING =
  /(^|\/)\.myx\/(staging|locks|archive\.sqlite(-journal)?|state\.sqlite-(wal|shm)|state\/[^/]+\.(lock|wanted))$/;

/** The record of what each output was made from; a program may have it open. */
export const LEDGER = /(^|\/)\.myx\/state\.sqlite$/;

/** Whether a path lies in a folder of ours, which holds nothing that could not be made again. */
export function isBookkeeping(path: string): boolean {
  return /(^|\/)\.myx(\/|$)/.test(path);
}

/**
 * Lists all that is in the folder of a dataset, each folder before what is in it, by name in code-unit order. Links are
 * listed, never followed.
 *
 * @throws {MyxError} If there is something in it that no archive can hold, or not all of it can be read.
 */
export async function listEntries(root: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const walk = async (folder: string) => {
    const names = (await readFolder(folder === "" ? root : `${root}/${folder}`)).map(({ name }) => name);
    for (const name of names.sort(compareNames)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (PASSING.test(path)) continue;
      const entry = statEntry(root, path);
      entries.push(entry);
      if (entry.kind === "folder") await walk(path);
    }
  };
  await walk("");
  return entries;
}

/** One entry as `listEntries` would list it. */
export function statEntry(root: string, path: string): Entry {
  const info = lookAt(`${root}/${path}`);
  if (!info) {
    // Deno shows bytes that are no UTF-8 as this, and nothing can open a file by that name.
    throw refuse(root, path, path.includes("\ufffd") ? "its name is not UTF-8" : "it has just gone");
  }
  const stat = statOf(info);
  const common = { path, ...stat, mode: (info.mode ?? 0) & 0o777, size: 0 };
  if (info.isDirectory) return { ...common, kind: "folder" };
  if (info.isSymlink) return { ...common, kind: "link", target: Deno.readLinkSync(`${root}/${path}`) };
  if (!info.isFile) throw refuse(root, path, "it is neither a file nor a folder nor a link");
  return { ...common, kind: "file", size: stat.size };
}

function refuse(root: string, path: string, why: string): MyxError {
  return new MyxError(`Cannot archive "${path}" of "${root}": ${why}`, { fix: "Rename it, or move it away" });
}
