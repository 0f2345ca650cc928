/** One file that holds all of a dataset: written as a stream, synced and read back before it gets its name. */
import { basename, dirname } from "node:path";
import { MyxError } from "../contract/errors.ts";
import { isNowhere } from "../contract/project.ts";
import { beginSha256 } from "../data/sha256.ts";
import { compareArchive, HEAR_EVERY_MS, type Held, type Progress } from "./archive_check.ts";
import { type Entry, isBookkeeping, statEntry } from "./archive_entries.ts";
import { copyLedgers } from "./archive_ledger.ts";
import { explainDisk } from "./disk_error.ts";
import { faultPoint } from "./fault_point.ts";
import { lookAt, removeIfThere, sameStat } from "./folder.ts";
import { openToRead, readSome } from "./hash.ts";
import { pacer } from "./parallel.ts";
import { openTar, type TarHeader } from "./tar.ts";

const CHUNK = 2 ** 18;

/** A finished archive. */
export interface Archive {
  readonly files: number;
  /** Bytes of the files in it. */
  readonly bytes: number;
  /** Bytes of the archive itself. */
  readonly size: number;
  /** Symbolic links: kept as links, and what they point to only where that is among the files. */
  readonly links: readonly string[];
  /** Files that grew or changed while they were read; of one that grew it has the bytes that it had at the start. */
  readonly changed: readonly string[];
}

/**
 * Archives `entries` of the folder `root` as `path`, all below the folder `name`. Nobody else writes in `root` meanwhile:
 * the caller holds its locks. Where it fails, nothing is left behind.
 *
 * @throws {MyxError} If there is a file called `path`, the disk is full, or what was written does not read back.
 */
export async function writeArchive(
  root: string,
  name: string,
  entries: readonly Entry[],
  path: string,
  progress: Progress = {},
): Promise<Archive> {
  refuseOverwrite(path);
  const part = partOf(path);
  using file = openPart(part);
  try {
    using ledgers = await copyLedgers(root, entries);
    const top = headerOf(name, statEntry(root, ""));
    const held = await writeEntries(top, ledgers.entries, ledgers.pathOf, file, progress);
    faultPoint("fsync");
    await file.sync();
    const [wrong] = await compareArchive(part, name, held, progress);
    if (wrong !== undefined) {
      throw new MyxError(`Cannot archive into "${path}": "${wrong}" reads back other than it was written`, {
        fix: "The disk may be failing: check it, or archive to another one with --output",
      });
    }
    const { size } = file.statSync();
    refuseOverwrite(path);
    faultPoint("rename");
    Deno.renameSync(part, path);
    using folder = await Deno.open(dirname(path));
    await folder.sync();
    const files = ledgers.entries.filter(({ kind }) => kind === "file");
    return {
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      size,
      links: entries.filter(({ kind }) => kind === "link").map(({ path }) => path),
      changed: findChanged(root, entries),
    };
  } catch (error) {
    throw explainDisk(error, `"${dirname(path)}"`);
  } finally {
    removeIfThere(part);
    removeIfEmpty(dirname(part));
  }
}

/** What an archive is called until it is whole: hidden, where a run that writes there keeps its own things, too. */
export function partOf(path: string): string {
  return `${dirname(path)}/.myx/${basename(path)}.part`;
}

/** The files of `entries` that are no longer as they were listed. */
export function findChanged(root: string, entries: readonly Entry[]): string[] {
  const isSame = ({ path, kind, ...stat }: Entry) => {
    if (kind !== "file" || isBookkeeping(path)) return true;
    try {
      return sameStat(stat, statEntry(root, path));
    } catch {
      return false; // It has gone.
    }
  };
  return entries.filter((entry) => !isSame(entry)).map(({ path }) => path);
}

async function writeEntries(
  top: TarHeader,
  entries: readonly Entry[],
  pathOf: (entry: Entry) => string,
  file: Deno.FsFile,
  { signal, onBytes }: Progress,
): Promise<Map<string, Held>> {
  const held = new Map<string, Held>();
  const tar = openTar();
  const add = async () => {
    await tar.add(top);
    for (const entry of entries) {
      signal?.throwIfAborted();
      const hash = beginSha256();
      const content = function* () {
        for (const chunk of readChunks(pathOf(entry), entry.size)) {
          signal?.throwIfAborted();
          hash.update(chunk);
          onBytes?.(chunk.length);
          yield chunk;
        }
      };
      await tar.add(headerOf(`${top.name}/${entry.path}`, entry), entry.kind === "file" ? content() : []);
      const sha256 = hash.digest("hex");
      held.set(entry.path, { ...entry, sha256: () => sha256 });
    }
    tar.end();
  };
  const pace = pacer(HEAR_EVERY_MS);
  const store = async () => {
    for await (const chunk of tar.bytes.pipeThrough(new CompressionStream("gzip"))) {
      await pace();
      faultPoint("write");
      for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
    }
  };
  // Whichever fails first is the reason; the other is let go.
  const parts = [add(), store()].map((part) =>
    part.catch((error) => {
      tar.destroy();
      throw error;
    })
  );
  await Promise.all(parts).finally(() => Promise.allSettled(parts));
  return held;
}

/** Owners are left out: what is restored belongs to who restores it. */
function headerOf(name: string, entry: Entry): TarHeader {
  const common = { name, size: 0, mode: entry.mode, mtime: new Date(entry.mtimeMs) };
  if (entry.kind === "folder") return { ...common, type: "directory" };
  if (entry.kind === "link") return { ...common, type: "symlink", linkname: entry.target! };
  return { ...common, type: "file", size: entry.size };
}

function* readChunks(path: string, size: number): Generator<Uint8Array> {
  using file = openSource(path);
  for (let left = size; left > 0;) {
    // A fresh one each time: the archive keeps what it is given until it is written.
    const chunk = new Uint8Array(Math.min(CHUNK, left));
    const read = readSome(file, chunk, path);
    if (read === null) {
      throw new MyxError(`Cannot archive "${path}": it ended ${left} bytes early`, {
        fix: "The file shrank while it was read; run again",
      });
    }
    yield chunk.subarray(0, read);
    left -= read;
  }
}

function openSource(path: string): Deno.FsFile {
  try {
    return openToRead(path);
  } catch (cause) {
    if (!isNowhere(cause)) throw cause;
    throw new MyxError(`Cannot archive "${path}": it has just gone`, { fix: "Run again", cause });
  }
}

function refuseOverwrite(path: string): void {
  if (!lookAt(path)) return;
  throw new MyxError(`Cannot archive into "${path}": there is a file of that name`, {
    fix: "Archives are never overwritten: choose another name, or move that one away",
  });
}

/** Opens the file that the archive is until it is whole; one that a killed run left is begun anew. */
function openPart(part: string): Deno.FsFile {
  let file: Deno.FsFile | undefined;
  try {
    Deno.mkdirSync(dirname(part), { recursive: true });
    file = Deno.openSync(part, { write: true, create: true });
    if (!file.tryLockSync(true)) {
      throw new MyxError(`Cannot archive into "${part}": another run writes it`, { exitCode: 3 });
    }
    file.truncateSync();
    return file;
  } catch (error) {
    file?.close();
    removeIfEmpty(dirname(part));
    throw explainDisk(error, `"${dirname(dirname(part))}"`);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    Deno.removeSync(folder);
  } catch {
    // Others use it.
  }
}
