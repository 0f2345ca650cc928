import { UsageError } from "../contract/errors.ts";
import { findFlow, listFlows, openProject } from "../contract/project.ts";
import { type ResolvedFlow, resolveFlow } from "../contract/resolve.ts";
import { didYouMean, oneOf } from "../contract/suggest.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { listDatasets, refuseSlip } from "./near_dataset.ts";

/**
 * The flow that makes the dataset named on the command line: the one with `--flow`, else the one that is called as it is, else
 * the only one that names it.
 *
 * @throws {UsageError} If no flow, or more than one, names the dataset.
 */
export function datasetFlow(line: CommandLine): ResolvedFlow {
  const project = openProject(projectDir(line));
  const dataset = line.arguments[0]!;
  const now = Temporal.Now.instant();
  if (line.values.flow !== undefined) {
    const flow = findFlow(project, line.values.flow, Deno.cwd());
    refuseSlip(project, flow, dataset);
    return resolveFlow(project, flow, { dataset, now });
  }
  const flows = listFlows(project).map(({ name }) => name);
  const all = flows.filter((name) => findFlow(project, name).dataset === dataset);
  // The one that init has written goes by the dataset's name, whatever else works on it.
  const naming = all.includes(dataset) ? [dataset] : all;
  if (naming.length === 1) return resolveFlow(project, findFlow(project, naming[0]!), { now });
  throw new UsageError(
    naming.length
      ? `Cannot tell which flow makes dataset "${dataset}": ${oneOf(naming)} name it`
      : `Cannot tell which flow makes dataset "${dataset}"${
        didYouMean(dataset, listDatasets(project))
      }: no flow names it`,
    { fix: `Say which with --flow, ${oneOf(naming.length ? naming : flows)}` },
  );
}
