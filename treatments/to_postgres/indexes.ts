import { type Database, lockFor, quoteName } from "myx";
import { tableColumns } from "./catalog.ts";
import type { Schema } from "./tables.ts";

/**
 * Makes the indexes asked for, each a list of columns, on every table that has them. Returns those that fit no table.
 */
export async function makeIndexes(
  db: Database,
  schema: Schema,
  targets: readonly string[],
  indexes: readonly string[],
): Promise<string[]> {
  if (indexes.length === 0) return [];
  const unused = new Set(indexes);
  for (const target of targets) {
    const there = await tableColumns(db, schema.sql(target));
    for (const index of indexes) {
      const columns = index.split(",").map((column) => column.trim());
      if (!columns.every((column) => there.has(column))) continue;
      unused.delete(index);
      const list = columns.map((column) => quoteName(column)).join(", ");
      await db.transaction(async (db) => {
        await lockFor(db, `table ${schema.sql(target)}`);
        if (await hasIndex(db, schema.sql(target), columns)) return;
        // PostgreSQL finds a name that is free: a table that somebody renamed has taken its indexes along, with their names.
        await db.query(`create index on ${schema.sql(target)} (${list})`);
      });
    }
  }
  return [...unused];
}

/** Whether a table has an index on just these columns, in this order, whatever that is called. */
async function hasIndex(db: Database, table: string, columns: readonly string[]): Promise<boolean> {
  const found = await db.query(
    `select 1 from pg_index join pg_class on pg_class.oid = indexrelid join pg_am on pg_am.oid = relam
     where indrelid = to_regclass($1) and indisvalid and indnkeyatts = indnatts and indpred is null and indexprs is null
     and amname = 'btree' and (
       select jsonb_agg(attname order by place) from unnest(indkey) with ordinality as keys (number, place)
       join pg_attribute on attrelid = indrelid and attnum = number) = $2::text::jsonb`,
    [table, JSON.stringify(columns)],
  );
  return found.length > 0;
}
