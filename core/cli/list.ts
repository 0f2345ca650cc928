import { type ExitCode, UsageError } from "../contract/errors.ts";
import { findFlow, findTreatment, listFlows, listTreatments, openProject, type Project } from "../contract/project.ts";
import { resolveUnplaced } from "../contract/resolve.ts";
import { cleanText } from "../sandbox/clean_text.ts";
import { type CommandLine, PROGRAM, projectDir, projectWords } from "./command_line.ts";
import { asCalled } from "./deno_call.ts";
import { print, printJson, tell } from "./output.ts";
import { formatTable } from "./table.ts";

/** What a list shows of one thing; the name comes first, where shell completions look for it. */
type Item = Readonly<Record<string, string | undefined>> & { readonly name: string };

const LONGEST = 1000;

/** `list flows|treatments|steps`. */
export function run(line: CommandLine): ExitCode {
  const project = openProject(projectDir(line));
  const what = line.arguments[0];
  const itemsOf = what === "flows" ? flows : what === "treatments" ? treatments : steps;
  const items = itemsOf(project, line);
  if (line.on.has("json")) printJson(items);
  else if (items.length > 0) print(formatTable(items.map(rowOf)));
  else tell(`There are no ${what} here`);
  return 0;
}

function rowOf({ description, ...item }: Item): string[] {
  // A line has room for the first sentence; the rest is for `describe`.
  const row = [...Object.values(item), ...(description === undefined ? [] : [firstSentence(description)])];
  return row.map((value) => cleanText(value ?? "-", { limit: LONGEST }));
}

function firstSentence(text: string): string {
  return text.replaceAll(/\s+/g, " ").replace(/(?<=[^.]\.) .*$/, "");
}

function flows(project: Project, line: CommandLine): Item[] {
  return listFlows(project).map(({ name, origin, url }) => {
    const flow = orInvalid(() => findFlow(project, name));
    return {
      name,
      origin: url ?? origin,
      dataset: flow?.dataset,
      description: flow ? flow.description : invalid(line),
    };
  });
}

function treatments(project: Project, line: CommandLine): Item[] {
  return listTreatments(project).map(({ name, origin, url }) => {
    const treatment = orInvalid(() => findTreatment(project, name));
    return {
      name,
      origin: url ?? origin,
      version: treatment?.version,
      description: treatment ? treatment.description : invalid(line),
    };
  });
}

function steps(project: Project, line: CommandLine): Item[] {
  const name = line.values.flow;
  if (name === undefined) {
    const named = `${listFlows(project)[0]?.name ?? "NAME"}${projectWords(line)}`;
    throw new UsageError("Cannot list steps: --flow NAME is missing", {
      fix: `Name the flow: ${PROGRAM} list steps --flow ${named}`,
    });
  }
  const flow = resolveUnplaced(project, findFlow(project, name, Deno.cwd()));
  return flow.steps.map(({ name, treatment, input, output }) => ({ name, treatment: treatment.name, input, output }));
}

function invalid(line: CommandLine): string {
  return asCalled(`(not valid: see "${PROGRAM} check${projectWords(line)}")`);
}

/** A list shows what there is, also where one of it is broken. */
function orInvalid<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
