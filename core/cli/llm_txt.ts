import { join } from "node:path";
import { listFlows } from "../contract/project.ts";
import type { ResolvedFlow } from "../contract/resolve.ts";
import { sha256 } from "../data/sha256.ts";
import { writeWhole } from "../engine/write_whole.ts";
import { formatGuide, ofFlow } from "./llm_guide.ts";

/** The guide's name in the folder of a dataset. */
export const GUIDE = "llm.txt";

const SEAL = /\n\n\(Made by myx from the flow; change anything and it is left alone\. ([0-9a-f]{16})\)\n$/;

/**
 * Writes the guide of a dataset into its folder, or brings it up to date. One that somebody changed, as the seal in its
 * last line shows, is kept.
 *
 * @returns What became of it.
 */
export function writeGuide(flow: ResolvedFlow, dataset: string, folder: string): "wrote" | "kept" | "as it was" {
  const path: string = join(folder, GUIDE);
  const before = readGuide(path);
  if (before !== undefined && !isOurs(before)) return "kept";
  const text = sealGuide(formatGuide(flow, dataset));
  if (text === before) return "as it was";
  writeWhole(path, text);
  return "wrote";
}

/**
 * Brings the guide of a flow's dataset up to date, if it has one. That of another flow there is stays: one such as `raw_live`
 * works on the dataset, too, and knows little of it. The flow that `init` has written goes by the dataset's name, and takes
 * the guide back from any other.
 *
 * @returns What kept it from that, in words: a run has done its work whatever becomes of a guide.
 */
export function refreshGuide(flow: ResolvedFlow): string | undefined {
  const { name, dataset, root, project } = flow;
  if (dataset === undefined) return undefined;
  const path: string = join(root, GUIDE);
  try {
    const before = readGuide(path);
    if (before === undefined) return undefined;
    const isOther = (listed: string) => listed !== name && before.includes(`\n${ofFlow(listed)}`);
    if (name === dataset || !listFlows(project).some((listed) => isOther(listed.name))) writeGuide(flow, dataset, root);
    return undefined;
  } catch (error) {
    return `Left "${path}" as it was: ${(error as Error).message}`;
  }
}

function sealGuide(text: string): string {
  return `${text}\n\n(Made by myx from the flow; change anything and it is left alone. ${sha256(text).slice(0, 16)})\n`;
}

function isOurs(text: string): boolean {
  const seal = SEAL.exec(text);
  return seal !== null && sha256(text.slice(0, seal.index)).slice(0, 16) === seal[1];
}

function readGuide(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
