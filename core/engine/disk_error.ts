import { MyxError } from "../contract/errors.ts";

/** What a disk that fails says, and a network drive whose server has gone. */
const FAULT = /(Input\/output error|Stale file handle) \(os error \d+\)/;
const TOO_MANY = /Too many open files|os error 24\)/i;
const FULL = /No space left|os error 28|disk is full/i;
const QUOTA = /quota exceeded|os error 122/i;

/** Whether a disk, or what a user may have of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return FULL.test(String(error)) || QUOTA.test(String(error));
}

/** Says in words for people why the system refuses to write; errors that are not the system's are returned as they are. */
export function explainDisk(error: unknown, what: string): unknown {
  // Who came first knows better which disk it is.
  if (error instanceof MyxError) return error;
  const text = String(error);
  if (isDiskFull(error)) {
    // A disk has so many bytes, and so many files: years of days may be more of these than it was made for.
    const [why, free] = QUOTA.test(text)
      ? ["your quota is used up", "Free some space or files of yours"]
      : ["the disk is full", 'Free some space, or files where "df -i" shows none free,'];
    return new MyxError(`Cannot write into ${what}: ${why}`, {
      fix: `${free} and run again; no file is half written`,
      cause: error,
    });
  }
  // What SQLite says where there is no room for the memory that it shares in a file, and where a quota ends.
  if (/disk I\/O error/i.test(text)) {
    return new MyxError(`Cannot write into ${what}: the disk is full, or fails`, {
      fix: "Free some space, or check the disk, and run again; no file is half written",
      cause: error,
    });
  }
  const fault = FAULT.exec(text)?.[0];
  if (fault !== undefined) {
    return new MyxError(`Cannot write into ${what}: ${fault}`, {
      fix: "Check the disk, or the network drive, that it lies on, and run again; no file is half written",
      cause: error,
    });
  }
  if (error instanceof Deno.errors.PermissionDenied || /Read-only file system|readonly database/i.test(text)) {
    return new MyxError(`Cannot write into ${what}: it is read-only`, {
      fix: "Give yourself the right to write there, or have its owner do so, and run again; no file is half written",
      cause: error,
    });
  }
  if (TOO_MANY.test(text)) {
    return new MyxError(`Cannot write into ${what}: this process may not open more files`, {
      fix: "Raise the limit (ulimit -n), or run with --jobs 1; no file is half written",
      cause: error,
    });
  }
  if (/name too long|os error 36/i.test(text)) {
    return new MyxError(`Cannot write into ${what}: its name is too long`, {
      fix: "Choose a shorter one: file systems allow 255 bytes",
      cause: error,
    });
  }
  if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
    return new MyxError(`Cannot write into ${what}: a file, or a link that leads nowhere, stands in its place`, {
      fix: "Move that away, or choose another folder",
      cause: error,
    });
  }
  return error;
}

/**
 * Says in words for people what keeps the system from reading; that there is nothing, and errors that are not the system's,
 * are returned as they are.
 */
export function explainReading(error: unknown, what: string): unknown {
  if (error instanceof MyxError || error instanceof Deno.errors.NotFound) return error;
  if (error instanceof Deno.errors.PermissionDenied) {
    return new MyxError(`Cannot read ${what}: you have no right to`, {
      fix: "Ask its owner for the right to read it",
      cause: error,
    });
  }
  const said = /^.*?\(os error \d+\)/.exec((error as Error).message)?.[0];
  if (said === undefined) return error;
  return new MyxError(`Cannot read ${what}: ${said}`, {
    fix: TOO_MANY.test(said)
      ? "Raise the limit (ulimit -n), or run with --jobs 1"
      : "Check the disk, or the network drive, that it lies on, and run again",
    cause: error,
  });
}
