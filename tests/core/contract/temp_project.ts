/** Makes a project in a temporary folder: files by path, objects as JSON. */
import { openProject, type Project } from "../../../core/contract/project.ts";
import { UsageError } from "../../../core/contract/errors.ts";
import { type Files, writeFiles } from "../../files.ts";
import { makeTempDir } from "../../temp_dir.ts";

/** Writes the files and opens the project. */
export function tempProject(files: Files): Project {
  const dir = makeTempDir();
  writeFiles(dir, files);
  return openProject(dir);
}

/** The files of a treatment that reads and writes Parquet, with `overrides` over its treatment.json. */
export function treatmentFiles(name: string, overrides: Files = {}, folder = `treatments/${name}`): Files {
  return {
    [`${folder}/treatment.json`]: {
      name,
      version: "1.2.0",
      description: "Made for a test.",
      input: { format: "parquet" },
      output: { format: "parquet" },
      ...overrides,
    },
    [`${folder}/run.ts`]: "export function run() {}\n",
  };
}

/** The lines of the UsageError that `action` throws, without the project's path. */
export function problemsOf(project: Project | undefined, action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UsageError) || error.exitCode !== 2) throw error;
    return (project ? error.message.replaceAll(`${project.dir}/`, "") : error.message).split("\n");
  }
  throw new Error("Expected a UsageError, but nothing was thrown");
}
