import { type Database, quoteName } from "myx";

/** Names of the tables, as SQL. */
export interface Target {
  /** Name of the table that is loaded. */
  readonly name: string;
  readonly table: string;
  readonly ledger: string;
  readonly schema: string;
}

/** Names in `schema`. */
export function targetOf(schema: string, name: string): Target {
  return { name, table: quoteName(schema, name), ledger: quoteName(schema, "myx_ledger"), schema };
}

/** A lock that lasts to the end of the transaction; to_postgres takes locks of the same names for the same things. */
export async function lock(db: Database, what: string): Promise<void> {
  await db.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`myx ${what}`]);
}
