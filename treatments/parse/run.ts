import { type Context, type Params, sourceOf } from "myx";
import { parseFile } from "./parse_file.ts";
import { readSettings } from "./settings.ts";

/** Parses the raw file of this call; see treatment.json. */
export async function run(inputDir: string, outputDir: string, params: Params, context: Context): Promise<void> {
  const settings = readSettings(params);
  for (const file of context.files.filter(({ role }) => role === "own")) {
    const source = sourceOf(inputDir, file.name, settings.substitutions);
    await parseFile(file, source, outputDir, settings, context);
  }
}
