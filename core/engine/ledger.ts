import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { explainDisk, explainReading } from "./disk_error.ts";
import { faultPoint } from "./fault_point.ts";
import { isThere } from "../contract/project.ts";
import { connect, IN_MEMORY, setAside } from "./ledger_file.ts";
import type { FileStat } from "./folder.ts";
import { makeShared } from "./shared_state.ts";
import type { Sealed, SealedReport } from "./seal.ts";

/** A computed partition, as recorded. */
export interface UnitRecord {
  readonly key: string;
  /** Hash of the treatment's code, its version and the file format. */
  readonly code: string;
  /** Hash of the effective params, bounds left out. */
  readonly params: string;
  /** Canonical JSON of input names, roles, content hashes and clipped bounds. */
  readonly inputs: string;
  /** Names it wrote. */
  readonly outputs: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  /** A short hash of code, params and inputs: what an output says it was made from. */
  readonly print: string;
}

/** A published file, as recorded. */
export interface OutputRecord {
  readonly name: string;
  readonly sha256: string;
  /** Canonical JSON of the partitions it was made from, by key, with a hash of what each read. */
  readonly madeFrom: string;
}

/** What is known of a file's content while its stat stays the same. */
export interface ContentRecord extends FileStat {
  readonly sha256: string;
  /** When it was recorded, in milliseconds since 1970: a file changed within that second may look untouched. */
  readonly seenMs: number;
  readonly rows: number | null;
  readonly distinctTs: number | null;
}

/** How a run came to its end. */
export type EndedRun = "success" | "up-to-date" | "error" | "interrupted";

/** The last run of a flow, as recorded. */
export interface LastRun {
  readonly run_id: string;
  /** ISO 8601, in UTC. */
  readonly started: string;
  readonly status: EndedRun | "started";
}

/**
 * Contents, with numbers as JavaScript has them: to take years of files for big ones costs more than all else about them. An
 * inode may use all 64 bits, and was told as a number without a sign.
 */
const CONTENTS = `
  SELECT path, size, mtime_ns / 1000000, ctime_ns / 1000000,
    CASE WHEN inode < 0 THEN inode + 18446744073709551616.0 ELSE CAST(inode AS REAL) END,
    sha256, seen_ns / 1000000, rows, distinct_ts
  FROM content WHERE path > ? AND path < ?`;
type ContentRow = [
  path: string,
  size: number,
  mtimeMs: number,
  ctimeMs: number,
  inode: number,
  sha256: string,
  seenMs: number,
  rows: number | null,
  distinctTs: number | null,
];

const UNITS = "SELECT key, code, params, inputs, outputs, metrics, print FROM unit WHERE folder = ?";
type UnitRow = [
  key: string,
  code: string,
  params: string,
  inputs: string,
  outputs: string,
  metrics: string,
  print: string,
];

const OUTPUTS = "SELECT name, sha256, made_from FROM output WHERE folder = ?";
type OutputRow = [name: string, sha256: string, madeFrom: string];

/**
 * The record of what each output was made from, in SQLite. It can be deleted at any time: then everything counts as not
 * yet computed.
 */
export class Ledger {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #readOnly: boolean;
  /** Contents that are not written yet, by path: to lose one costs no more than reading its file again. */
  readonly #contents = new Map<string, ContentRecord>();

  private constructor(db: DatabaseSync, readOnly: boolean) {
    this.#db = db;
    this.#readOnly = readOnly;
  }

  /** Opens the ledger in `folder` (`.myx`). One that is damaged is set aside, under the name that `onDamage` is told. */
  static open(folder: string, onDamage: (aside: string) => void): Ledger {
    makeShared(folder);
    const path = `${folder}/state.sqlite`;
    const db = connect(path);
    if (db) return new Ledger(db, false);
    onDamage(setAside(path));
    return new Ledger(connect(path)!, false);
  }

  /** Opens the ledger in `folder` to look at it. Nothing is written, and one that is not there or damaged counts as empty. */
  static look(folder: string): Ledger {
    const path = `${folder}/state.sqlite`;
    let db: DatabaseSync | undefined;
    try {
      if (isThere(path, "isFile")) db = connect(path, { readOnly: true });
    } catch (error) {
      throw explainReading(error, `the ledger "${path}"`);
    }
    return new Ledger(db ?? connect(IN_MEMORY)!, true);
  }

  /** Closes the file. */
  close(): void {
    try {
      if (this.#contents.size) this.transaction(() => {});
    } catch {
      // The next run reads those files again.
    }
    this.#db.close();
  }

  /** Runs `change` as one transaction, which also takes the contents that are not written yet. */
  transaction(change: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const [path, record] of this.#contents) this.#writeContent(path, record);
      change();
      faultPoint("commit");
      this.#db.exec("COMMIT");
      this.#contents.clear();
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw explainDisk(error, `the ledger "${this.#db.location()}"`);
    }
  }

  /** What is recorded of the content of all files directly below `folder`, by path. */
  contents(folder: string): Map<string, ContentRecord> {
    if (this.#contents.size) this.transaction(() => {});
    // "0" is the code unit behind "/": the range holds what starts with "folder/".
    const contents = new Map<string, ContentRecord>();
    for (const row of this.#rows<ContentRow>(CONTENTS, `${folder}/`, `${folder}0`)) {
      const [path, size, mtimeMs, ctimeMs, inode, sha256, seenMs, rows, distinctTs] = row;
      contents.set(path, { size, mtimeMs, ctimeMs, inode, sha256, seenMs, rows, distinctTs });
    }
    return contents;
  }

  /** Records a file's content, with the next transaction: one for each of thousands takes longer than reading them. */
  putContent(path: string, record: ContentRecord): void {
    if (!this.#readOnly) this.#contents.set(path, record);
  }

  #writeContent(path: string, record: ContentRecord): void {
    this.#write(
      "INSERT OR REPLACE INTO content VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      path,
      record.size,
      toNs(record.mtimeMs),
      toNs(record.ctimeMs),
      BigInt.asIntN(64, BigInt(record.inode)), // Some file systems use all 64 bits.
      record.sha256,
      toNs(record.seenMs),
      record.rows,
      record.distinctTs,
    );
  }

  /** All partitions recorded for an output folder, by key. */
  units(folder: string): Map<string, UnitRecord> {
    const units = new Map<string, UnitRecord>();
    for (const row of this.#rows<UnitRow>(UNITS, folder)) {
      const [key, code, params, inputs, outputs, metrics, print] = row;
      units.set(key, { key, code, params, inputs, outputs: JSON.parse(outputs), metrics: JSON.parse(metrics), print });
    }
    return units;
  }

  /** Names that the partitions recorded for an output folder wrote, without those of the keys `but`. */
  made(folder: string, { but }: { readonly but: readonly string[] }): Set<string> {
    const rows = this.#prepare(
      "SELECT DISTINCT outputs FROM unit WHERE folder = ? AND key NOT IN (SELECT value FROM json_each(?))",
    ).all(folder, JSON.stringify(but));
    return new Set(rows.flatMap(({ outputs }) => JSON.parse(outputs as string) as string[]));
  }

  /** Records a partition. */
  putUnit(folder: string, unit: UnitRecord, runId: string): void {
    this.#write(
      "INSERT OR REPLACE INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      folder,
      unit.key,
      unit.code,
      unit.params,
      unit.inputs,
      JSON.stringify(unit.outputs),
      JSON.stringify(unit.metrics),
      unit.print,
      runId,
    );
  }

  /** Forgets a partition. */
  dropUnit(folder: string, key: string): void {
    this.#write("DELETE FROM unit WHERE folder = ? AND key = ?", folder, key);
  }

  /** All files recorded for an output folder, by name. */
  outputs(folder: string): Map<string, OutputRecord> {
    const outputs = new Map<string, OutputRecord>();
    for (const [name, sha256, madeFrom] of this.#rows<OutputRow>(OUTPUTS, folder)) {
      outputs.set(name, { name, sha256, madeFrom });
    }
    return outputs;
  }

  /** Records a published file. */
  putOutput(folder: string, output: OutputRecord, runId: string): void {
    this.#write(
      "INSERT OR REPLACE INTO output VALUES (?, ?, ?, ?, ?)",
      folder,
      output.name,
      output.sha256,
      output.madeFrom,
      runId,
    );
    this.#write("DELETE FROM retired WHERE folder = ? AND name = ?", folder, output.name);
  }

  /** Forgets a published file because its partition no longer makes it; followers may then remove theirs too. */
  retireOutput(folder: string, name: string): void {
    this.#write("DELETE FROM output WHERE folder = ? AND name = ?", folder, name);
    this.#write("INSERT OR REPLACE INTO retired VALUES (?, ?)", folder, name);
  }

  /** Names that were retired from a folder and not published again. */
  retired(folder: string): Set<string> {
    const rows = this.#prepare("SELECT name FROM retired WHERE folder = ?").all(folder);
    return new Set(rows.map((row) => row.name as string));
  }

  /** What was reported of a step when it was sealed, if its seal is `seal`. */
  sealed(folder: string, seal: string): SealedReport | undefined {
    if (!this.#hasTable("sealed")) return undefined;
    const row = this.#prepare("SELECT report FROM sealed WHERE folder = ? AND seal = ?").get(folder, seal);
    return row && JSON.parse(row.report as string);
  }

  /** Seals steps by their folders. Any other record breaks all seals. */
  seal(steps: ReadonlyMap<string, Sealed>): void {
    for (const [folder, { seal, report }] of steps) {
      this.#write("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?)", folder, seal, JSON.stringify(report));
    }
  }

  /** Notes that a run of a flow begins. */
  startRun(flow: string, runId: string): void {
    const started = new Date().toISOString();
    this.#write("INSERT OR REPLACE INTO run VALUES (?, ?, ?, 'started')", flow, runId, started);
  }

  /** Notes how a run ended. */
  endRun(runId: string, status: EndedRun): void {
    this.#write("UPDATE run SET status = ? WHERE run_id = ?", status, runId);
  }

  /** The last run of a flow; one that is `started` is under way, or was killed. */
  lastRun(flow: string): LastRun | undefined {
    if (!this.#hasTable("run")) return undefined;
    const row = this.#prepare("SELECT run_id, started, status FROM run WHERE flow = ?").get(flow);
    return row && { run_id: row.run_id, started: row.started, status: row.status } as unknown as LastRun;
  }

  /** A ledger that is only looked at may be older than a table. */
  #hasTable(name: string): boolean {
    return this.#prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !== undefined;
  }

  /** Runs a statement that writes. */
  #write(sql: string, ...values: readonly SQLInputValue[]): void {
    try {
      this.#prepare(sql).run(...values);
    } catch (error) {
      throw explainDisk(error, `the ledger "${this.#db.location()}"`);
    }
  }

  /** Rows as arrays, at once: of years of files, objects one by one take three times as long, and twice the memory. */
  #rows<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    const statement = this.#prepare(sql) as StatementSync & ArrayStatement;
    statement.setReturnArrays(true);
    return statement.all(...values) as unknown[] as Row[];
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** The table has nanoseconds, as that of an earlier version; Deno tells milliseconds. */
function toNs(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

/** What Deno does and its types do not tell. */
interface ArrayStatement {
  setReturnArrays(enabled: boolean): void;
}
