import { dirname, join } from "node:path";
import { type ExitCode, UsageError } from "../contract/errors.ts";
import { readJson } from "../contract/json_file.ts";
import { findFlow, openProject, type Project } from "../contract/project.ts";
import { resolveFlow } from "../contract/resolve.ts";
import { NAME, NAME_RULE } from "../contract/schema.ts";
import { lookAt } from "../engine/folder.ts";
import { endingOf } from "../engine/partition.ts";
import { makeFolder, writeWhole } from "../engine/write_whole.ts";
import { isStandalone } from "../standalone/self.ts";
import { type CommandLine, PROGRAM, projectDir } from "./command_line.ts";
import { copyRaw, filesLeftOut, folderLeftOut, planCopy } from "./copy_raw.ts";
import { DENO, goTo } from "./deno_call.ts";
import { formatJson } from "./format_json.ts";
import { schemaPath, shortPath } from "./grants.ts";
import { GUIDE, writeGuide } from "./llm_txt.ts";
import { ARCHIVES } from "./near_dataset.ts";
import { tell } from "./output.ts";
import { writeConfig } from "./project_config.ts";
import { plural } from "./table.ts";

/** The built-in flow that a new dataset's flow is made after. */
const TEMPLATE = "valvometry_daily";

/** `init DATASET`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const dataset = line.arguments[0]!;
  const project = openProject(projectDir(line));
  if (project.dir.includes(",")) {
    throw new UsageError(
      `Cannot make a project in "${project.dir}": its path has a comma, which no permission can name`,
      {
        fix: "Rename the folder, or choose another",
      },
    );
  }
  if (!NAME.test(dataset)) throw new UsageError(`Cannot make dataset "${dataset}": expected ${NAME_RULE}`);
  if (dataset === ARCHIVES) {
    throw new UsageError(`Cannot make dataset "${dataset}": archives of datasets lie there`, {
      fix: "Choose another name",
    });
  }
  const raw: string = join(project.dir, "datasets", dataset, "00_raw");
  // Whatever can be refused is refused before anything is made.
  const copies = line.values.raw === undefined ? undefined : await planCopy(line.values.raw, raw);

  const shown = (path: string) => shortPath(path, Deno.cwd());
  makeFolder(raw);
  tell(`Raw files go to ${shown(raw)}`);
  if (copies) {
    const count = copyRaw(copies);
    tell(
      `Copied ${plural(count, "raw file")}${
        count < copies.length ? `; ${plural(copies.length - count, "file")} already there` : ""
      }`,
    );
  }
  if (line.values.raw !== undefined) {
    const [file, ...more] = filesLeftOut(line.values.raw);
    const which = more.length ? `"${file}" and ${more.length} more` : `"${file}"`;
    if (file !== undefined) tell(`Left out ${which}: only files whose names end in ${endingOf("csv")} are copied`);
    const folder = folderLeftOut(line.values.raw);
    if (folder !== undefined) tell(`Left out the raw files in its folder "${folder}": folders are not searched`);
  }
  const flow = join(project.dir, "flows", `${dataset}.json`);
  tell(writeFlow(project, dataset, flow) ? `Wrote flow ${shown(flow)}` : `Kept flow ${shown(flow)} as it is`);
  tellGuide(project, dataset);
  // Last, as what is written by hand may be in its way. A compiled binary is called by itself.
  if (!isStandalone()) { for (const message of writeConfig(project)) tell(message); }
  // In a folder below the project `deno task` finds it by itself.
  const cd = project.dir === Deno.cwd() ? "" : goTo(project.dir);
  tell(`Next: ${hasRaw(raw) ? "" : "put raw files there, then "}${cd}${DENO} task flow ${dataset}`);
  tell(`Then: ${PROGRAM} status ${dataset}`);
  return 0;
}

/** Writes the guide to the dataset; a flow that is not valid is told where it is run or checked. */
function tellGuide(project: Project, dataset: string): void {
  const folder: string = join(project.dir, "datasets", dataset);
  try {
    const flow = resolveFlow(project, findFlow(project, dataset), { dataset, now: Temporal.Now.instant() });
    const became = writeGuide(flow, dataset, folder);
    const shown = shortPath(join(folder, GUIDE), Deno.cwd());
    if (became === "wrote") tell(`Wrote ${shown}, a guide to the dataset for language models and people`);
    if (became === "kept") tell(`Kept ${shown} as it is`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

function hasRaw(folder: string): boolean {
  return [...Deno.readDirSync(folder)].some(({ name }) => !name.startsWith("."));
}

/** Writes the flow unless there is one; tells whether it did. */
function writeFlow(project: Project, dataset: string, path: string): boolean {
  makeFolder(dirname(path));
  if (lookAt(path) !== undefined) return false;
  const file: string = join(project.home, "flows", `${TEMPLATE}.json`);
  const { $schema: _, ...template } = readJson(file) as Record<string, unknown>;
  const flow = {
    // No editor can look into a compiled binary.
    ...(isStandalone() ? {} : { $schema: schemaPath(project, "flow", join(project.dir, "flows")) }),
    ...template,
    name: dataset,
    description: `Raw sensor CSV of ${dataset} to cleaned, resampled and aggregated Parquet, and CSV`,
    dataset,
  };
  writeWhole(path, formatJson(flow) + "\n");
  return true;
}
