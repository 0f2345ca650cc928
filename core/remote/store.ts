import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { Pin } from "../contract/lock_file.ts";
import { cacheDir, type Pinned, treeHash, verifyPinned } from "../contract/remote.ts";

/** A folder in the cache that is filled and then either kept under the hash of its files or removed. */
export interface Scratch extends Disposable {
  readonly dir: string;
  /** Where the files of what is fetched go. */
  readonly root: string;
  /** Puts `root` in its place in the cache. */
  keep(name: string, pin: Pin): void;
}

/** Makes a folder beside the cached ones, so that a rename puts it in place at once. */
export function openScratch(projectDir: string): Scratch {
  const cache = cacheDir(projectDir);
  Deno.mkdirSync(cache, { recursive: true });
  if (!Deno.env.get("MYX_CACHE")) ignoreInGit(join(projectDir, ".myx"));
  const dir: string = join(cache, `.new-${crypto.randomUUID()}`);
  const root = join(dir, "files");
  Deno.mkdirSync(root, { recursive: true });
  return {
    dir,
    root,
    keep(name, pin) {
      const place: string = join(cache, treeHash(pin.files));
      try {
        Deno.renameSync(root, place);
      } catch (error) {
        if (!isThere(place)) throw error;
        // Somebody else has fetched the same bytes; if not, what lies there is broken.
        if (isWhole({ name, pin, root: place })) return;
        Deno.removeSync(place, { recursive: true });
        Deno.renameSync(root, place);
      }
    },
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
}

/** Removes what no pin needs from a cache of the project's own; a shared one serves others. */
export function removeFromCache(projectDir: string, pin: Pin): void {
  if (Deno.env.get("MYX_CACHE")) return;
  try {
    Deno.removeSync(join(cacheDir(projectDir), treeHash(pin.files)), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether the cache has every byte that a pin names, and nothing else. */
export function isWhole(pinned: Pinned<Pin>): boolean {
  try {
    verifyPinned(pinned);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** What is fetched belongs to no repository of the user's; `myx.lock` does. */
function ignoreInGit(folder: string): void {
  try {
    Deno.writeTextFileSync(join(folder, ".gitignore"), "*\n", { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
