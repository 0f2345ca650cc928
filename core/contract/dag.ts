import { basename, resolve } from "node:path";
import { describeValue, problem, type Where, within } from "./problems.ts";
import { didYouMean } from "./suggest.ts";

/** What of a step decides its place in the order. */
export interface Node {
  readonly name: string;
  readonly input?: string;
  readonly output: string;
  /** The step in its flow file. */
  readonly where: Where;
}

/** What the order depends on beside the steps. */
export interface OrderOptions {
  /** Absolute folder that the steps' paths are relative to. */
  readonly root?: string;
  /** Whether a folder is there already, by absolute path. Without it only `00_raw` may be read unwritten. */
  readonly folderExists?: (path: string) => boolean;
}

/** Indices of the steps in an order in which each folder is written before it is read, or what stands against one. */
export interface Order {
  readonly order: readonly number[];
  readonly problems: readonly string[];
}

/** The folder where a dataset's raw files are put; it may be read before it is there. */
export const RAW = "00_raw";

/**
 * Orders steps by their folders, as they are written where the folders do not say otherwise. Refused are cycles, folders
 * of two writers, folders inside others', folders that nobody writes, and raw files as the output of a step that reads some.
 */
export function orderSteps(steps: readonly Node[], options: OrderOptions = {}): Order {
  const root = options.root ?? "/";
  const place = (path: string): string => resolve(root, path);
  const outputs = steps.map((step) => place(step.output));
  const inputs = steps.map((step) => step.input === undefined ? undefined : place(step.input));
  const problems = [
    ...checkOutputs(steps, outputs),
    ...checkInputs(steps, inputs, outputs, options.folderExists ?? (() => false)),
  ];
  const producers = inputs.map((input, i) => input === undefined || input === outputs[i] ? -1 : outputs.indexOf(input));
  const order: number[] = [];
  const done = new Set<number>();
  for (let i = 0; i < steps.length; i++) {
    // each step reads at most one folder, so that its way back to the raw files is a line, not a tree
    const line: number[] = [];
    for (let at = i; at >= 0 && !done.has(at); at = producers[at]!) {
      const start = line.indexOf(at);
      if (start >= 0) {
        problems.push(cycleOf(steps, line.slice(start).reverse()));
        break;
      }
      line.push(at);
    }
    for (const at of line.reverse()) {
      done.add(at);
      order.push(at);
    }
  }
  return { order, problems };
}

function checkOutputs(steps: readonly Node[], outputs: readonly string[]): string[] {
  return steps.flatMap((step, i) => {
    const where = within(step.where, "output");
    if (step.input !== undefined && basename(outputs[i]!) === RAW) {
      const expected = `another folder than that of the raw files, which stay as they are, such as "10_parsed"`;
      return [problem(where, describeValue(step.output), expected)];
    }
    const same = outputs.indexOf(outputs[i]!);
    if (same < i) {
      const expected = `a folder that no other step writes; step "${steps[same]!.name}" writes it`;
      return [problem(where, describeValue(step.output), expected)];
    }
    const around = outputs.findIndex((other) => isInside(outputs[i]!, other));
    if (around < 0) return [];
    const expected = `a folder outside "${steps[around]!.output}", which step "${steps[around]!.name}" writes`;
    return [problem(where, describeValue(step.output), expected)];
  });
}

function checkInputs(
  steps: readonly Node[],
  inputs: readonly (string | undefined)[],
  outputs: readonly string[],
  folderExists: (path: string) => boolean,
): string[] {
  return steps.flatMap((step, i) => {
    const input = inputs[i];
    if (input === undefined) return [];
    const where = within(step.where, "input");
    const refuse = (expected: string) => [problem(where, describeValue(step.input), expected)];
    if (input === outputs[i]) return refuse("another folder than the one that the step writes");
    if (outputs.includes(input)) return [];
    const overlap = outputs.findIndex((output) => isInside(input, output) || isInside(output, input));
    if (overlap >= 0) {
      const { name, output } = steps[overlap]!;
      return refuse(`a folder that does not overlap "${output}", which step "${name}" writes`);
    }
    if (input.endsWith(`/${RAW}`) || folderExists(input)) return [];
    const written = steps.map(({ output }) => output).filter((output) => output !== step.output);
    const expected = `a folder that ${written.length > 0 ? "a step writes or that " : ""}is there already`;
    return refuse(`${expected}${didYouMean(step.input!, [...written, RAW])}`);
  });
}

function cycleOf(steps: readonly Node[], line: readonly number[]): string {
  const names = [...line, line[0]!].map((i) => steps[i]!.name).join(" -> ");
  return problem(
    { file: steps[0]!.where.file, path: ["steps"] },
    `a cycle, ${names}`,
    "steps of which none reads what it leads to",
  );
}

/** Whether a path lies below a folder. */
export function isInside(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
