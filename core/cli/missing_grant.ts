import { basename, dirname, join, resolve } from "node:path";
import { quoteWords } from "../contract/quote_words.ts";
import { isUrl } from "../contract/remote_url.ts";
import { isStandalone } from "../standalone/self.ts";
import { type CommandLine, parseCommandLine } from "./command_line.ts";
import { denoCommand, type Grants, HOME, projectGrants, shortPath } from "./grants.ts";
import { DENO, goTo } from "./deno_call.ts";

/** A permission that was missing, in words, and the command that has it. */
export interface MissingGrant {
  readonly message: string;
  readonly fix: string;
}

/** Explains an error that a missing permission caused, or returns `undefined` if none did. */
export function findMissingGrant(error: unknown, args: readonly string[]): MissingGrant | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    // The second is how a compiled binary says it.
    const match = /^Requires (\w+) access(?: to (.+?))?, (?:run again|specify the required)/s.exec(at.message);
    // An import that lacks one ends in a TypeError. What a treatment says comes as neither.
    if (!(at instanceof Deno.errors.NotCapable) && !(match && at instanceof TypeError)) continue;
    if (!match) return { message: at.message, fix: `Run with the permission it names:\n  ${commandWith(args)}` };
    const [, kind = "", target = ""] = match;
    const name = target.replace(/^"(.*)"$/s, "$1");
    if (isStandalone()) return notBuiltIn(kind, name);
    return {
      message: `Cannot ${VERBS[kind] ?? kind} "${name}": Deno was started without that permission`,
      fix: `This command has it:\n  ${commandWith(args, kind, name)}`,
    };
  }
  return undefined;
}

/** What a compiled binary may do is settled when it is built. */
function notBuiltIn(kind: string, name: string): MissingGrant {
  const may = kind === "write"
    ? "this program may only write into datasets, flows, treatments and .myx of the folder that it is started in"
    : "this program may only touch the folder that it is started in";
  return {
    message: `Cannot ${VERBS[kind] ?? kind} "${name}": ${may}`,
    fix:
      "Start it in the project's folder, and keep there what it reads, and in datasets what it writes; a link out of it " +
      "does not do, but a disk may be mounted in it",
  };
}

/** What commands that fetch from elsewhere write in a project. */
const REMOTE_WRITES = [".myx", "myx.lock"];

const VERBS: Readonly<Record<string, string>> = {
  read: "read",
  write: "write",
  run: "run",
  env: "read environment variable",
  sys: "ask the system for",
  net: "connect to",
  import: "import from",
};

/** The standard command with all that `args` names outside the project, and the one permission that was missing. */
function commandWith(args: readonly string[], kind?: string, name = ""): string {
  const here = Deno.cwd();
  const near = (path: string) => shortPath(resolve(path), here);
  const named = namedFolders(args);
  const standard = projectGrants(near(named.project), near(HOME));
  const read = [...standard.read, ...named.read.map(near)];
  const write = [...standard.write, ...named.write.map(near)];
  const flags: string[] = [];
  // Deno writes places it will not name as <CWD> or <TMP>.
  const place = name === "<CWD>" ? here : name;
  const linked = linkedFolders(resolve(named.project), resolve(place));
  read.push(...linked.read.map(near));
  write.push(...linked.write.map(near));
  if (kind === "read" && !place.startsWith("<")) read.push(near(place));
  else if (kind === "write" && !place.startsWith("<")) write.push(near(place));
  else if (kind !== undefined && kind !== "run" && kind !== "env" && !(kind === "net" && named.remote)) {
    flags.push(`--allow-${kind}${name ? `=${name}` : ""}`);
  }
  if (named.remote) {
    write.push(...REMOTE_WRITES.map((file) => near(resolve(named.project, file))));
    flags.push("--allow-net");
  }
  const [, ...words] = denoCommand({ read: outermost(read), write: outermost(write) }, near(HOME))
    .map((word) => named.remote && word.startsWith("--allow-run=") ? "--allow-run=deno,git" : word);
  // The paths of the command are those of this folder, which need not be the one that the user stands in.
  return `${goTo(here)}${DENO} ${quoteWords([...words.slice(0, -1), ...flags, words.at(-1)!, ...args])}`;
}

/** What the command line itself names: these are needed, whichever was missed first. */
function namedFolders(args: readonly string[]): Grants & { readonly project: string; readonly remote: boolean } {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch {
    return { project: ".", read: [], write: [], remote: false };
  }
  const read: string[] = [];
  const write: string[] = [];
  for (const flag of line.command.flags) {
    const value = line.values[flag.name];
    if (value === undefined) continue;
    if (flag.writes) {
      // What the engine remembers of a run lies beside the output.
      read.push(dirname(resolve(value)));
      write.push(value, join(dirname(resolve(value)), ".myx"));
    } else if (flag.complete === "folder") read.push(value);
    else if (flag.complete === "params" && value.startsWith("@")) read.push(value.slice(1));
  }
  line.command.arguments.forEach((argument, i) => {
    const value = line.arguments[i];
    if (value === undefined || !/^\.|[/\\]/.test(value) || isUrl(value)) return;
    if (argument.complete === "flow") read.push(dirname(value));
    if (argument.complete === "treatment") read.push(value);
  });
  const remote = line.command.remote === true;
  const cache = sharedCache();
  if (cache !== undefined) {
    read.push(cache);
    if (remote) write.push(cache);
  }
  return { project: line.values.project ?? ".", read, write, remote };
}

/**
 * Where the links lead among which one leads to `place`: `datasets`, or a dataset and its folders. What lies on another disk
 * is missed folder by folder, and a command for one of them would only lead to the next.
 */
function linkedFolders(project: string, place: string): Grants {
  const datasets: string = join(project, "datasets");
  const groups = [[datasets], ...listPaths(datasets).map((dataset) => [dataset, ...listPaths(dataset)])];
  const links = groups.flatMap((group) => {
    const all = group.flatMap((path) => {
      const target = targetOf(path);
      return target === undefined ? [] : [{ path, target }];
    });
    return all.some(({ target }) => `${place}/`.startsWith(`${target}/`)) ? all : [];
  });
  const written = links.filter(({ path }) => basename(path) !== "00_raw");
  // The lock of a step's folder lies beside where that really is.
  const locks = written.filter(({ path }) => dirname(dirname(path)) === datasets)
    .map(({ target }) => join(dirname(target), ".myx"));
  const targets = (some: typeof links) => some.map(({ target }) => target);
  return { read: [...targets(links), ...locks], write: [...targets(written), ...locks] };
}

function listPaths(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name));
  } catch {
    return []; // No folder, or none that one may look into.
  }
}

/** Where a link leads, or `undefined` for what is none or leads nowhere. */
function targetOf(path: string): string | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? Deno.realPathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The folder that MYX_CACHE names, as far as one may know. */
function sharedCache(): string | undefined {
  try {
    return Deno.env.get("MYX_CACHE") || undefined;
  } catch {
    return undefined; // Without that permission nothing was looked for there.
  }
}

/** Leaves out paths that lie in another of the list. */
function outermost(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)];
  return unique.filter((path) => {
    const full = resolve(path);
    return !unique.some((other) => other !== path && full.startsWith(`${resolve(other)}/`));
  });
}
