import { MyxError, UsageError } from "../contract/errors.ts";
import type { GitUrl } from "../contract/remote_url.ts";
import { describePathProblem } from "../contract/safe_path.ts";
import { git, type GitOptions } from "./git_command.ts";
import { explainFetch } from "./git_error.ts";
import { LIMITS, type Limits, megabytes } from "./limits.ts";
import type { Source } from "./source.ts";

const PINNED = "refs/myx/pinned";
const PLAIN_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";

/** Where to fetch to, and what. */
export interface GitFetch {
  /** An empty folder for git's objects; it goes with the source. */
  readonly scratch: string;
  /** The commit to fetch in place of what the URL's branch or tag stands for now. */
  readonly commit?: string;
  readonly limits?: Limits;
}

interface Entry {
  readonly mode: string;
  readonly object: string;
}

/**
 * Fetches one commit of a repository. Nothing is ever checked out: files are read out of git's objects by name, so that
 * hooks, filters, attributes, links and submodules of the repository have no effect.
 *
 * @throws {MyxError} If it cannot be fetched within the limits.
 */
export async function openGit(url: GitUrl, { scratch, commit, limits = LIMITS }: GitFetch): Promise<Source> {
  const dir = `${scratch}/git`;
  const dispose = () => Deno.remove(dir, { recursive: true });
  const local: GitOptions = { url: url.url, limits };
  const inside = (...args: string[]) => [`--git-dir=${dir}`, ...args];
  await must(git(["init", "--quiet", "--bare", "--template=", dir], local), url, "prepare a folder for it");
  try {
    const protocol = url.repository.replace(/:.*/s, "");
    const wanted = commit ?? url.ref ?? "HEAD";
    const fetched = await git(
      inside(
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        `--filter=blob:limit=${limits.fileBytes}`,
        "--",
        url.repository,
        `${wanted}:${PINNED}`,
      ),
      { ...local, protocol, growing: dir },
    );
    if (!fetched.success) throw await explainFetch(url, wanted, fetched.stderr);
    // Forget where this came from: git would try to fetch what the filter left out as soon as it is asked for.
    Deno.writeTextFileSync(`${dir}/config`, PLAIN_CONFIG);
    const head = await must(git(inside("rev-parse", "--verify", `${PINNED}^{commit}`), local), url, "find its commit");
    const entries = readTree(
      (await must(git(inside("ls-tree", "-r", "-z", "--full-tree", PINNED), local), url, "list it")).stdout,
    );
    return {
      commit: new TextDecoder().decode(head.stdout).trim(),
      notes: leftOut(entries),
      list: (folder) =>
        [...entries].filter(([path, { mode }]) => isFile(mode) && isBelow(path, folder)).map(([path]) => path),
      read: (paths) => readFiles(url, entries, paths, inside, limits),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function isFile(mode: string): boolean {
  return mode === "100644" || mode === "100755";
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

function readTree(listing: Uint8Array): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const line of new TextDecoder().decode(listing).split("\0")) {
    const match = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line);
    if (match) entries.set(match[3]!, { mode: match[1]!, object: match[2]! });
  }
  return entries;
}

function leftOut(entries: ReadonlyMap<string, Entry>): string[] {
  const named = (wanted: string, what: string) => {
    const paths = [...entries].filter(([, { mode }]) => mode === wanted).map(([path]) => `"${path}"`);
    if (paths.length === 0) return [];
    const more = paths.length > 5 ? ` and ${paths.length - 5} more` : "";
    return [`Ignored ${what}: ${paths.slice(0, 5).join(", ")}${more}`];
  };
  return [...named("120000", "symbolic links"), ...named("160000", "submodules, which are not fetched")];
}

async function readFiles(
  url: GitUrl,
  entries: ReadonlyMap<string, Entry>,
  paths: readonly string[],
  inside: (...args: string[]) => string[],
  limits: Limits,
): Promise<(Uint8Array | undefined)[]> {
  const objects = paths.map((path) => objectOf(url, entries, path));
  const wanted = objects.filter((object) => object !== undefined);
  if (wanted.length === 0) return objects.map(() => undefined);
  const stdin = wanted.join("\n") + "\n";
  const options: GitOptions = { url: url.url, stdin, limits };
  const sizes = await must(git(inside("cat-file", "--batch-check"), options), url, "look at its files");
  for (const [i, line] of new TextDecoder().decode(sizes.stdout).trim().split("\n").entries()) {
    // `<object> blob <size>`, or `<object> missing` where the filter left it on the server.
    const [, kind, size] = line.split(" ");
    if (kind === "missing" || Number(size) > limits.fileBytes) {
      const path = paths[objects.indexOf(wanted[i])];
      throw new UsageError(`Cannot use "${path}" of ${url.url}: it is larger than ${megabytes(limits.fileBytes)}`);
    }
  }
  const { stdout } = await must(git(inside("cat-file", "--batch"), options), url, "read its files");
  const blobs = splitBatch(stdout);
  return objects.map((object) => object === undefined ? undefined : blobs.get(object));
}

function objectOf(url: GitUrl, entries: ReadonlyMap<string, Entry>, path: string): string | undefined {
  const refuse = (why: string): never => {
    throw new UsageError(`Cannot use "${path}" of ${url.url}: it ${why}`);
  };
  const problem = describePathProblem(path);
  if (problem !== undefined) refuse(problem);
  const entry = entries.get(path);
  if (entry && isFile(entry.mode)) return entry.object;
  if (entry?.mode === "120000") refuse("is a symbolic link, and links of a repository are never followed");
  for (const [outer, { mode }] of entries) {
    if (mode === "160000" && (outer === path || isBelow(path, outer))) {
      refuse(`lies in the submodule "${outer}", which is not fetched`);
    }
    if (mode === "120000" && isBelow(path, outer)) {
      refuse(`lies behind the symbolic link "${outer}", and links are never followed`);
    }
  }
  return undefined;
}

/** Output of `cat-file --batch`: `<object> blob <size>`, a line end, the bytes, a line end. */
function splitBatch(bytes: Uint8Array): Map<string, Uint8Array> {
  const blobs = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    const [object = "", , size = ""] = new TextDecoder().decode(bytes.subarray(at, end)).split(" ");
    blobs.set(object, bytes.subarray(end + 1, end + 1 + Number(size)));
    at = end + 2 + Number(size);
  }
  return blobs;
}

async function must<T extends { readonly success: boolean; readonly stderr: string }>(
  call: Promise<T>,
  { url }: GitUrl,
  what: string,
): Promise<T> {
  const result = await call;
  if (!result.success) throw new MyxError(`Cannot use ${url}: git could not ${what}: ${result.stderr}`);
  return result;
}
