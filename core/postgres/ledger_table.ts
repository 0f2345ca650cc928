/** The table in which loaders note, in the transaction that loads, what each part of a table was made from. */
import type { Database } from "./connection.ts";
import { nameFault, quoteName } from "./identifier.ts";

/** The table, beside those that are loaded, that says what each part of them was made from. */
export const LEDGER_TABLE = "myx_ledger";

/** Another run may have come between; what it waited for is done then. */
const TRIES = 3;
/** Serialization failure and deadlock. */
const AGAIN = ["40001", "40P01"];

/** Runs `load` in a transaction, and anew, three times in all, where PostgreSQL ends it in favour of another one. */
export async function loadInTurn<T>(db: Database, load: (db: Database) => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await db.transaction(load);
    } catch (error) {
      if (tries === TRIES || !AGAIN.includes((error as { code?: string }).code ?? "")) throw error;
    }
  }
}

/** Takes a lock of all myx on the same thing, to the end of the transaction. */
export async function lockFor(db: Database, what: string): Promise<void> {
  await db.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`myx ${what}`]);
}

/** Takes locks as `lockFor` does, in an order that is the same for all: two who want some of the same do not lock each other out. */
export async function lockForAll(db: Database, what: readonly string[]): Promise<void> {
  await db.query(
    `select pg_advisory_xact_lock(key) from (
       select distinct hashtextextended(name, 0) as key from jsonb_array_elements_text($1::text::jsonb) as given (name)
       order by key offset 0) ordered`,
    [JSON.stringify(what.map((name) => `myx ${name}`))],
  );
}

/**
 * Makes the ledger, and its schema, where they are missing.
 *
 * @throws {TypeError} If PostgreSQL would cut the schema's name.
 */
export async function prepareLedger(db: Database, schema: string): Promise<void> {
  const fault = nameFault(schema);
  if (fault) throw new TypeError(`Cannot load into schema "${schema}": ${fault}; shorten schema`);
  const table = quoteName(schema, LEDGER_TABLE);
  const [there] = await db.query<{ there: boolean }>("select to_regclass($1) is not null as there", [table]);
  if (there!.there) return;
  await db.transaction(async (db) => {
    await lockFor(db, "ledger");
    const known = await db.query("select 1 from pg_namespace where nspname = $1", [schema]);
    if (known.length === 0) await db.query(`create schema ${quoteName(schema)}`);
    await db.query(
      `create table if not exists ${table} (
         target text, unit text, fingerprint text not null, rows bigint not null, loaded_at timestamptz not null,
         inputs jsonb not null, primary key (target, unit))`,
    );
  });
}
