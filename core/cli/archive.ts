import type { ExitCode } from "../contract/errors.ts";
import { openProject } from "../contract/project.ts";
import { listEntries } from "../engine/archive_entries.ts";
import { lockDataset } from "../engine/lock_dataset.ts";
import { archiveDataset, findDataset } from "./archive_dataset.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { shortPath } from "./grants.ts";
import { withInterrupt } from "./interrupt.ts";
import { printData, printJson, tell } from "./output.ts";

/** `archive DATASET`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const project = openProject(projectDir(line));
  const dataset = findDataset(project, line.arguments[0]!);
  const { name, root } = dataset;
  return await withInterrupt<ExitCode>(async (signal) => {
    using _locks = await lockDataset(root, {
      command: `archive ${name}`,
      wait: line.on.has("wait"),
      signal,
      onWait: tell,
    });
    const output = line.values.output;
    const { path, files, bytes, size, links, changed } = await archiveDataset(
      project,
      dataset,
      await listEntries(root),
      {
        output,
        signal,
      },
    );
    const shown = shortPath(path, Deno.cwd());
    if (line.on.has("json")) {
      printJson({ dataset: name, path: shown, files, bytes, archive_bytes: size, links, changed });
    } else printData(shown);
    return 0;
  });
}
