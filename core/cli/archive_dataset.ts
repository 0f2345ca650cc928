import { dirname, join, resolve } from "node:path";
import { format as formatBytes } from "@std/fmt/bytes";
import { UsageError } from "../contract/errors.ts";
import { isThere, type Project } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { NAME, NAME_RULE } from "../contract/schema.ts";
import { didYouMean } from "../contract/suggest.ts";
import { type Archive, partOf, writeArchive } from "../engine/archive.ts";
import type { Progress } from "../engine/archive_check.ts";
import type { Entry } from "../engine/archive_entries.ts";
import { removeIfThere } from "../engine/folder.ts";
import { contains } from "../sandbox/grants.ts";
import { shortPath } from "./grants.ts";
import { ARCHIVES, listDatasets } from "./near_dataset.ts";
import { tell, tellRaw } from "./output.ts";
import { isDrawable } from "./paint.ts";
import { plural } from "./table.ts";

const REDRAW_MS = 200;

/** A dataset that is there. */
export interface Dataset {
  readonly name: string;
  /** Its folder in `datasets`. */
  readonly folder: string;
  /** Real path of it. */
  readonly root: string;
}

/**
 * Finds a dataset by its name.
 *
 * @throws {UsageError} If there is none; names the one that was meant.
 */
export function findDataset(project: Project, name: string): Dataset {
  if (!NAME.test(name)) throw new UsageError(`Cannot find dataset "${name}": expected ${NAME_RULE}`);
  const datasets = listDatasets(project);
  if (!datasets.includes(name)) {
    const there = datasets.length ? `there are ${datasets.join(", ")}` : "there is none";
    throw new UsageError(`Cannot find dataset "${name}"${didYouMean(name, datasets)} in "datasets": ${there}`);
  }
  const folder: string = join(project.dir, "datasets", name);
  return { name, folder, root: Deno.realPathSync(folder) };
}

/** The newest archive of a dataset in a folder, by default that of the project's archives. */
export function newestArchive(project: Project, name: string, folder = archivesOf(project)): string | undefined {
  if (!isThere(folder, "isDirectory")) return undefined;
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((file) =>
    stampOf(file, name, ".tar.gz")
  );
  const newest = files.sort().at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}

function archivesOf({ dir }: Project): string {
  return join(dir, "datasets", ARCHIVES);
}

/** Archives a dataset that we have locked, and tells about it; returns where it went, too. */
export async function archiveDataset(
  project: Project,
  { name, root }: Dataset,
  entries: readonly Entry[],
  { output, signal }: { readonly output: string | undefined; readonly signal: AbortSignal },
): Promise<Archive & { readonly path: string }> {
  const path = archivePath(project, name, output);
  if (contains(root, path)) {
    throw new UsageError(`Cannot archive into "${path}": it lies in the dataset itself`, {
      fix: "Choose another folder",
    });
  }
  removeParts(dirname(partOf(path)), name);
  const total = 2 * entries.reduce((sum, { size }) => sum + size, 0);
  const archive = await withMeter(
    `Archiving ${name}`,
    total,
    signal,
    (progress) => writeArchive(root, name, entries, path, progress),
  );
  tell(
    `Archived ${name}: ${plural(archive.files, "file")}, ${formatBytes(archive.bytes)}, in ${
      formatBytes(archive.size)
    }; read back and compared`,
  );
  tellSome("kept as a link; what it points to is in the archive only if it lies in the dataset", archive.links);
  tellSome("changed while it was read; the archive may lack its end", archive.changed);
  return { ...archive, path };
}

/** Does `work` and shows on a terminal how far it is. */
export async function withMeter<T>(
  label: string,
  total: number,
  signal: AbortSignal,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  if (!isDrawable()) return await work({ signal });
  let done = 0;
  let drawn = 0;
  try {
    return await work({
      signal,
      onBytes(count) {
        done += count;
        if (performance.now() - drawn < REDRAW_MS) return;
        drawn = performance.now();
        tellRaw(`\r${label}: ${Math.floor(100 * done / Math.max(total, done))} %`);
      },
    });
  } finally {
    if (drawn) tellRaw("\r\x1b[K");
  }
}

/** Tells of the first few of `paths`. */
export function tellSome(what: string, paths: readonly string[]): void {
  for (const path of paths.slice(0, 5)) tell(`  ${path}: ${what}`);
  if (paths.length > 5) tell(`  and ${paths.length - 5} more`);
}

/** Where an archive goes: a folder is given a file, by default in the project. */
function archivePath(project: Project, name: string, output: string | undefined): string {
  const stamp = new Date().toISOString().replace(/\.\d+/, "").replaceAll(":", "");
  const file = `${name}_${stamp}.tar.gz`;
  if (output === undefined) return join(archivesOf(project), file);
  const path: string = resolve(output);
  if (isThere(path, "isDirectory")) return join(path, file);
  if (/\.(tar\.gz|tgz)$/.test(path)) return path;
  const example = quoteWords(["--output", shortPath(join(path, file), Deno.cwd())]);
  throw new UsageError(`Cannot archive into "${output}": expected a folder, or a file that ends in .tar.gz`, {
    fix: `Such as ${example}, with its folder there`,
  });
}

/** Removes what killed runs left. A project that archives a dataset of the same name into the folder now holds its own. */
function removeParts(folder: string, name: string): void {
  if (!isThere(folder, "isDirectory")) return;
  for (const entry of [...Deno.readDirSync(folder)]) {
    if (!stampOf(entry.name, name, ".tar.gz.part")) continue;
    const part: string = join(folder, entry.name);
    try {
      using file = Deno.openSync(part, { write: true });
      if (file.tryLockSync(true)) removeIfThere(part);
    } catch {
      // It is an archive by now, or not ours to remove.
    }
  }
}

function stampOf(file: string, name: string, ending: string): boolean {
  return file.startsWith(`${name}_`) && file.endsWith(ending) &&
    /^\d{4}-\d\d-\d\dT\d{6}Z$/.test(file.slice(name.length + 1, -ending.length));
}
