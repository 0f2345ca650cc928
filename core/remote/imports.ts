import { fileURLToPath, pathToFileURL } from "node:url";
import { MyxError, UsageError } from "../contract/errors.ts";
import { callDeno } from "./deno.ts";

/** What the code of a treatment imports. */
export interface Imports {
  /** Files that are not there, by paths from the root. */
  readonly missing: readonly string[];
  /** Packages, such as `npm:ms@2.1.3/index.js`. */
  readonly npm: readonly string[];
}

interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string; readonly error?: string };
  }[];
}

/** What reading the imports may take: code can be written so that it never ends. */
const SECONDS = 60;
/** How the error of a file that is not there begins. */
const NOT_FOUND = "Module not found";
const EXACT_NPM = /^npm:\/?(?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(?:[-+][\w.+-]*)?(?:\/[^?#]*)?$/;

/**
 * Lists what the module `entry` and all that it imports need besides what lies below `root`, without running any of it and
 * without network. Imports that only types need are left out: nothing loads them.
 *
 * @throws {UsageError} If a module imports what a treatment from elsewhere may not, or is no code.
 */
export async function scanImports(root: string, entry: string): Promise<Imports> {
  const base: string = pathToFileURL(`${root}/`).href;
  const missing = new Set<string>();
  const npm = new Set<string>();
  for (const { specifier, error, dependencies = [] } of await listModules(`${root}/${entry}`)) {
    if (!specifier.startsWith(base)) continue; // Who imports it is refused.
    const path = inside(base, specifier);
    if (error !== undefined) {
      if (!error.startsWith(NOT_FOUND)) throw new UsageError(`Cannot use "${path}": ${firstLine(error)}`);
      missing.add(path);
    }
    for (const { specifier: written, code } of dependencies) {
      if (!code) continue;
      if (EXACT_NPM.test(written)) npm.add(written);
      else checkImport(path, written, code.specifier, base);
    }
  }
  return { missing: [...missing], npm: [...npm].sort() };
}

/**
 * What keeps a treatment that lies in the project from being loaded, as far as that shows without running it: what is no code,
 * files that are imported and not there, and what only one from elsewhere may import. One line each.
 */
export async function findFaults(root: string, entry: string): Promise<string[]> {
  const base: string = pathToFileURL(`${root}/`).href;
  const modules = (await listModules(`${root}/${entry}`)).filter(({ specifier }) => specifier.startsWith("file:"));
  const shown = (specifier: string) => specifier.startsWith(base) ? inside(base, specifier) : specifier;
  const broken = modules.flatMap(({ specifier, error }) => {
    if (error === undefined || error.startsWith(NOT_FOUND)) return [];
    const [, line, column] = /:(\d+):(\d+)$/.exec(error) ?? [];
    return [`"${shown(specifier)}"${line ? `, line ${line}, column ${column}` : ""}: ${firstLine(error)}`];
  });
  const missing = new Set(
    modules.filter(({ error }) => error?.startsWith(NOT_FOUND)).map(({ specifier }) => specifier),
  );
  const refused = modules.flatMap(({ specifier, dependencies = [] }) =>
    dependencies.flatMap(({ specifier: written, code, isDynamic }) => {
      if (isDynamic) return []; // Only a call of it can fail, and code may see to that.
      const why = code &&
        (missing.has(code.specifier ?? "") ? "which is not there" : whyNotIn(written, code.specifier, base));
      return why ? [`"${shown(specifier)}" imports "${written}", ${why}`] : [];
    })
  );
  return [...broken, ...refused];
}

function whyNotIn(written: string, resolved: string | undefined, base: string): string | undefined {
  if (resolved?.startsWith("file:") && !resolved.startsWith(base)) {
    return "which lies outside its folder: a treatment may read no other code";
  }
  if (written.startsWith("npm:")) return "and only a treatment that was added from elsewhere may import npm packages";
  if (/^(?:https?|jsr):/.test(written)) return "and no treatment may import over the network";
  // Those of `@std/` are there: a child has the import map of myx.
  return /^(?:\.{0,2}\/|\w+:|myx$|@std\/)/.test(written) ? undefined : "which names no file";
}

function checkImport(path: string, written: string, resolved: string | undefined, base: string): void {
  if (written === "myx" || written.startsWith("node:")) return;
  const refuse = (why: string): never => {
    throw new UsageError(`Cannot use "${path}": it imports "${written}", ${why}`);
  };
  if (written.startsWith("npm:")) refuse('whose version may change; expected an exact one, such as "npm:ms@2.1.3"');
  if (/^(?:https?|jsr|data|blob):/.test(written)) {
    refuse(
      'and a treatment from elsewhere may import "myx", files beside it, node: and npm: packages of an exact version',
    );
  }
  if (!/^\.{1,2}\//.test(written)) {
    refuse('and a treatment from elsewhere finds no import map: expected "myx", a relative path, node: or npm:');
  }
  if (/[?#]/.test(written)) refuse('and a path with "?" or "#" names no file');
  if (resolved === undefined || !resolved.startsWith(base)) {
    refuse("which lies outside its repository or site");
  }
}

function inside(base: string, specifier: string): string {
  const path: string = fileURLToPath(specifier);
  return path.slice((fileURLToPath(base) as string).length);
}

async function listModules(entry: string): Promise<readonly Module[]> {
  const args = ["info", "--json", "--no-config", "--no-lock", "--no-remote", "--no-npm", entry];
  const { success, stdout, stderr } = await callDeno(args, { seconds: SECONDS });
  if (!success) throw new MyxError(`Cannot list the imports of "${entry}": ${firstLine(stderr)}`);
  return (JSON.parse(stdout) as { modules: Module[] }).modules;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
