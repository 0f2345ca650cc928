import { type Database, loadInTurn, lockFor } from "myx";
import { type FoundTable, lockTable } from "./catalog.ts";
import type { LoadedColumn } from "./columns.ts";
import type { Feed } from "./feed.ts";
import { type Change, changeOf, distrust, type Input, type Inputs, isFresh, type Ownership } from "./inputs.ts";
import { dropEntry, readEntry, type UnitKey, writeEntry } from "./ledger.ts";
import type { Reader } from "./reader.ts";
import type { Schema } from "./tables.ts";

/** A unit that is being loaded. */
export interface LockedUnit extends UnitKey {
  /** Name and type of each column of its table, which nobody alters meanwhile; none if there is no table. */
  readonly there: ReadonlyMap<string, string>;
}

/** How the rows of a unit are written: as wide or as long ones. */
export interface Writer {
  /**
   * Refuses what could not be told apart in the table; `recorded` is what the ledger says of its units.
   *
   * @throws {TypeError} Naming both sides.
   */
  check(target: string, columns: ReadonlyMap<Feed, readonly LoadedColumn[]>, recorded: readonly Inputs[]): void;
  /** The statement that makes the table for these columns. */
  create(target: string, columns: readonly LoadedColumn[]): string;
  /** Whether a table is fit for these columns as it is. */
  fits(found: FoundTable, columns: readonly LoadedColumn[]): boolean;
  /** Makes the table fit for the columns of all units that follow. */
  prepare(db: Database, target: string, columns: readonly LoadedColumn[]): Promise<void>;
  /** Names the part of the table that a unit fills; two sources of one device, which are two units, fill the same. */
  partOf(unit: string): string;
  /** Whether a table with the columns `there` has lost some that `input` filled. */
  lacks(there: ReadonlyMap<string, string>, input: Input): boolean;
  /** How many rows the table has of the unit. */
  count(db: Database, key: UnitKey): Promise<number>;
  /** The same for all units of a table, by {@linkcode UnitKey.unit}; a unit that is not there has no rows. */
  countAll(db: Database, target: string, keys: readonly UnitKey[]): Promise<Map<string, number>>;
  /** Puts the rows of `feeds` in place of those the table has. Returns how many the unit has then. */
  write(
    db: Database,
    unit: LockedUnit,
    feeds: ReadonlyMap<Feed, readonly LoadedColumn[]>,
    change: Change,
  ): Promise<number>;
}

/** What all units of a run share. */
export interface Loading {
  readonly schema: Schema;
  readonly writer: Writer;
  readonly reader: Reader;
  /** Whether anything is replaced: what a load reads of the ledger. */
  readonly replace: boolean;
  /** On days that nobody asked for nothing is replaced: what is gone stays. */
  ownershipOf(unit: string): Ownership;
  /** The table that a file of this name would go into. */
  tableOf(file: string): string | undefined;
}

/**
 * Brings one unit to what `feeds` say, in one transaction: the advisory lock first and then that of the table, so that what
 * the ledger and the catalog say is read after every run that came before has committed. Returns the rows written, or `undefined` if there was nothing to do.
 */
export async function loadUnit(
  db: Database,
  key: UnitKey,
  feeds: ReadonlyMap<Feed, readonly LoadedColumn[]>,
  loading: Loading,
): Promise<number | undefined> {
  return await loadInTurn(db, (db) => write(db, key, feeds, loading));
}

async function write(
  db: Database,
  key: UnitKey,
  feeds: ReadonlyMap<Feed, readonly LoadedColumn[]>,
  { schema, writer, ownershipOf }: Loading,
): Promise<number | undefined> {
  const ownership = ownershipOf(key.unit);
  await lockFor(db, `unit ${schema.sql(key.target)} ${key.unit}`);
  const there = await lockTable(db, schema.sql(key.target));
  const entry = await readEntry(db, schema, key);
  const whole = entry !== undefined && (there.size ? await writer.count(db, key) : 0) === entry.rows;
  // Whose rows are missing, nobody knows: all who fed the unit have to load it again.
  const recorded = whole ? entry.inputs : distrust(entry?.inputs ?? {});
  if (whole && isFresh(recorded, [...feeds.keys()], ownership)) return undefined;
  const names = new Map([...feeds].map(([feed, columns]) => [feed, columns.map(({ target }) => target)]));
  const change = changeOf(recorded, names, ownership);
  const rows = there.size ? await writer.write(db, { ...key, there }, feeds, change) : 0;
  if (rows === 0 && Object.keys(change.inputs).length === 0) await dropEntry(db, schema, key);
  else await writeEntry(db, schema, { ...key, rows, inputs: change.inputs });
  return rows;
}
