import { LEDGER_TABLE, quoteName } from "myx";

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
  return { name, table: quoteName(schema, name), ledger: quoteName(schema, LEDGER_TABLE), schema };
}
