import { type Database, LEDGER_TABLE } from "myx";
import { distrust, type Input, type Inputs } from "./inputs.ts";
import type { Schema } from "./tables.ts";

/** What the ledger says of one unit. */
export interface Entry {
  readonly target: string;
  readonly unit: string;
  readonly rows: number;
  readonly inputs: Inputs;
}

/** Which part of which table. */
export interface UnitKey {
  readonly target: string;
  readonly unit: string;
}

/** All entries of `targets`, or all there are. */
export async function readEntries(db: Database, schema: Schema, targets?: readonly string[]): Promise<Entry[]> {
  const table = schema.sql(LEDGER_TABLE);
  if (!targets) return await db.query<Entry>(`select target, unit, rows, inputs from ${table}`);
  return await db.query<Entry>(
    `select target, unit, rows, inputs from ${table}
     where target in (select jsonb_array_elements_text($1::text::jsonb))`,
    [JSON.stringify(targets)],
  );
}

/** The entry of one unit. */
export async function readEntry(db: Database, schema: Schema, { target, unit }: UnitKey): Promise<Entry | undefined> {
  const [entry] = await db.query<Entry>(
    `select target, unit, rows, inputs from ${schema.sql(LEDGER_TABLE)} where target = $1 and unit = $2`,
    [target, unit],
  );
  return entry;
}

/** Says what a unit holds now; its fingerprint is that of all inputs. */
export async function writeEntry(
  db: Database,
  schema: Schema,
  { target, unit, rows, inputs }: Entry,
): Promise<void> {
  const ordered = Object.fromEntries(Object.keys(inputs).sort().map((id) => [id, inputs[id]]));
  await db.query(
    `insert into ${schema.sql(LEDGER_TABLE)} (target, unit, fingerprint, rows, loaded_at, inputs)
     values ($1, $2, encode(sha256(convert_to($3::text, 'UTF8')), 'hex'), $4::text::bigint, now(), $3::text::jsonb)
     on conflict (target, unit) do update set fingerprint = excluded.fingerprint, rows = excluded.rows,
       loaded_at = excluded.loaded_at, inputs = excluded.inputs`,
    [target, unit, JSON.stringify(ordered), String(rows)],
  );
}

/** Has loaded again what filled the columns of a table that `test` names: they are empty now. */
export async function distrustColumns(
  db: Database,
  schema: Schema,
  target: string,
  test: (column: string) => boolean,
): Promise<void> {
  const filled = (input: Input) => input.columns.some(test);
  for (const entry of await readEntries(db, schema, [target])) {
    if (!Object.values(entry.inputs).some(filled)) continue;
    await writeEntry(db, schema, { ...entry, inputs: distrust(entry.inputs, filled) });
  }
}

/** Forgets the units of those of `targets` that are not there any more: what was loaded into them is gone, whoever fed them. */
export async function forgetDropped(db: Database, schema: Schema, targets: readonly string[]): Promise<void> {
  const tables = targets.map((name) => ({ name, sql: schema.sql(name) }));
  await db.query(
    `delete from ${schema.sql(LEDGER_TABLE)} where target in (
       select name from jsonb_to_recordset($1::text::jsonb) as given (name text, sql text)
       where to_regclass(sql) is null)`,
    [JSON.stringify(tables)],
  );
}

/** Forgets a unit that holds nothing any more. */
export async function dropEntry(db: Database, schema: Schema, { target, unit }: UnitKey): Promise<void> {
  await db.query(`delete from ${schema.sql(LEDGER_TABLE)} where target = $1 and unit = $2`, [target, unit]);
}
