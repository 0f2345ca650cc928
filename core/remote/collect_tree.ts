import { dirname } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { Pin } from "../contract/lock_file.ts";
import { sha256 } from "../data/sha256.ts";
import { scanImports } from "./imports.ts";
import { LIMITS, megabytes } from "./limits.ts";
import type { Source } from "./source.ts";

/** The files of a treatment, written below a folder. */
export interface Tree {
  readonly files: Pin["files"];
  /** Packages that its code imports. */
  readonly npm: readonly string[];
  /** Which of its files are not what they seem, for people. */
  readonly notes: readonly string[];
}

/** How a file begins that stands for one which Git LFS keeps elsewhere. */
const LFS_POINTER = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
const CODE = /\.(?:[cm]?[jt]sx?|json)$/;

/**
 * Writes what a treatment consists of to `root`: all files of its folder (from a site: treatment.json and run.ts), and
 * what run.ts imports, wherever in the repository or site that lies.
 *
 * @throws {UsageError} If a file is missing, or it is more than the limits allow.
 */
export async function collectTree(
  source: Source,
  folder: string,
  root: string,
  url: string,
): Promise<Tree> {
  const at = (name: string) => folder === "" ? name : `${folder}/${name}`;
  const required = [at("treatment.json"), at("run.ts")];
  const files: Record<string, string> = {};
  const pointers: string[] = [];
  let size = 0;
  const take = async (paths: readonly string[]) => {
    if (Object.keys(files).length + paths.length > LIMITS.files) {
      throw new UsageError(`Cannot use ${url}: it consists of more than ${LIMITS.files} files`);
    }
    for (const [i, bytes] of (await source.read(paths)).entries()) {
      const path = paths[i]!;
      if (bytes === undefined) throw notThere(source, path, url, required.includes(path));
      if (LFS_POINTER.every((byte, at) => bytes[at] === byte)) {
        if (CODE.test(path)) {
          throw new UsageError(`Cannot use "${path}" of ${url}: it lies in Git LFS, from where nothing is fetched`);
        }
        pointers.push(`"${path}"`);
      }
      size += bytes.length;
      if (size > LIMITS.treeBytes) {
        throw new UsageError(`Cannot use ${url}: it is larger than ${megabytes(LIMITS.treeBytes)}`);
      }
      writeNew(root, path, bytes, url);
      files[path] = sha256(bytes);
    }
  };
  await take([...new Set([...required, ...source.list(folder) ?? []])]);
  for (;;) {
    const { missing, npm } = await scanImports(root, at("run.ts"));
    if (missing.length === 0) return { files, npm, notes: describePointers(pointers) };
    await take(missing);
  }
}

/** Writes a file; two names that a file system takes for one must not become one file. */
function writeNew(root: string, path: string, bytes: Uint8Array, url: string): void {
  try {
    Deno.mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    Deno.writeFileSync(`${root}/${path}`, bytes, { createNew: true, mode: 0o444 });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists || cause instanceof Deno.errors.NotADirectory)) throw cause;
    const why = "another of its files has that name, or one that is the same on this disk";
    throw new UsageError(`Cannot use "${path}" of ${url}: ${why}`, { cause });
  }
}

function describePointers(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : "";
  return [`Only pointers, because nothing is fetched from Git LFS: ${paths.slice(0, 5).join(", ")}${more}`];
}

function notThere(source: Source, path: string, url: string, isRequired: boolean): UsageError {
  if (!isRequired) return new UsageError(`Cannot use ${url}: it imports "${path}", and there is no such file (404)`);
  const others = source.list("")?.filter((path) => /(?:^|\/)treatment\.json$/.test(path))
    .map((path) => path.replace(/\/?treatment\.json$/, "")).filter(Boolean) ?? [];
  return new UsageError(
    `Cannot use ${url}: there is no "${path}" (404); a treatment is a folder with treatment.json and run.ts`,
    others.length === 0 ? {} : { fix: `The repository has treatments in: ${others.slice(0, 10).join(", ")}` },
  );
}
