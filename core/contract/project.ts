import { basename, join, resolve } from "node:path";
import { UsageError } from "./errors.ts";
import { type Flow, loadFlow } from "./flow.ts";
import { describeValue, problem, throwProblems } from "./problems.ts";
import { loadLocated, type Located, locatePinned, originOf } from "./located.ts";
import { findPinnedFlow, findPinnedTreatment, listPinned } from "./remote.ts";
import { loadPinnedFlow } from "./remote_flow.ts";
import { quoteWords } from "./quote_words.ts";
import { isUrl, normalUrl } from "./remote_url.ts";
import { NAME } from "./schema.ts";
import { didYouMean, oneOf } from "./suggest.ts";
import type { Origin, Treatment } from "./treatment.ts";

/** A user's folder with flows, datasets and perhaps treatments, and the myx that serves it. */
export interface Project {
  /** Absolute real path of the user's project. */
  readonly dir: string;
  /** Absolute path of myx itself: the folder of main.ts. */
  readonly home: string;
}

/** A treatment or a flow that can be called by its name. */
export interface Listed {
  readonly name: string;
  readonly origin: Exclude<Origin, "path">;
  /** From elsewhere: where from. */
  readonly url?: string;
}

/**
 * Opens the project in folder `dir`.
 *
 * @throws {UsageError} If there is no such folder.
 */
export function openProject(dir: string): Project {
  const home = import.meta.dirname;
  if (home === undefined) {
    throw new UsageError("Cannot run myx from a URL: its treatments must lie on disk", {
      fix: "Clone the repository.",
    });
  }
  let real: string;
  try {
    real = Deno.realPathSync(dir);
  } catch (cause) {
    if (!isNowhere(cause)) throw cause;
    throw new UsageError(`Cannot open project "${dir}": no such folder`, {
      fix: `For a new project make it first, with: mkdir -p ${quoteWords([dir])}`,
      cause,
    });
  }
  if (!isThere(real, "isDirectory")) throw new UsageError(`Cannot open project "${dir}": it is no folder`);
  return { dir: real, home: resolve(home, "../..") };
}

/**
 * Finds and loads a treatment by name (the project's before one that `myx.lock` pins before the built-in one), by the
 * path of its folder, or by a URL that `myx.lock` pins. A path has a `/` or starts with `.`; it is relative to `base`, by
 * default the project.
 *
 * @throws {UsageError} If there is none, or it is not valid.
 */
export function findTreatment(project: Project, ref: string, base: string = project.dir): Treatment {
  const found = locateTreatment(project, ref, base);
  if ("expected" in found) {
    throw new UsageError(`Cannot find treatment "${ref}"${found.hint}: expected ${found.expected}`);
  }
  return loadLocated(found);
}

/** Why something could not be found, as the end of an error. */
export interface Miss {
  /** ` (did you mean "x"?)`, or nothing. */
  readonly hint: string;
  readonly expected: string;
}

/** Where a treatment lies, without reading it. */
export function locateTreatment(
  project: Project,
  ref: string,
  base: string,
): Located | Miss {
  if (isUrl(ref)) return findPinned(project, ref) ?? { hint: "", expected: notPinned(ref) };
  if (isPath(ref)) {
    const dir: string = resolve(base, ref);
    return isThere(dir, "isDirectory")
      ? { dir, origin: "path" }
      : { hint: "", expected: `a folder with treatment.json and run.ts at "${dir}"` };
  }
  for (const { root, origin } of places(project, "treatments")) {
    if (origin === "built-in") {
      const pinned = findPinned(project, ref);
      if (pinned) return pinned;
    }
    const dir: string = join(root, ref);
    if (NAME.test(ref) && isThere(dir, "isDirectory")) return { dir, origin };
  }
  const names = listTreatments(project).map(({ name }) => name);
  return { hint: didYouMean(ref, names), expected: byNameOr(names, "the path of a treatment's folder") };
}

function findPinned(project: Project, ref: string): Located | undefined {
  const pinned = findPinnedTreatment(project.dir, ref);
  return pinned && locatePinned(pinned);
}

/** A URL of another form than `add` takes is told so at once. */
function notPinned(ref: string): string {
  const normal = normalUrl(ref);
  return "expected" in normal
    ? normal.expected
    : `a URL that myx.lock pins; look at what it asks for and pin it with: deno task add ${quoteWords([ref])}`;
}

/**
 * Finds and loads a flow by name (the project's before one that `myx.lock` pins before the built-in one), by the path of
 * its file, or by a URL that `myx.lock` pins. A path has a `/`, starts with `.` or ends in `.json`; it is relative to
 * `base`, by default the project.
 *
 * @throws {UsageError} If there is none, or it is not valid.
 */
export function findFlow(project: Project, ref: string, base: string = project.dir): Flow {
  if (isUrl(ref)) {
    const pinned = findPinnedFlow(project.dir, ref);
    if (pinned) return loadPinnedFlow(pinned);
    throw new UsageError(`Cannot find flow "${ref}": expected ${notPinned(ref)}`);
  }
  if (isPath(ref) || ref.endsWith(".json")) return loadFlow(resolve(base, ref));
  for (const { root, origin } of places(project, "flows")) {
    const pinned = origin === "built-in" ? findPinnedFlow(project.dir, ref) : undefined;
    if (pinned) return loadPinnedFlow(pinned);
    const path: string = join(root, `${ref}.json`);
    if (!NAME.test(ref) || !isThere(path, "isFile")) continue;
    const flow = loadFlow(path);
    if (flow.name === ref) return flow;
    throwProblems([
      problem({ file: path, path: ["name"] }, describeValue(flow.name), `"${ref}", as the file is called`),
    ]);
  }
  const names = listFlows(project).map(({ name }) => name);
  throw new UsageError(
    `Cannot find flow "${ref}"${didYouMean(ref, names)}: expected ${byNameOr(names, "the path of a flow's file")}`,
  );
}

/** All treatments that can be called by name, by name; a project's stands for the built-in one of its name. */
export function listTreatments(project: Project): Listed[] {
  return list(
    project,
    "treatments",
    (root, entry) => isThere(join(root, entry, "treatment.json"), "isFile") ? entry : "",
  );
}

/** All flows that can be called by name, by name; a project's stands for the built-in one of its name. */
export function listFlows(project: Project): Listed[] {
  return list(project, "flows", (_, entry) => entry.endsWith(".json") ? basename(entry, ".json") : "");
}

interface Place {
  readonly root: string;
  readonly origin: Exclude<Origin, "path">;
}

/** Where things are looked up by name, in order. Inside myx's own folder nothing is the project's. */
function places({ dir, home }: Project, folder: "treatments" | "flows"): Place[] {
  const builtIn: Place = { root: join(home, folder), origin: "built-in" };
  return dir === home ? [builtIn] : [{ root: join(dir, folder), origin: "project" }, builtIn];
}

function list(
  project: Project,
  folder: "treatments" | "flows",
  nameOf: (root: string, entry: string) => string,
): Listed[] {
  const found = new Map<string, Listed>();
  for (const { root, origin } of places(project, folder)) {
    if (origin === "built-in") {
      for (const { name, pin: { url } } of listPinned(project.dir, folder)) {
        if (!found.has(name)) found.set(name, { name, origin: originOf(url), url });
      }
    }
    if (!isThere(root, "isDirectory")) continue;
    for (const entry of Deno.readDirSync(root)) {
      const name = nameOf(root, entry.name);
      if (NAME.test(name) && !found.has(name)) found.set(name, { name, origin });
    }
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Whether a file or folder exists. */
export function isThere(path: string, kind: "isFile" | "isDirectory"): boolean {
  try {
    return Deno.statSync(path)[kind];
  } catch (error) {
    if (isNowhere(error)) return false;
    throw error;
  }
}

/** Whether an error says that nothing is at a path, or can be: it leads through a file, or its name is too long. */
export function isNowhere(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    /name too long/i.test(String(error));
}

function isPath(ref: string): boolean {
  return ref.startsWith(".") || /[/\\]/.test(ref);
}

function byNameOr(names: readonly string[], other: string): string {
  return names.length > 0 ? `${oneOf(names)}, or ${other}` : `${other}, because none can be called by name`;
}
