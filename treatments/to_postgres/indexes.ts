import { type Database, lockFor, quoteName } from "myx";
import { tableColumns } from "./catalog.ts";
import type { Schema } from "./tables.ts";

const NAME_BYTES = 63;

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
        const name = await freeName(db, schema, target, columns);
        if (name) await db.query(`create index ${quoteName(name)} on ${schema.sql(target)} (${list})`);
      });
    }
  }
  return [...unused];
}

/** What an index on `columns` is to be called; none if it is there. */
async function freeName(
  db: Database,
  schema: Schema,
  target: string,
  columns: readonly string[],
): Promise<string | undefined> {
  const plain = `${target}_${columns.join("_")}_idx`;
  // The plain name of the column a_b is that of the columns a and b.
  const names = [shorten(plain), withNumber(plain, JSON.stringify([target, columns]))];
  const taken = [await indexAt(db, schema, names[0]!), await indexAt(db, schema, names[1]!)];
  const there = taken.some((index) => index?.target === schema.sql(target) && sameList(index.columns, columns));
  // Where both are taken the database says so.
  return there ? undefined : names[taken[0] ? 1 : 0];
}

/** What is called so in the schema: of an index its table, as SQL, and its columns. */
async function indexAt(
  db: Database,
  schema: Schema,
  name: string,
): Promise<{ target?: string; columns: readonly string[] } | undefined> {
  const [found] = await db.query<{ target: string | null; columns: readonly string[] | null }>(
    `select relname as target, (
       select jsonb_agg(attname order by place) from unnest(indkey) with ordinality as keys (number, place)
       join pg_attribute on attrelid = indrelid and attnum = number) as columns
     from (select to_regclass($1) as oid) named left join pg_index on indexrelid = named.oid
     left join pg_class on pg_class.oid = indrelid where named.oid is not null`,
    [schema.sql(name)],
  );
  if (!found) return undefined;
  return { ...(found.target === null ? {} : { target: schema.sql(found.target) }), columns: found.columns ?? [] };
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, i) => name === other[i]);
}

/** The same for the same name, and short enough: a long one ends in a number made of all of it. */
function shorten(name: string): string {
  return new TextEncoder().encode(name).length <= NAME_BYTES ? name : withNumber(name, name);
}

/** `name`, cut where it is too long, and a number made of `text`. */
function withNumber(name: string, text: string): string {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  const bytes = new TextEncoder().encode(name).subarray(0, NAME_BYTES - 9);
  return `${new TextDecoder().decode(bytes).replace(/\ufffd$/, "")}_${hash.toString(16).padStart(8, "0")}`;
}
