import { MyxError } from "../contract/errors.ts";
import type { Treatment } from "../contract/treatment.ts";
import { compareNames } from "../data/naming.ts";
import { hasFormat } from "./partition.ts";

/** What a call left in its staging folder. */
export interface Staged {
  /** Paths by file name; a call that works file by file may leave several parts of one name, in order. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Path of the file of rejects, if there is one. */
  readonly rejects: ReadonlyMap<string, string>;
}

const REJECTS = "_rejects";
const RUN = /^run-(\d+)$/;

/**
 * Lists what a call wrote. A child is judged by its files, so each of them is looked at, not asked for.
 *
 * @throws {MyxError} If there is anything but regular files with the ending the treatment declares: a link or a device
 * could lead the engine's own hand out of the folder.
 */
export function collectStaged(folder: string, treatment: Treatment): Staged {
  const files = new Map<string, string[]>();
  const rejects = new Map<string, string>();
  const runs: [number, string][] = [];
  for (const name of entries(folder)) {
    const path = `${folder}/${name}`;
    const run = RUN.exec(name);
    if (name === REJECTS) { for (const file of entries(path)) rejects.set(file, regular(`${path}/${file}`)); }
    else if (run && treatment.partition.includes("file")) runs.push([Number(run[1]), path]);
    else add(name, path);
  }
  for (const [, path] of runs.sort(([a], [b]) => a - b)) for (const name of entries(path)) add(name, `${path}/${name}`);
  return { files, rejects };

  function add(name: string, path: string): void {
    regular(path);
    const { format } = treatment.output;
    if (name.startsWith(".") || !hasFormat(name, format)) {
      throw new MyxError(`"${treatment.name}" wrote "${name}", which is no ${format} file`, {
        fix: `Let it write what output.format in its treatment.json says`,
      });
    }
    files.set(name, [...files.get(name) ?? [], path]);
  }
}

function entries(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort(compareNames);
}

function regular(path: string): string {
  const { isFile, nlink } = Deno.lstatSync(path);
  if (!isFile || (nlink ?? 1) > 1) {
    throw new MyxError(`A treatment left "${path}", which is a folder, a link or a device`);
  }
  return path;
}
