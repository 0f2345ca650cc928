import { parse as parseJsonc } from "@std/jsonc/parse";
import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import { listFlows, type Project } from "../contract/project.ts";
import { quoteWords } from "../contract/quote_words.ts";
import { writeWhole } from "../engine/write_whole.ts";
import { denoCommand, fetchGrants, projectGrants, shortPath } from "./grants.ts";
import { type ImportMap, libraryImports } from "./library_imports.ts";

/** What a configuration became. */
export interface Extended {
  /** The new text, or `undefined` if nothing was missing. */
  readonly text?: string;
  readonly added: readonly string[];
  /** Tasks that are there but do something else. */
  readonly kept: readonly string[];
}

/** Writes or extends the project's deno.json, so that `deno task flow` works there; returns what to tell about it. */
export function writeConfig(project: Project): string[] {
  const { path, name, text } = readConfig(project.dir);
  const flows = listFlows(project).filter(({ origin }) => origin === "project" || project.dir === project.home);
  const library = project.dir === project.home ? undefined : libraryImports(project);
  const names = flows.map((flow) => flow.name);
  const base = baseTasks(project);
  const { text: extended, added, kept } = extendConfig(text, base, names, { name, library });
  const shown = shortPath(path, Deno.cwd());
  // The tasks of myx itself are its own business.
  const messages = project.dir === project.home ? [] : kept.map((task) => {
    const namesMyx = base[task]?.includes("main.ts");
    const moved = namesMyx
      ? '; if myx or the project has moved, remove it and the import "myx" there, and run this again'
      : "";
    return `Kept task "${task}" of ${shown} as it is${moved}`;
  });
  if (extended === undefined) return messages;
  // Beside it nothing else may be written; flows mostly lie on the same file system.
  writeWhole(path, extended, join(project.dir, "flows"));
  const what = added.length ? `tasks: ${added.join(", ")}` : 'the import "myx", for editors';
  return [`${text === undefined ? "Wrote" : "Extended"} ${shown} with ${what}`, ...messages];
}

/** The tasks of a project besides its flows' aliases. */
function baseTasks(project: Project): Record<string, string> {
  const home = project.dir === project.home ? "." : shortPath(project.home, project.dir);
  return {
    myx: quoteWords(denoCommand(projectGrants(".", home), home)),
    flow: "deno task -q myx flow",
    ...Object.fromEntries(
      ["add", "update", "remove"].map((name) => [name, quoteWords([...denoCommand(fetchGrants(home), home), name])]),
    ),
  };
}

/** What an extension may depend on. */
export interface ExtendOptions {
  /** The file's name, for messages. */
  readonly name?: string;
  /** What editors are to know; left out where the project says itself what "myx" is, or has comments to lose. */
  readonly library?: ImportMap | undefined;
}

/**
 * Adds what is missing to the text of a deno.json: tasks `base`, an alias per flow, and what `library` imports. Everything
 * that is there stays, in its order.
 *
 * @throws {UsageError} If the text has comments (which writing it anew would lose) or is no JSON; with the lines to add.
 */
export function extendConfig(
  text: string | undefined,
  base: Readonly<Record<string, string>>,
  flows: readonly string[],
  { name = "deno.json", library }: ExtendOptions = {},
): Extended {
  const config = text === undefined || text.trim() === "" ? {} : parseConfig(text, base, flows, name);
  const tasks = objectOf(config.tasks);
  const wanted = Object.entries(base);
  for (const flow of flows) if (!Object.hasOwn(base, flow)) wanted.push(aliasOf(flow));
  const missing = wanted.filter(([task]) => !Object.hasOwn(tasks, task));
  const kept = wanted.filter(([task, command]) => Object.hasOwn(tasks, task) && tasks[task] !== command)
    .map(([task]) => task);
  const map = mapWith(config, library);
  const loses = text !== undefined && text.trim() !== "" && !isJson(text);
  if (missing.length === 0 && (loses || map === undefined)) return { added: [], kept };
  if (loses) throw byHand(name, "it has comments or a comma too many", missing);
  const extended = { ...config, tasks: { ...tasks, ...Object.fromEntries(missing) }, ...map };
  const indent = /^([ \t]+)"/m.exec(text ?? "")?.[1] ?? "  ";
  return { text: JSON.stringify(extended, null, indent) + "\n", added: missing.map(([task]) => task), kept };
}

/** What the imports of a configuration become with those of the library, unless the project has some of its own for it. */
function mapWith(config: Readonly<Record<string, unknown>>, library: ImportMap | undefined): ImportMap | undefined {
  const imports = objectOf(config.imports) as ImportMap["imports"];
  if (library === undefined || config.importMap !== undefined || Object.hasOwn(imports, "myx")) return undefined;
  const scopes = objectOf(config.scopes) as ImportMap["scopes"];
  return { imports: { ...imports, ...library.imports }, scopes: { ...library.scopes, ...scopes } };
}

/** Whatever the task `flow` is, an alias only names the flow. */
function aliasOf(flow: string): [string, string] {
  return [flow, `deno task -q flow ${flow}`];
}

function parseConfig(
  text: string,
  base: Readonly<Record<string, string>>,
  flows: readonly string[],
  name: string,
): Record<string, unknown> {
  const all = [...Object.entries(base), ...flows.map(aliasOf)];
  let config: unknown;
  try {
    config = parseJsonc(text);
  } catch (cause) {
    throw byHand(name, (cause as Error).message, all);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw byHand(name, "it is no object", all);
  }
  return config as Record<string, unknown>;
}

function byHand(name: string, why: string, tasks: readonly (readonly [string, string])[]): UsageError {
  const lines = tasks.map(([task, command]) => `  ${JSON.stringify(task)}: ${JSON.stringify(command)}`).join(",\n");
  return new UsageError(`Cannot extend ${name}: ${why}; the rest is done`, {
    fix: `Add these lines to its "tasks" by hand:\n${lines}`,
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}

/** The configuration as Deno would find it. */
function readConfig(dir: string): { readonly path: string; readonly name: string; readonly text?: string } {
  for (const name of ["deno.json", "deno.jsonc"]) {
    const path: string = join(dir, name);
    try {
      return { path, name, text: Deno.readTextFileSync(path) };
    } catch (error) {
      if (error instanceof Deno.errors.IsADirectory) {
        throw new UsageError(`Cannot extend "${path}": it is a folder; the rest is done`, {
          fix: "Move it away and run the same command again",
          cause: error,
        });
      }
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { path: join(dir, "deno.json"), name: "deno.json" };
}
