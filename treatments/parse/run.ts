import { type Context, type InputFile, type Params, sourceOf } from "myx";
import { bytesOf, parseFiles } from "./parse_files.ts";
import { readSettings } from "./settings.ts";

/** Parses the raw files of this call; see treatment.json. */
export async function run(inputDir: string, outputDir: string, params: Params, context: Context): Promise<void> {
  const settings = readSettings(params);
  const files = context.files.filter(({ role }) => role === "own");
  const bySource = Map.groupBy(files, ({ name }: InputFile) => sourceOf(inputDir, name, settings.substitutions));
  const all = bytesOf(files);
  let before = 0;
  const progress = (done: number) => context.progress(before + done, all);
  for (const [source, files] of bySource) {
    await parseFiles(files, source, outputDir, settings, { ...context, progress });
    before += bytesOf(files);
  }
}
