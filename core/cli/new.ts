import { dirname, join } from "node:path";
import { type ExitCode, UsageError } from "../contract/errors.ts";
import { listTreatments, openProject } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { NAME, NAME_RULE } from "../contract/schema.ts";
import { lookAt } from "../engine/folder.ts";
import { makeFolder, writeWhole } from "../engine/write_whole.ts";
import { type CommandLine, PROGRAM, projectDir, projectWords } from "./command_line.ts";
import { schemaPath, shortPath } from "./grants.ts";
import { isStandalone } from "../standalone/self.ts";
import { tell } from "./output.ts";
import { scaffoldCode, scaffoldMetadata } from "./scaffold.ts";

/** `new TREATMENT`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const name = line.arguments[0]!;
  if (!NAME.test(name)) throw new UsageError(`Cannot make treatment "${name}": expected ${NAME_RULE}`);
  const dir: string = join(project.dir, "treatments", name);
  const shadowed = listTreatments(project).find((listed) => listed.name === name && listed.origin === "built-in");
  makeFolder(dirname(dir));
  if (lookAt(dir) !== undefined) {
    throw new UsageError(`Cannot make treatment "${name}": "${dir}" is there already`, {
      fix: "Choose another name, or remove that folder",
    });
  }
  makeFolder(dir, { recursive: false });
  // What lies inside a binary is no file that an editor could open.
  const schema = isStandalone() ? undefined : schemaPath(project, "treatment", dir);
  try {
    writeWhole(join(dir, "treatment.json"), scaffoldMetadata(name, schema));
    writeWhole(join(dir, "run.ts"), scaffoldCode(name));
  } catch (error) {
    // Half a treatment would be in the way of the next try.
    Deno.removeSync(dir, { recursive: true });
    throw error;
  }
  const shown = shortPath(dir, Deno.cwd());
  tell(`Wrote ${shown}/treatment.json and ${shown}/run.ts`);
  if (shadowed && project.dir !== project.home) {
    tell(`In this project it now stands for the built-in treatment "${name}"`);
  }
  // What run reads and writes it takes from the current folder on, also where the project is elsewhere.
  const folder = (step: string) => shortPath(join(project.dir, "datasets/DATASET", step), Deno.cwd());
  const folders = quoteWords(["--input", folder("20_clean"), "--output", folder(`21_${name}`)]);
  tell(`Try it: ${PROGRAM} run ${name} ${folders}${projectWords(line)}`);
  return 0;
}
