import { makeSharedFile } from "./shared_state.ts";

/** One line of `myx.log`. */
export interface LogEntry {
  readonly run_id: string;
  readonly flow: string;
  readonly step?: string;
  readonly treatment?: string;
  readonly partition?: string;
  readonly status: "start" | "success" | "error" | "skip";
  readonly input_dir?: string;
  readonly output_dir?: string;
  readonly duration_ms?: number;
  readonly rows_in?: number;
  readonly rows_out?: number;
  readonly rejects?: number;
  /** Why a partition was computed, where it was not for another one's sake. */
  readonly reason?: string;
  readonly error?: string;
}

/** Writes a log entry. */
export type Log = (entry: LogEntry) => void;

/** Name of the log file in the project's folder. */
export const LOG_NAME = "myx.log";

/** Name of the log before that, once there is one. */
export const OLD_LOG_NAME = "myx.log.1";

/** A log that has more bytes is put aside when the next run begins: on a gateway it would fill the disk. */
const LARGEST = 64 * 2 ** 20;

/**
 * Opens the log of a project for appending. Whole lines are one write, so runs side by side do not mix theirs; those of one
 * turn are one, since a call may bring hundreds. A log that cannot be written must not stop the data: `onFailure` is told
 * once, and the run goes on without.
 */
export function openLog(
  projectDir: string,
  onFailure: (message: string) => void,
  { largest = LARGEST }: { readonly largest?: number } = {},
): { log: Log; close: () => void } {
  let file: Deno.FsFile | undefined;
  let lines = "";
  const fail = (error: unknown) => {
    onFailure(`Cannot write the log "${projectDir}/${LOG_NAME}": ${(error as Error).message}`);
    file?.close();
    file = undefined;
  };
  try {
    const path = `${projectDir}/${LOG_NAME}`;
    putAside(path, `${projectDir}/${OLD_LOG_NAME}`, largest);
    makeSharedFile(path);
    file = Deno.openSync(path, { append: true, create: true });
    if (isCut(path)) lines = "\n";
  } catch (error) {
    fail(error);
  }
  const encoder = new TextEncoder();
  let isWaiting = false;
  const flush = () => {
    if (!isWaiting) return;
    isWaiting = false;
    const bytes = encoder.encode(lines);
    lines = "";
    try {
      for (let at = 0; file && at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch (error) {
      fail(error);
    }
  };
  return {
    log(entry) {
      if (!isWaiting) queueMicrotask(flush);
      isWaiting = true;
      lines += JSON.stringify({ ts: new Date().toISOString(), ...entry }) + "\n";
    },
    close() {
      flush();
      file?.close();
    },
  };
}

/**
 * Gives a log that has grown too large the name `old`, in the place of what was called so. Of runs that begin at once only one
 * may: a second would put the new log there. Those that have it open write on to it.
 */
function putAside(path: string, old: string, largest: number): void {
  try {
    const { isFile, size, ino } = Deno.lstatSync(path);
    if (!isFile || size <= largest) return; // A link or a pipe is somebody's way to keep it elsewhere.
    using file = Deno.openSync(path, { write: true }); // On NFS only what is open for writing can be locked.
    file.lockSync(true);
    if (file.statSync().ino === ino && Deno.lstatSync(path).ino === ino) Deno.renameSync(path, old);
  } catch {
    // It grows on: a project's own task may not have the right to write it under another name.
  }
}

/** Whether the last line has no end, as a crash leaves it: what follows would become part of it. */
function isCut(path: string): boolean {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size === 0) return false;
    using file = Deno.openSync(path);
    file.seekSync(-1, Deno.SeekMode.End);
    const last = new Uint8Array(1);
    return file.readSync(last) === 1 && last[0] !== 10;
  } catch {
    return false; // One that may be written but not read is a log, too.
  }
}
