import { join } from "node:path";
import * as v from "valibot";
import type { FlowAccess } from "./flow_access.ts";
import { readJson } from "./json_file.ts";
import { throwProblems } from "./problems.ts";
import { normalUrl } from "./remote_url.ts";
import { describePathProblem } from "./safe_path.ts";
import { checkSchema, NAME, NAME_RULE, record, strict } from "./schema.ts";
import type { Permissions } from "./treatment.ts";

/** What pins the bytes of something from elsewhere. */
export interface Pin {
  /** As given to `add`. */
  readonly url: string;
  /** The commit that the URL's branch or tag stood for; absent for https. */
  readonly commit?: string;
  /** Folder of the treatment or file of the flow, from the root of `files`. */
  readonly path: string;
  /** SHA-256 of every file, by its path from the root of the repository or site. */
  readonly files: Readonly<Record<string, string>>;
}

/** Packages as Deno's lock file has them, with every dependency's version written out. */
export interface NpmPins {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A treatment from elsewhere. */
export interface PinnedTreatment extends Pin {
  readonly version: string;
  /** What was granted: at most this it may ever ask for. */
  readonly permissions: Permissions;
  readonly npm?: NpmPins;
  /** Name of the flow that brought it along and takes it away again. */
  readonly flow?: string;
}

/** A flow from elsewhere. */
export interface PinnedFlow extends Pin {
  /** What its steps may reach with the params that it sets, whoever wrote their treatments. */
  readonly permissions: FlowAccess;
  /** Names, in this lock, of the treatments it names by path or URL. */
  readonly treatments: Readonly<Record<string, string>>;
}

/** `myx.lock`: what a project uses from elsewhere. */
export interface Lock {
  readonly treatments: Readonly<Record<string, PinnedTreatment>>;
  readonly flows: Readonly<Record<string, PinnedFlow>>;
}

const text = v.string("text");
const names = v.pipe(v.string(NAME_RULE), v.regex(NAME, NAME_RULE));
const list = v.array(text, "a list");
const pin = {
  url: text,
  commit: v.exactOptional(v.pipe(text, v.regex(/^[0-9a-f]{40}$/, "a commit of 40 hexadecimal digits"))),
  path: v.pipe(text, v.check((path) => path === "" || !describePathProblem(path), "a path inside the repository")),
  files: record(
    v.pipe(v.string(), v.check((path) => !describePathProblem(path), "a path inside the repository")),
    v.pipe(text, v.regex(/^[0-9a-f]{64}$/, "a SHA-256 of 64 hexadecimal digits")),
    "an object of files",
  ),
};

const lockSchema = strict({
  version: v.literal(1, "1; a later version of myx wrote another"),
  treatments: record(
    names,
    strict({
      ...pin,
      version: text,
      permissions: strict({
        net: v.exactOptional(list),
        env: v.exactOptional(list),
        memory_mb: v.exactOptional(v.number("a number")),
        time_s: v.exactOptional(v.number("a number")),
        output_mb: v.exactOptional(v.number("a number")),
        output_files: v.exactOptional(v.number("a number")),
      }),
      npm: v.exactOptional(strict({
        specifiers: record(v.string(), text, "an object of packages"),
        packages: record(v.string(), v.looseObject({ integrity: text }, "a package"), "an object of packages"),
      })),
      flow: v.exactOptional(names),
    }),
    "an object of treatments",
  ),
  flows: record(
    names,
    strict({
      ...pin,
      permissions: strict({ net: list, env: list }),
      treatments: record(v.string(), names, "an object of treatments"),
    }),
    "an object of flows",
  ),
});

/** Where a project's lock lies. */
export function lockPath(projectDir: string): string {
  return join(projectDir, "myx.lock");
}

/**
 * Reads a project's lock; a project without one uses nothing from elsewhere.
 *
 * @throws {UsageError} If it is no valid lock.
 */
export function readLock(projectDir: string): Lock {
  const file = lockPath(projectDir);
  try {
    Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { treatments: {}, flows: {} };
    throw error;
  }
  const json = readJson(file);
  throwProblems(checkSchema(lockSchema, json, { file, path: [] }));
  const { treatments, flows } = json as Lock;
  return { treatments: withNormalUrls(treatments), flows: withNormalUrls(flows) };
}

/** URLs in the one way of writing in which they are compared; what is none is refused where it is fetched. */
function withNormalUrls<T extends Pin>(pins: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(pins).map(([name, pin]) => {
      const normal = normalUrl(pin.url);
      return [name, "url" in normal ? { ...pin, url: normal.url } : pin];
    }),
  );
}

/** The text of a lock: one line per fact, sorted, so that its changes read well in a review. */
export function formatLock({ treatments, flows }: Lock): string {
  return JSON.stringify({ version: 1, treatments: sorted(treatments), flows: sorted(flows) }, null, 2) + "\n";
}

/** Sorts what people or treatments name; the keys of a pin keep the order they are written in. */
function sorted<T extends Pin>(pins: Readonly<Record<string, T>>): Record<string, T> {
  const sort = <V>(object: Readonly<Record<string, V>>) =>
    Object.fromEntries(Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1));
  return sort(Object.fromEntries(
    Object.entries(pins).map(([name, pin]) => [name, { ...pin, files: sort(pin.files) }]),
  ));
}
