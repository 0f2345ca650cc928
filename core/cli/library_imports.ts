import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { readJson } from "../contract/json_file.ts";
import type { Project } from "../contract/project.ts";
import { shortPath } from "./grants.ts";

/** The part of a deno.json that says what imports stand for; in `scopes`, those of modules below a folder. */
export interface ImportMap {
  readonly imports: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What core/mod.ts imports by names that only the deno.json of myx explains. */
const PACKAGES = [
  "@electric-sql/pglite",
  "@electric-sql/pglite/nodefs",
  "@std/bytes/concat",
  "@std/text/closest-string",
  "@std/text/levenshtein-distance",
  "postgres",
];

/**
 * What tells editors and `deno check` in a project what "myx" is; runs know it by themselves. Not as a link to the package,
 * without which no task of the project would start where myx has moved.
 */
export function libraryImports(project: Project): ImportMap {
  const home = specifierOf(shortPath(project.home, project.dir));
  const { imports } = readJson(`${project.home}/deno.json`) as { imports: Record<string, string> };
  return {
    imports: { myx: `${home}/core/mod.ts` },
    scopes: { [`${home}/`]: Object.fromEntries(PACKAGES.map((name) => [name, imports[name]!])) },
  };
}

/** A path as an import names it. */
function specifierOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  const words = path.split("/").map(encodeURIComponent).join("/");
  return words.startsWith("..") ? words : `./${words}`;
}
