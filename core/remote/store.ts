import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import type { Pin } from "../contract/lock_file.ts";
import { isNowhere } from "../contract/project.ts";
import { cacheDir, type Pinned, treeHash, verifyPinned } from "../contract/remote.ts";
import { lookAt } from "../engine/folder.ts";
import { makeFolder, writeWhole } from "../engine/write_whole.ts";

/** A folder in the cache that is filled and then either kept under the hash of its files or removed. */
export interface Scratch extends Disposable {
  readonly dir: string;
  /** Where the files of what is fetched go. */
  readonly root: string;
  /** Puts `root` in its place in the cache. */
  keep(name: string, pin: Pin): void;
}

/** How the names of folders begin that are still being filled. */
const NEW = ".new-";
/** File in such a folder that its user has locked: it tells a folder in use from what a killed process has left. */
const HELD = "held";

/**
 * Makes a folder beside the cached ones, so that a rename puts it in place at once. Those that killed processes have left
 * there are removed.
 */
export function openScratch(projectDir: string): Scratch {
  const cache = cacheDir(projectDir);
  const isOwn = !Deno.env.get("MYX_CACHE");
  makeFolder(cache, { shared: isOwn });
  if (isOwn) ignoreInGit(join(projectDir, ".myx"));
  sweep(cache);
  const { dir, held } = makeHeld(cache);
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
    [Symbol.dispose]() {
      Deno.removeSync(dir, { recursive: true });
      held.close();
    },
  };
}

/** Makes a folder and locks it; another process may sweep it away between the two, and then the next one is tried. */
function makeHeld(cache: string): { readonly dir: string; readonly held: Deno.FsFile } {
  for (;;) {
    const dir: string = join(cache, `${NEW}${crypto.randomUUID()}`);
    makeFolder(dir, { recursive: false });
    const held = lockIfThere(dir, (file) => (file.lockSync(true), true));
    if (held !== undefined) return { dir, held };
  }
}

/** Removes the folders that nobody fills any more. */
function sweep(cache: string): void {
  for (const { name } of [...Deno.readDirSync(cache)]) {
    if (!name.startsWith(NEW)) continue;
    try {
      using held = lockIfThere(join(cache, name), (file) => file.tryLockSync(true));
      if (held) Deno.removeSync(join(cache, name), { recursive: true });
    } catch {
      // In a shared cache it may be another user's. Or a git that outlives who started it still writes there: the next one
      // to come removes it.
    }
  }
}

/** The lock file of a folder once `lock` has locked it; nothing if that fails, or the folder went away meanwhile. */
function lockIfThere(dir: string, lock: (file: Deno.FsFile) => boolean): Deno.FsFile | undefined {
  const path: string = join(dir, HELD);
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path, { write: true, create: true });
    if (lock(file) && Deno.statSync(path).ino === file.statSync().ino) return file;
  } catch (error) {
    if (!isNowhere(error)) {
      file?.close();
      throw error;
    }
  }
  file?.close();
  return undefined;
}

/** Removes what no pin needs from a cache of the project's own, less what another user put there; a shared one serves others. */
export function removeFromCache(projectDir: string, pin: Pin): void {
  if (Deno.env.get("MYX_CACHE")) return;
  try {
    Deno.removeSync(join(cacheDir(projectDir), treeHash(pin.files)), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) throw error;
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
  const path: string = join(folder, ".gitignore");
  if (lookAt(path) === undefined) writeWhole(path, "*\n");
}
