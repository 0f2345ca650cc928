import type { ExitCode } from "../contract/errors.ts";
import { verifyFlow } from "../engine/verify.ts";
import { type CommandLine, projectWords } from "./command_line.ts";
import { datasetFlow } from "./dataset_flow.ts";
import { execute, runOptions } from "./execute.ts";
import { print, printJson } from "./output.ts";
import { formatTable, plural } from "./table.ts";

/** `verify DATASET`. */
export async function run(line: CommandLine): Promise<ExitCode> {
  const flow = datasetFlow(line);
  const { files, partitions, faults } = verifyFlow(flow);
  if (line.on.has("json")) printJson({ files, partitions, faults });
  else {
    if (faults.length) print(formatTable(faults.map(({ step, name, fault }) => [step, name, fault])));
    print(`${plural(files, "file")}, ${plural(partitions, "partition")}: ${plural(faults.length, "fault")}`);
  }
  if (!faults.length) return 0;
  if (!line.on.has("repair")) return 1;
  const options = { ...runOptions(line, undefined), last: true, command: "verify" };
  const repaired = await execute(flow, options, { json: false, project: projectWords(line) });
  return repaired || (verifyFlow(flow).faults.length ? 1 : 0);
}
