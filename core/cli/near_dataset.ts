import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { Flow } from "../contract/flow.ts";
import { isThere, type Project } from "../contract/project.ts";
import { didYouMean } from "../contract/suggest.ts";
import { type CommandLine, PROGRAM, projectWords } from "./command_line.ts";

/**
 * Refuses a dataset that is not there where one of nearly the same name is: a slip must not look like an empty dataset.
 * A flow that makes its own raw files may start a new one under any name.
 *
 * @throws {UsageError} Naming the dataset that was meant.
 */
export function refuseSlip(project: Project, flow: Pick<Flow, "steps">, dataset: string | undefined): void {
  if (dataset === undefined || flow.steps.some(({ input }) => input === undefined)) return;
  const folder: string = join(project.dir, "datasets");
  const names = listDatasets(project);
  const close = names.includes(dataset) ? "" : didYouMean(dataset, names);
  if (close === "") return;
  throw new UsageError(`Cannot find dataset "${dataset}" in "${folder}"${close}`);
}

/**
 * Refuses a dataset that is not there, where nothing but its name says which flow is meant.
 *
 * @throws {UsageError} Naming those that there are.
 */
export function refuseMissing(project: Project, dataset: string, line: CommandLine): void {
  const there = listDatasets(project);
  if (there.includes(dataset)) return;
  const folder: string = join(project.dir, "datasets");
  throw new UsageError(`Cannot find dataset "${dataset}" in "${folder}"${didYouMean(dataset, there)}`, {
    fix: there.length > 0
      ? `There are: ${there.join(", ")}`
      : `Start one with: ${PROGRAM} init DATASET${projectWords(line)}`,
  });
}

/** The folder in `datasets` that is no dataset: `archive` writes there. */
export const ARCHIVES = "_archive";

/** The folders of datasets in `datasets`, by name. */
export function listDatasets(project: Project): string[] {
  const folder: string = join(project.dir, "datasets");
  if (!isThere(folder, "isDirectory")) return [];
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && name !== ARCHIVES && isThere(join(folder, name), "isDirectory"))
    .sort();
}
