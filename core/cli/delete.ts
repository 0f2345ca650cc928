import { resolve } from "node:path";
import { type ExitCode, MyxError, UsageError } from "../contract/errors.ts";
import { isThere, openProject, type Project } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { findChanged } from "../engine/archive.ts";
import { compareArchive, type Held } from "../engine/archive_check.ts";
import { type Entry, isBookkeeping, listEntries } from "../engine/archive_entries.ts";
import { hashFile } from "../engine/hash.ts";
import { lockDataset } from "../engine/lock_dataset.ts";
import { removeDataset } from "../engine/remove_dataset.ts";
import { archiveDataset, type Dataset, findDataset, newestArchive, tellSome, withMeter } from "./archive_dataset.ts";
import { type CommandLine, PROGRAM, projectDir, projectWords } from "./command_line.ts";
import { shortPath } from "./grants.ts";
import { withInterrupt } from "./interrupt.ts";
import { tell } from "./output.ts";
import { plural } from "./table.ts";

/** `delete DATASET`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const project = openProject(projectDir(line));
  const dataset = findDataset(project, line.arguments[0]!);
  const { name, folder, root } = dataset;
  if (Deno.lstatSync(folder).isSymlink) {
    throw new UsageError(`Cannot delete dataset "${name}": "${folder}" is a link to "${root}"`, {
      fix: "Remove the folder that it points to, and then the link, by hand",
    });
  }
  return await withInterrupt<ExitCode>(async (signal) => {
    using _locks = await lockDataset(root, {
      command: `delete ${name}`,
      wait: line.on.has("wait"),
      signal,
      onWait: tell,
    });
    const entries = await listEntries(root);
    const archive = await findArchive(line, project, dataset, entries, signal);
    if (archive !== undefined) await refuseChanged(dataset, entries, archive);
    signal.throwIfAborted();
    removeDataset(root);
    const files = entries.filter(({ kind }) => kind === "file").length;
    tell(`Deleted dataset ${name}: ${plural(files, "file")}`);
    if (archive !== undefined) {
      const [file, place] = [archive, resolve(folder, "..")].map((path) => shortPath(path, Deno.cwd()));
      tell(`To have it again: ${quoteWords(["tar", "xzf", file!, "-C", place!])}`);
    }
    return 0;
  });
}

/** The archive that holds all of `entries`, made here if asked for; `undefined` if it is to go without one. */
async function findArchive(
  line: CommandLine,
  project: Project,
  dataset: Dataset,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { on, values } = line;
  if (on.has("archive")) {
    return (await archiveDataset(project, dataset, entries, { output: values.output, signal })).path;
  }
  if (on.has("yes")) return undefined;
  const archive = namedArchive(project, dataset.name, values.output);
  // Without the project, a dataset of the same name in another one would go.
  const named = `${dataset.name}${projectWords(line)}`;
  const ways = `Archive it with: ${PROGRAM} archive ${named}\n` +
    `Archive and delete it with: ${PROGRAM} delete ${named} --archive\n` +
    `Delete it without an archive with: ${PROGRAM} delete ${named} --yes`;
  if (archive === undefined) {
    throw new UsageError(`Cannot delete dataset "${dataset.name}": there is no archive of it`, { fix: ways });
  }
  const held = new Map(
    entries.filter(({ path }) => !isBookkeeping(path)).map((entry) => [entry.path, heldAs(dataset, entry)]),
  );
  const total = 2 * entries.reduce((sum, { size }) => sum + size, 0);
  const missing = await withMeter(
    `Comparing ${dataset.name} with its archive`,
    total,
    signal,
    (progress) => compareArchive(archive, dataset.name, held, progress),
  );
  if (!missing.length) return archive;
  tellSome("not in the archive as it is now", missing);
  const counts = (["file", "folder", "link"] as const).flatMap((kind) => {
    const count = missing.filter((path) => held.get(path)!.kind === kind).length;
    return count > 0 ? [plural(count, kind)] : [];
  });
  throw new UsageError(
    `Cannot delete dataset "${dataset.name}": ${counts.join(" and ")} of it ${
      missing.length === 1 ? "is" : "are"
    } not in its archive "${shortPath(archive, Deno.cwd())}"`,
    { fix: ways },
  );
}

/** A file, the newest in a folder, or the newest in the project. */
function namedArchive(project: Project, name: string, output: string | undefined): string | undefined {
  if (output === undefined) return newestArchive(project, name);
  const path: string = resolve(output);
  return isThere(path, "isDirectory") ? newestArchive(project, name, path) : path;
}

function heldAs({ root }: Dataset, entry: Entry): Held {
  return { ...entry, sha256: () => hashFile(`${root}/${entry.path}`, entry.size) };
}

/** A logger may have written while we archived or compared. */
async function refuseChanged(
  { name, root }: Dataset,
  entries: readonly Entry[],
  archive: string,
): Promise<void> {
  const known = new Set(entries.map(({ path }) => path));
  const came = (await listEntries(root)).map(({ path }) => path).filter((path) =>
    !known.has(path) && !isBookkeeping(path)
  );
  const changed = [...findChanged(root, entries), ...came];
  if (!changed.length) return;
  tellSome("came or changed meanwhile", changed);
  throw new MyxError(`Cannot delete dataset "${name}": something wrote in it after it was archived as "${archive}"`, {
    fix: "Stop what writes there, and run again",
  });
}
