import { dirname, join } from "node:path";
import { orderSteps } from "./dag.ts";
import { UsageError } from "./errors.ts";
import { findFlowExcess } from "./flow_access.ts";
import { findUngranted } from "./granted.ts";
import type { Flow, FlowStep } from "./flow.ts";
import { checkLinks } from "./links.ts";
import { expandPermissions } from "./placeholders.ts";
import { describeValue, problem, throwProblems, type Where, within } from "./problems.ts";
import { loadLocated, type Located, locatePinned } from "./located.ts";
import { isThere, locateTreatment, type Miss, type Project } from "./project.ts";
import { findPinnedTreatment } from "./remote.ts";
import { checkShared, resolveParams } from "./resolve_params.ts";
import { NAME, NAME_RULE } from "./schema.ts";
import { checkStepPath } from "./step_path.ts";
import type { Treatment } from "./treatment.ts";

/** A step ready to be planned. */
export interface ResolvedStep {
  /** Unique in the flow; by default the treatment's name, then `<treatment>-2` and so on. */
  readonly name: string;
  readonly treatment: Treatment;
  /** As written. */
  readonly input?: string;
  /** As written. */
  readonly output: string;
  /** Complete: merged over the four levels, checked, `{NOW}` resolved; `{env:NAME}` is left as written. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly retries: number;
  readonly retry_delay_s: number;
}

/** A flow ready to be planned: its steps in an order in which every folder is written before it is read. */
export interface ResolvedFlow {
  readonly name: string;
  readonly dataset?: string;
  /** Absolute folder that the steps' paths are relative to: `<project>/datasets/<dataset>`, or the project. */
  readonly root: string;
  readonly steps: readonly ResolvedStep[];
  readonly project: Project;
}

/** What the command line says over the flow file. */
export interface ResolveOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly dataset?: string;
  readonly now: Temporal.Instant;
  /** The command whose options are the one step there is, where no flow file is. */
  readonly command?: string;
  /** Picks, of the names of the steps in their order, those that `params` are meant for (default: all). */
  readonly select?: (names: readonly string[]) => readonly string[];
}

/**
 * Finds the treatments of a flow, merges and checks their params, and orders the steps.
 *
 * @throws {UsageError} If anything of it cannot run; all problems, one per line.
 */
export function resolveFlow(project: Project, flow: Flow, options: ResolveOptions): ResolvedFlow {
  const where: Where = { file: options.command ?? flow.path ?? `flow ${flow.name}`, path: [] };
  const dataset = options.dataset ?? flow.dataset;
  const root: string = dataset === undefined ? project.dir : join(project.dir, "datasets", dataset);
  const problems = options.dataset === undefined ? [] : checkDataset(options.dataset);
  if (dataset === undefined && flow.pins) {
    // Its steps' paths would be the project's: a flow from elsewhere could name any folder there.
    problems.push(
      problem(within(where, "dataset"), "nothing", "a dataset; a flow from elsewhere needs one: --dataset NAME"),
    );
  }
  const treatments = findTreatments(project, flow, where, problems);
  const names = nameSteps(flow.steps, treatments, where, problems);
  const places = flow.steps.map((_, i) => options.command === undefined ? within(where, "steps", i) : where);
  for (const [i, step] of flow.steps.entries()) {
    problems.push(...checkStep(step, treatments[i], places[i]!));
    for (const side of ["input", "output"] as const) {
      const path = step[side];
      if (path !== undefined) problems.push(...checkStepPath(path, dataset !== undefined, within(places[i]!, side)));
    }
  }
  const nodes = flow.steps.map((step, i) => ({ ...folders(step), name: names[i]!, where: places[i]! }));
  const { order, problems: misplaced } = orderSteps(nodes, {
    root,
    folderExists: (path) => isThere(path, "isDirectory"),
  });
  problems.push(...misplaced);
  if (problems.length === 0) problems.push(...checkLinks(nodes, root));
  const inOrder = order.map((i) => names[i]!);
  const wanted = new Set(problems.length > 0 ? names : options.select?.(inOrder) ?? names);
  const selected = names.flatMap((name, i) => wanted.has(name) ? [i] : []);
  const { params: _, ...withoutParams } = options;
  problems.push(...checkShared(flow, options, treatments, where, selected));
  const params = flow.steps.map((step, i) => {
    const given = selected.includes(i) ? options : withoutParams;
    return treatments[i] ? resolveParams(flow, step, treatments[i], given, places[i]!, problems) : {};
  });
  for (const [i, treatment] of treatments.entries()) {
    if (treatment) problems.push(...findUngranted(treatment, params[i]!));
  }
  problems.push(...findFlowExcess(flow, treatments));
  throwProblems(problems);
  // Such as a host that is none: not once the steps before it have run.
  for (const [i, treatment] of treatments.entries()) if (treatment) expandPermissions(treatment, params[i]!);
  return {
    name: flow.name,
    ...(dataset === undefined ? {} : { dataset }),
    root,
    steps: order.map((i) => ({
      ...folders(flow.steps[i]!),
      name: names[i]!,
      treatment: treatments[i]!,
      params: params[i]!,
      retries: flow.steps[i]!.retries ?? 0,
      retry_delay_s: flow.steps[i]!.retry_delay_s ?? 0,
    })),
    project,
  };
}

function folders({ input, output }: FlowStep): Pick<FlowStep, "input" | "output"> {
  return input === undefined ? { output } : { input, output };
}

/** A flow as far as it can be told before a run: one from elsewhere may leave it to `--dataset` which dataset it is for. */
export function resolveUnplaced(project: Project, flow: Flow): ResolvedFlow {
  const dataset = flow.pins && flow.dataset === undefined ? { dataset: "NAME" } : {};
  return resolveFlow(project, flow, { ...dataset, now: Temporal.Now.instant() });
}

function checkDataset(dataset: string): string[] {
  return NAME.test(dataset) ? [] : [problem({ file: "--dataset", path: [] }, describeValue(dataset), NAME_RULE)];
}

/** Loads each treatment once; `undefined` stands for one that cannot be used. */
function findTreatments(project: Project, flow: Flow, where: Where, problems: string[]): (Treatment | undefined)[] {
  const base: string = flow.path === undefined ? project.dir : dirname(flow.path);
  const loaded = new Map<string, Treatment | undefined>();
  return flow.steps.map(({ treatment: ref }, i) => {
    const found = locate(project, flow, ref, base);
    if ("expected" in found) {
      const place = within(where, "steps", i, "treatment");
      problems.push(problem(place, describeValue(ref) + found.hint, found.expected));
      return undefined;
    }
    const key = `${found.origin} ${found.dir}`;
    if (!loaded.has(key)) loaded.set(key, load(found, problems));
    return loaded.get(key);
  });
}

/** What a flow from elsewhere names by path or URL is what was pinned with it. */
function locate(project: Project, flow: Flow, ref: string, base: string): Located | Miss {
  if (flow.pins === undefined || NAME.test(ref)) return locateTreatment(project, ref, base);
  const name = Object.hasOwn(flow.pins, ref) ? flow.pins[ref]! : undefined;
  const pinned = name === undefined ? undefined : findPinnedTreatment(project.dir, name);
  return pinned
    ? locatePinned(pinned)
    : { hint: "", expected: `a treatment that myx.lock pins with the flow "${flow.name}"` };
}

function load(found: Located, problems: string[]): Treatment | undefined {
  try {
    return loadLocated(found);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

function nameSteps(
  steps: readonly FlowStep[],
  treatments: readonly (Treatment | undefined)[],
  where: Where,
  problems: string[],
): string[] {
  const taken = new Set<string>();
  for (const [i, { name }] of steps.entries()) {
    if (name === undefined) continue;
    if (taken.has(name)) {
      problems.push(problem(within(where, "steps", i, "name"), describeValue(name), "a name that no other step has"));
    }
    taken.add(name);
  }
  return steps.map(({ name, treatment }, i) => {
    if (name !== undefined) return name;
    const base = treatments[i]?.name ?? treatment;
    let unique = base;
    for (let count = 2; taken.has(unique); count++) unique = `${base}-${count}`;
    taken.add(unique);
    return unique;
  });
}

function checkStep(step: FlowStep, treatment: Treatment | undefined, where: Where): string[] {
  if (!treatment) return [];
  const { name, version, input: { format } } = treatment;
  const problems: string[] = [];
  if (format === "none" && step.input !== undefined) {
    const expected = `no input; treatment "${name}" reads no files`;
    problems.push(problem(within(where, "input"), describeValue(step.input), expected));
  }
  if (format !== "none" && step.input === undefined) {
    problems.push(problem(within(where, "input"), "nothing", `the folder of ${format} files that "${name}" reads`));
  }
  if (step.version !== undefined && !`${version}.`.startsWith(`${step.version}.`)) {
    const expected = `"${version}", the version of treatment "${name}", or the front of it`;
    problems.push(problem(within(where, "version"), describeValue(step.version), expected));
  }
  return problems;
}
