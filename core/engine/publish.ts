import { basename } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { guarded } from "../sandbox/guards.ts";
import type { StagedFile } from "./collect.ts";
import type { Contents } from "./contents.ts";
import type { Copies } from "./copies.ts";
import { explainDisk } from "./disk_error.ts";
import { faultPoint } from "./fault_point.ts";
import { readFooter } from "./footer.ts";
import { type FolderFile, removeIfThere, statFile } from "./folder.ts";
import { hashFile } from "./hash.ts";

/** A file in place. */
export interface Published {
  readonly name: string;
  readonly sha256: string;
  readonly rows: number;
  /** Whether the folder held other bytes under this name before. */
  readonly changed: boolean;
}

/** A file that is safe on disk under a temporary name. */
export interface Prepared extends Omit<Published, "changed"> {
  readonly temporary: string;
  readonly size: number;
  readonly distinctTs: number | null;
  readonly parquet: boolean;
}

/** A file that has its name, which a power cut could still take back. */
export type Placed = Prepared & Published;

/** Files that are copied side by side: a disk takes its time to say that one is safe. */
export const AT_ONCE = 8;
/** Names of files on their way; hidden, so that no reader takes them for results. */
const TEMPORARY = /^\.myx-[0-9a-f-]+\.tmp$/;

/**
 * Puts staged files into `folder`, all or none of them while they can still fail: each is copied through our own handle,
 * hashed on the way and synced before the first is renamed. A child may still hold a handle on its own file; it cannot
 * reach the copy. Files whose bytes are already there are left alone.
 *
 * @param ahead Copies of some of them that are made already.
 */
export async function publishFiles(
  folder: string,
  staged: ReadonlyMap<string, StagedFile>,
  contents: Contents,
  ahead?: Copies,
): Promise<Published[]> {
  return await settleFiles(folder, await placeFiles(folder, staged, contents, ahead), contents);
}

/**
 * Does what `publishFiles` does up to the names, which `settleFiles` makes last: for more files at once.
 *
 * @param onChange Told the names that get other bytes, before the first does; nothing is changed if it throws.
 */
export async function placeFiles(
  folder: string,
  staged: ReadonlyMap<string, StagedFile>,
  contents: Contents,
  ahead?: Copies,
  onChange: (names: readonly string[]) => void = () => {},
): Promise<Placed[]> {
  const files = [...staged];
  const prepared: Prepared[] = [];
  try {
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE);
      const settled = await Promise.allSettled(
        some.map(async ([name, file]) => await ahead?.take(file) ?? await prepare(folder, name, file)),
      );
      for (const one of settled) if (one.status === "fulfilled") prepared.push(one.value);
      for (const one of settled) if (one.status === "rejected") throw one.reason;
    }
    const copies = prepared.map((copy) => ({ ...copy, changed: !isThere(folder, copy, contents) }));
    onChange(copies.filter(({ changed }) => changed).map(({ name }) => name));
    for (const { name, temporary, changed } of copies) {
      faultPoint(changed ? "rename" : "remove");
      if (changed) Deno.renameSync(guarded("copy") ? temporary : staged.get(name)!.path, `${folder}/${name}`);
      else Deno.removeSync(temporary);
    }
    return copies;
  } catch (error) {
    for (const { temporary } of prepared) letGo(temporary);
    throw explainDisk(error, `"${folder}"`);
  }
}

/** Makes the names of files last, and remembers their content. */
export async function settleFiles(
  folder: string,
  placed: readonly Placed[],
  contents: Contents,
): Promise<Published[]> {
  if (placed.some(({ changed }) => changed)) await syncFolder(folder);
  const seenMs = Date.now();
  for (const { name, sha256, rows, distinctTs, parquet } of placed) {
    const file = statFile(folder, name);
    if (file) contents.put(file.path, { ...file, sha256, seenMs, rows: parquet ? rows : null, distinctTs });
  }
  return placed.map(({ name, sha256, rows, changed }) => ({ name, sha256, rows, changed }));
}

/** Removes what a killed run left of files on their way. The caller holds the folder's lock. */
export function removeTemporaries(folder: string): void {
  try {
    for (const { name } of Deno.readDirSync(folder)) if (TEMPORARY.test(name)) Deno.removeSync(`${folder}/${name}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Removes files, those that are there, and makes the removal last. Names come out of the ledger, which may have come with
 * somebody's dataset: one that leads out of the folder is passed by.
 */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  let removed = false;
  for (const name of names.filter((name) => basename(name) === name && !/^\.*$/.test(name))) {
    faultPoint("remove");
    removed = removeIfThere(`${folder}/${name}`) || removed;
  }
  if (removed) await syncFolder(folder);
}

/** Makes a copy of a staged file, safe on disk under a temporary name in `folder`. */
export async function prepare(folder: string, name: string, { path, size }: StagedFile): Promise<Prepared> {
  const temporary = `${folder}/.myx-${crypto.randomUUID()}.tmp`;
  const parquet = name.endsWith(".parquet");
  try {
    using file = Deno.openSync(temporary, { write: true, createNew: true });
    const lines = new LineCounter();
    faultPoint("write");
    const sha256 = hashFile(path, size, (chunk) => {
      for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
      if (/\.csv$/i.test(name)) lines.add(chunk);
    });
    faultPoint("fsync");
    await file.sync();
    const footer = parquet ? readFooterOf(temporary, name) : undefined;
    return {
      name,
      temporary,
      size,
      sha256,
      parquet,
      rows: footer?.rows ?? lines.rows,
      distinctTs: footer?.distinctTs ?? null,
    };
  } catch (error) {
    letGo(temporary);
    throw error;
  }
}

/** Removes a copy that is not wanted where that can be: the next run clears away what stays, and what failed first is told. */
export function letGo(temporary: string): void {
  try {
    removeIfThere(temporary);
  } catch {
    // As on a disk that has become read-only.
  }
}

/** Whether the folder has a copy's bytes already. */
function isThere(folder: string, { name, size, sha256 }: Prepared, contents: Contents): boolean {
  const there = statFile(folder, name);
  return there?.size === size && hashOf(there, contents) === sha256;
}

function readFooterOf(path: string, name: string) {
  try {
    // The temporary name has no ending that readFooter knows.
    return readFooter(path, true);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new MyxError(`The treatment wrote "${name}", which is no readable Parquet file`, { cause });
  }
}

function hashOf(file: FolderFile, contents: Contents): string | undefined {
  try {
    return contents.of(file).sha256;
  } catch {
    return undefined; // Unreadable or cut short: to be replaced.
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    faultPoint("sync-folder");
    using handle = await Deno.open(folder);
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw explainDisk(error, `"${folder}"`);
  }
}

const LINE_END = 10;

/** Counts the rows of a CSV as it passes: its lines, less a first one that does not begin with a digit, a header. */
class LineCounter {
  #lines = 0;
  #header = 0;
  #last = LINE_END;

  /** Takes the next bytes of the file. */
  add(chunk: Uint8Array): void {
    if (this.#lines === 0 && this.#last === LINE_END) this.#header = isDigit(chunk[0]!) ? 0 : 1;
    for (const byte of chunk) if (byte === LINE_END) this.#lines++;
    this.#last = chunk.at(-1)!;
  }

  /** Rows so far; a last line may lack its end. */
  get rows(): number {
    return this.#lines + (this.#last === LINE_END ? 0 : 1) - this.#header;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
