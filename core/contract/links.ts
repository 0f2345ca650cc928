import { basename, dirname, join, resolve } from "node:path";
import { isInside, type Node } from "./dag.ts";
import { describeValue, problem, within } from "./problems.ts";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** A folder that a step reads or writes. */
interface Folder {
  readonly step: Node;
  readonly side: "input" | "output";
  /** As written. */
  readonly path: string;
  /** Absolute, links as they are. */
  readonly place: string;
  readonly real: string;
}

/**
 * Refuses folders that lie apart by their names and meet by links: a step would overwrite what it or another one reads. A
 * link to a folder that no step writes, or to one of which that is the only name, is as good as a folder.
 *
 * @param steps Steps whose folders are apart by their names.
 * @param root Absolute folder that the steps' paths are relative to.
 */
export function checkLinks(steps: readonly Node[], root: string): string[] {
  const base = realFolder(root);
  const folderOf = (step: Node, side: Folder["side"], path: string): Folder => {
    const place = resolve(base, path);
    return { step, side, path, place, real: realFolder(place) };
  };
  const outputs = steps.map((step) => folderOf(step, "output", step.output));
  const inputs = steps.flatMap((step) => step.input === undefined ? [] : [folderOf(step, "input", step.input)]);
  const isLinked = [...inputs, ...outputs].some(({ place, real }) => place !== real);
  if (!isLinked) return [];
  return outputs.flatMap((output, i) => {
    const others = [...inputs.filter(({ place }) => place !== output.place), ...outputs.slice(0, i)];
    const other = others.find(({ real }) => meet(real, output.real));
    if (!other) return [];
    const verb = other.side === "input" ? "reads" : "writes";
    const expected = `a folder that does not overlap ${describe(other, JSON.stringify(other.path))}, which step "` +
      `${other.step.name}" ${verb}`;
    return [problem(within(output.step.where, "output"), describe(output, describeValue(output.path)), expected)];
  });
}

/** The real path of a folder, or that which it would have once it is made. */
export function realFolder(path: string, mostLinks: number = MOST_LINKS): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Not there yet, perhaps below a link or as a link to what is not there; what else may be wrong is told to who opens it.
  }
  const parent = dirname(path);
  if (parent === path) return path;
  const place = join(realFolder(parent, mostLinks), basename(path));
  const target = linkTarget(place);
  return target === undefined || mostLinks === 0 ? place : realFolder(resolve(dirname(place), target), mostLinks - 1);
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

function meet(a: string, b: string): boolean {
  return a === b || isInside(a, b) || isInside(b, a);
}

function describe({ place, real }: Folder, words: string): string {
  return place === real ? words : `${words}, a link to "${real}"`;
}
