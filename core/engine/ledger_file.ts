import { DatabaseSync } from "node:sqlite";
import { MyxError } from "../contract/errors.ts";
import { isThere } from "../contract/project.ts";
import { explainDisk } from "./disk_error.ts";
import { makeSharedFile } from "./shared_state.ts";

const BUSY_MS = 30_000;

/** Raise it when the tables change: a ledger of another version is set aside. */
const VERSION = 1;

/** SQLite's code for what the disk refuses. */
const IO_ERROR = 10;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS content (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, sha256 TEXT NOT NULL, seen_ns INTEGER NOT NULL, rows INTEGER, distinct_ts INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS unit (
    folder TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL, params TEXT NOT NULL, inputs TEXT NOT NULL,
    outputs TEXT NOT NULL, metrics TEXT NOT NULL, print TEXT NOT NULL, run_id TEXT NOT NULL, PRIMARY KEY (folder, key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS output (
    folder TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, made_from TEXT NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (folder, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS retired (folder TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (folder, name)) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

/** The last run of each flow: one that never came to its end was killed. */
const RUNS = `
  CREATE TABLE IF NOT EXISTS run (
    flow TEXT PRIMARY KEY, run_id TEXT NOT NULL, started TEXT NOT NULL, status TEXT NOT NULL
  ) WITHOUT ROWID;
`;

/** Whatever changes what a plan would find breaks the seals, so that none can outlive what it stands for. */
const SEALS = `
  CREATE TABLE IF NOT EXISTS sealed (folder TEXT PRIMARY KEY, seal TEXT NOT NULL, report TEXT NOT NULL) WITHOUT ROWID;
  ${
  ["content", "unit", "output", "retired"].flatMap((table) =>
    ["INSERT", "UPDATE", "DELETE"].map((change) =>
      `CREATE TRIGGER IF NOT EXISTS unseal_${table}_${change} AFTER ${change} ON ${table} BEGIN DELETE FROM sealed; END;`
    )
  ).join("\n  ")
}
`;

/** A ledger that is not kept. */
export const IN_MEMORY = ":memory:";

/** Opens a ledger, or returns `undefined` where the file is damaged or of another version. */
export function connect(path: string, { readOnly = false } = {}): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    // SQLite would keep a new one from the group, and what it puts beside a file has the rights of that one.
    if (!readOnly && path !== IN_MEMORY) makeSharedFile(path);
    db = new DatabaseSync(path, { readOnly, timeout: BUSY_MS });
    if (!readOnly) waitForWal(db);
    const { quick_check } = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (isUnread(quick_check)) throw new Error("disk I/O error");
    // In this order: a run that starts at the same time makes the tables and says their version at once.
    const { tables } = db.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() as { tables: number };
    const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (quick_check === "ok" && tables === 0 && !readOnly) db.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT;`);
    else if (quick_check !== "ok" || user_version !== VERSION) return void db.close();
    // In memory is what takes back a single statement; on disk it is two writes for each row. Not the transaction's journal.
    if (!readOnly) db.exec(`PRAGMA temp_store = MEMORY; ${RUNS} ${SEALS}`);
    return db;
  } catch (error) {
    db?.close();
    if (/not a database|malformed|corrupt/i.test(String(error))) return undefined;
    const cannotShare = readOnly && /readonly database/i.test(String(error));
    if (cannotShare || /unable to open database/i.test(String(error))) throw explainOpen(error, path);
    throw explainDisk(error, `the ledger "${path}"`);
  }
}

/**
 * Whether what SQLite found is a page that the disk did not give back, by the last byte of its code: the file may be whole, and
 * the next run read it.
 */
function isUnread(found: string): boolean {
  return (Number(/error code=(\d+)/.exec(found)?.[1] ?? 0) & 0xff) === IO_ERROR;
}

/**
 * Says in words for people why a ledger cannot be opened: SQLite keeps its write-ahead log beside the file, and shares memory
 * there even with those who only read. It does not say why it cannot.
 */
export function explainOpen(cause: unknown, path: string): MyxError {
  if (!isReadable(path)) {
    return new MyxError(`Cannot open the ledger "${path}": you have no right to read it`, {
      fix: "Ask its owner for the right to read and write it",
      cause,
    });
  }
  return new MyxError(`Cannot open the ledger "${path}": SQLite makes files beside it, and cannot here`, {
    fix:
      "Free some space if the disk is full. Where the dataset is read-only, copy it with its folder .myx to a place that " +
      "may be written, and work on the copy",
    cause,
  });
}

function isReadable(path: string): boolean {
  try {
    Deno.openSync(path).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.PermissionDenied);
  }
}

/** Switching to the write-ahead log needs the file alone for a moment, and does not wait for that by itself. */
function waitForWal(db: DatabaseSync): void {
  for (const start = Date.now();;) {
    try {
      return db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    } catch (error) {
      if (!/locked|busy/i.test(String(error)) || Date.now() - start > BUSY_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** Gives a damaged ledger another name, with what SQLite keeps beside it. */
export function setAside(path: string): string {
  const aside = `${path}.damaged-${Date.now()}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    if (isThere(path + suffix, "isFile")) Deno.renameSync(path + suffix, aside + suffix);
  }
  return aside;
}
