import { UsageError } from "../contract/errors.ts";
import { findFlow, listFlows, openProject } from "../contract/project.ts";
import { type ResolvedFlow, resolveFlow } from "../contract/resolve.ts";
import { oneOf } from "../contract/suggest.ts";
import { type CommandLine, projectDir } from "./command_line.ts";
import { refuseMissing, refuseSlip } from "./near_dataset.ts";

/**
 * The flow that makes the dataset named on the command line: the one with `--flow`, else the one that is called as it is, else
 * the only one that names it.
 *
 * @throws {UsageError} If no flow, or more than one, names the dataset, or there is none of that name.
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
  const isOfIt = (name: string) => findFlow(project, name).dataset === dataset;
  // The one that init has written goes by the dataset's name, whatever else works on it or is broken.
  const naming = flows.includes(dataset) && isOfIt(dataset) ? [dataset] : flows.filter(isOfIt);
  if (naming.length === 1) return resolveFlow(project, findFlow(project, naming[0]!), { now });
  if (naming.length === 0) refuseMissing(project, dataset, line);
  const why = naming.length ? `${oneOf(naming)} name it` : "no flow names it";
  throw new UsageError(`Cannot tell which flow makes dataset "${dataset}": ${why}`, {
    fix: `Say which with --flow, ${oneOf(naming.length ? naming : flows)}`,
  });
}
