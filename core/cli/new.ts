import { join } from "node:path";
import { type ExitCode, UsageError } from "../contract/errors.ts";
import { listTreatments, openProject } from "../contract/project.ts";
import { NAME, NAME_RULE } from "../contract/schema.ts";
import { type CommandLine, PROGRAM, projectDir } from "./command_line.ts";
import { schemaPath, shortPath } from "./grants.ts";
import { tell } from "./output.ts";
import { scaffoldCode, scaffoldMetadata } from "./scaffold.ts";

/** `new TREATMENT`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const name = line.arguments[0]!;
  if (!NAME.test(name)) throw new UsageError(`Cannot make treatment "${name}": expected ${NAME_RULE}`);
  const dir: string = join(project.dir, "treatments", name);
  const shadowed = listTreatments(project).find((listed) => listed.name === name && listed.origin === "built-in");
  Deno.mkdirSync(join(project.dir, "treatments"), { recursive: true });
  try {
    Deno.mkdirSync(dir);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UsageError(`Cannot make treatment "${name}": "${dir}" is there already`, {
      fix: "Choose another name, or remove that folder",
      cause,
    });
  }
  const schema = schemaPath(project, "treatment", dir);
  Deno.writeTextFileSync(join(dir, "treatment.json"), scaffoldMetadata(name, schema));
  Deno.writeTextFileSync(join(dir, "run.ts"), scaffoldCode(name));
  const shown = shortPath(dir, Deno.cwd());
  tell(`Wrote ${shown}/treatment.json and ${shown}/run.ts`);
  if (shadowed && project.dir !== project.home) {
    tell(`In this project it now stands for the built-in treatment "${name}"`);
  }
  tell(`Try it: ${PROGRAM} run ${name} --input datasets/DATASET/20_clean --output datasets/DATASET/21_${name}`);
  return 0;
}
