import { MyxError } from "../contract/errors.ts";
import { isPrintable } from "../contract/printable.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { Part } from "../data/merge.ts";
import { compareNames } from "../data/naming.ts";
import { cleanText } from "../sandbox/clean_text.ts";
import { guarded } from "../sandbox/guards.ts";
import { tooManyMb } from "../sandbox/output_limits.ts";
import { readFolder } from "./folder.ts";
import { hasFormat } from "./partition.ts";
import { DEFAULTS } from "./shared_grants.ts";

/** A file that a call left: the whole of an output, or a part to be joined. */
export type StagedFile = Part;

/** What a call left in its staging folder. */
export interface Staged {
  /** By file name; a call that works file by file may leave several parts of one name, in order. */
  readonly files: ReadonlyMap<string, readonly StagedFile[]>;
  /** The file of rejects, if there is one. */
  readonly rejects: ReadonlyMap<string, StagedFile>;
}

const REJECTS = "_rejects";
const RUN = /^run-(\d+)$/;
/** File systems allow 255, and a name may still get an ending. */
const NAME_BYTES = 200;

/**
 * Lists what a call wrote. A child is judged by its files, so each of them is looked at, not asked for. `folder` is out
 * of its reach, so what is found here is what is published.
 *
 * @param rejectsNames The files that may lie in `_rejects/`.
 * @throws {MyxError} If there is anything but regular files with the ending the treatment declares: a link or a device
 * could lead the engine's own hand out of the folder.
 * @throws {Error} If it is more than a call of the treatment may write.
 */
export async function collectStaged(
  folder: string,
  treatment: Treatment,
  rejectsNames: readonly string[],
): Promise<Staged> {
  const files = new Map<string, StagedFile[]>();
  const rejects = new Map<string, StagedFile>();
  const runs: [number, string][] = [];
  const mayReject = new Set(rejectsNames);
  for (const name of await entries(folder)) {
    const path = `${folder}/${name}`;
    const run = RUN.exec(name);
    if (name === REJECTS) { for (const file of await entries(path)) addRejects(file, `${path}/${file}`); }
    else if (run && treatment.partition.includes("file")) runs.push([Number(run[1]), path]);
    else add(name, path);
  }
  for (const [, path] of runs.sort(([a], [b]) => a - b)) {
    for (const name of await entries(path)) add(name, `${path}/${name}`);
  }
  const megabytes = treatment.permissions.output_mb ?? DEFAULTS.fileMb;
  const bytes = [...files.values(), [...rejects.values()]].flat().reduce((sum, { size }) => sum + size, 0);
  if (guarded("output") && bytes > megabytes * 2 ** 20) throw tooManyMb(megabytes);
  return { files, rejects };

  function add(name: string, path: string): void {
    checkName(name);
    const size = checkRegular(path, name);
    const { format } = treatment.output;
    if (!hasFormat(name, format)) {
      const why = format === "none" ? "and its output.format is none" : `which is no ${format} file`;
      throw new MyxError(`"${treatment.name}" wrote "${name}", ${why}`, {
        fix: `Let it write what output.format in its treatment.json says`,
      });
    }
    files.set(name, [...files.get(name) ?? [], { path, size }]);
  }

  function addRejects(name: string, path: string): void {
    // Rejects of other partitions lie beside ours.
    if (guarded("rejects") && !mayReject.has(name)) {
      throw new MyxError(`"${treatment.name}" wrote rejects as "${shown(name)}", which is not its own`, {
        fix: "Let it use context.reject",
      });
    }
    rejects.set(name, { path, size: checkRegular(path, name) });
  }
}

async function entries(folder: string): Promise<string[]> {
  if (guarded("regular-files") && !Deno.lstatSync(folder).isDirectory) {
    throw new MyxError(`A treatment left "${shown(folder.replace(/.*\//, ""))}", which is no folder`);
  }
  return (await readFolder(folder)).map((entry) => entry.name).sort(compareNames);
}

/** A name is printed, logged, kept and handed to other programs: only one that none of them trips over is published. */
function checkName(name: string): void {
  const tooLong = new TextEncoder().encode(name).length > NAME_BYTES;
  const fault = !guarded("names")
    ? undefined
    : name.startsWith(".")
    ? "begins with a dot"
    : !isPrintable(name) || name.includes("\ufffd")
    ? "has control characters"
    : /[\\/]/.test(name)
    ? "has a path in it"
    : tooLong
    ? `is longer than ${NAME_BYTES} bytes`
    : undefined;
  if (!fault) return;
  throw new MyxError(`A treatment wrote "${shown(name)}", whose name ${fault}`, {
    fix: tooLong
      ? "Give the file that it was made from a shorter name, or let it give what it writes another"
      : "Let it give what it writes another name",
  });
}

/** Returns the size of what is no more than a plain file. */
function checkRegular(path: string, name: string): number {
  const { isFile, nlink, size } = Deno.lstatSync(path);
  if (!guarded("regular-files") || (isFile && (nlink ?? 1) === 1)) return size;
  throw new MyxError(`A treatment left "${shown(name)}", which is a folder, a link or a device`, {
    fix: "Let it write plain files, side by side in its output folder",
  });
}

function shown(name: string): string {
  return cleanText(name, { limit: 80 });
}
