import { basename, dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { lockKept } from "./kept_folder.ts";
import { hostname, lockFolder, lockName, type LockOptions, MACHINE } from "./lock.ts";
import { lockMachine } from "./machine_lock.ts";

/**
 * Locks every folder of a dataset that a run could write, as long as the result is not disposed of: nothing changes in it
 * meanwhile but what loggers put into the raw folder.
 *
 * @throws {MyxError} With exit code 3 if a run writes one of them and `wait` is not set.
 */
export async function lockDataset(root: string, options: LockOptions): Promise<Disposable> {
  for (;;) {
    const stack = new DisposableStack();
    try {
      stack.use(await lock(root, () => lockMachine(`${root}/.myx`, hostname(), options)));
      const folders = listLocked(root);
      // In the order in which runs take them: two that wait for each other would do so for ever.
      for (const folder of folders) stack.use(await lock(root, () => lockFolder(folder, options)));
      for (const folder of listKept(root)) stack.use(await lock(root, () => lockKept(folder, options)));
      // A run that began meanwhile has made a folder, or a lock for one.
      const now = new Set(listLocked(root));
      if (now.size === folders.length && folders.every((folder) => now.has(folder))) return stack;
    } catch (error) {
      stack.dispose();
      throw error;
    }
    stack.dispose();
  }
}

async function lock(root: string, take: () => Promise<Deno.FsFile>): Promise<Deno.FsFile> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof MyxError) || error.exitCode !== 3) throw error;
    const why = error.message.replace(/^Cannot \w+ ".*?"(?=: )/s, "");
    throw new MyxError(`Cannot lock dataset "${basename(root)}"${why}`, {
      exitCode: 3,
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      cause: error,
    });
  }
}

/** The folders directly below `root`, and below it any other that has or had a lock. */
function listLocked(root: string): string[] {
  const names = listNames(root).filter((name) => !name.startsWith("."));
  // By what their locks are called, which need not be their own names: nobody gets one lock twice.
  const folders = new Map(names.map((name) => [`${root}/${lockName(name)}`, `${root}/${name}`]));
  const walk = (folder: string) => {
    for (const name of listNames(folder)) {
      const path = `${folder}/${name}`;
      if (name !== ".myx") walk(path);
      else for (const locked of listLocks(`${path}/locks`)) add(`${folder}/${locked}`);
    }
  };
  const add = (locked: string) => void (folders.has(locked) || folders.set(locked, locked));
  walk(root);
  // A run whose output is the dataset's own folder locks it from outside.
  if (listLocks(`${dirname(root)}/.myx/locks`).includes(lockName(basename(root)))) folders.set(root, root);
  return [...folders.values()].sort();
}

function listKept(root: string): string[] {
  return listNames(`${root}/.myx/state`).map((name) => `${root}/.myx/state/${name}`).sort();
}

/** Names of the folders that have locks here. */
function listLocks(locks: string): string[] {
  return listNames(locks, "isFile").filter((name) => !name.startsWith(MACHINE)).map((name) =>
    name.replace(/\.lock$/, "")
  );
}

function listNames(folder: string, kind: "isDirectory" | "isFile" = "isDirectory"): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter((entry) => entry[kind]).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
