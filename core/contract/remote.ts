import { join } from "node:path";
import { beginSha256, sha256 } from "../data/sha256.ts";
import { UsageError } from "./errors.ts";
import { type Lock, type Pin, type PinnedFlow, type PinnedTreatment, readLock } from "./lock_file.ts";
import { isUrl, normalUrl } from "./remote_url.ts";

/** Something that the lock pins, under its name there. */
export interface Pinned<T extends Pin> {
  readonly name: string;
  readonly pin: T;
  /** Where its files lie once `add` has fetched them: the root of its repository or site. */
  readonly root: string;
}

/** Where fetched files are kept, one folder per content: the project's `.myx/cache`, or `MYX_CACHE`. */
export function cacheDir(projectDir: string): string {
  const shared = Deno.env.get("MYX_CACHE");
  return shared ? shared : join(projectDir, ".myx", "cache");
}

/** The folder's name in the cache: SHA-256 over the paths and hashes of all files. */
export function treeHash(files: Pin["files"]): string {
  const hash = beginSha256();
  for (const path of Object.keys(files).sort()) hash.update(`${path}\0${files[path]}\n`);
  return hash.digest("hex");
}

/** The treatment that the lock pins under a name or URL. */
export function findPinnedTreatment(projectDir: string, ref: string): Pinned<PinnedTreatment> | undefined {
  return find(projectDir, readLock(projectDir).treatments, ref);
}

/** The flow that the lock pins under a name or URL. */
export function findPinnedFlow(projectDir: string, ref: string): Pinned<PinnedFlow> | undefined {
  return find(projectDir, readLock(projectDir).flows, ref);
}

/** All that the lock pins. */
export function listPinned<K extends keyof Lock>(projectDir: string, kind: K): Pinned<Lock[K][string]>[] {
  const pins = readLock(projectDir)[kind] as Readonly<Record<string, Lock[K][string]>>;
  return Object.entries(pins).map(([name, pin]) => ({ name, pin, root: rootOf(projectDir, pin) }));
}

function find<T extends Pin>(
  projectDir: string,
  pins: Readonly<Record<string, T>>,
  ref: string,
): Pinned<T> | undefined {
  const normal = isUrl(ref) ? normalUrl(ref) : undefined;
  const isNamed = (name: string) => normal !== undefined && "url" in normal && pins[name]!.url === normal.url;
  const name = normal === undefined ? ref : Object.keys(pins).find(isNamed);
  if (name === undefined || !Object.hasOwn(pins, name)) return undefined;
  return { name, pin: pins[name]!, root: rootOf(projectDir, pins[name]!) };
}

function rootOf(projectDir: string, pin: Pin): string {
  return join(cacheDir(projectDir), treeHash(pin.files));
}

/**
 * Checks that the cache holds what the lock pins, every byte of it and nothing else, and returns its real path.
 *
 * @throws {UsageError} If anything is missing, changed or added; it names the file.
 */
export function verifyPinned({ name, pin, root }: Pinned<Pin>): string {
  let real: string;
  try {
    real = Deno.realPathSync(root);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new UsageError(
      `Cannot use "${name}": the files that myx.lock pins are not in the cache "${root}"; fetch them: deno task add`,
      { cause },
    );
  }
  const unseen = new Set(Object.keys(pin.files));
  const refuse = (path: string, why: string): never => {
    throw new UsageError(
      `Cannot use "${name}": the file "${path}" in the cache ${why}; fetch all that myx.lock pins again: deno task add`,
    );
  };
  for (const path of walk(real, "")) {
    const { isFile, nlink } = Deno.lstatSync(`${real}/${path}`);
    if (!unseen.delete(path)) refuse(path, "is not pinned by myx.lock");
    if (!isFile || (nlink ?? 1) > 1) refuse(path, "is a link or no regular file");
    const bytes = Deno.readFileSync(`${real}/${path}`);
    if (sha256(bytes) !== pin.files[path]) {
      refuse(path, "is not the one that myx.lock pins: it has changed");
    }
  }
  for (const path of unseen) refuse(path, "is missing");
  return real;
}

/** Paths of everything below `root` that is no folder; a link to a folder is no folder. */
function* walk(root: string, folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(root, path);
    else yield path;
  }
}
