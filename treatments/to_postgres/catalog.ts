/** What the database itself says of tables, and making those that it does not have. */
import { type Database, lockForAll } from "myx";

// With fewer than 6 digits of a second a stamp is rounded: to that of another row, or into the next day.
// Users who set quote_all_identifiers are told of "text" in quotes.
const TYPE = `replace(format_type(atttypid, nullif(atttypmod, 6)), '"text"', 'text')`;
const COLUMNS = "attnum > 0 and not attisdropped";

/** Name and type of each column of a table; none if there is no such table. */
export async function tableColumns(db: Database, table: string): Promise<Map<string, string>> {
  const rows = await db.query<{ name: string; type: string }>(
    `select attname as name, ${TYPE} as type from pg_attribute
     where attrelid = to_regclass($1) and ${COLUMNS} order by attnum`,
    [table],
  );
  return columnMap(rows.map(({ name, type }) => [name, type]));
}

function columnMap(columns: readonly (readonly [string, string])[]): Map<string, string> {
  return new Map(columns.map(([name, type]) => [name, type.replace("timestamp with time zone", "timestamptz")]));
}

/** What the catalog says of a table. */
export interface FoundTable {
  /** Name and type of each column. */
  readonly columns: ReadonlyMap<string, string>;
  /** A view has columns, too, and COPY cannot fill it. */
  readonly isView: boolean;
}

/**
 * So many tables are looked up, or made, at once: asked one by one, of tens of thousands that took most of a load. Their
 * locks fit into what a server has room for.
 */
const TABLES_AT_ONCE = 64;

/** Those of `tables` that are there, in few statements; all as SQL. */
export async function findTables(db: Database, tables: readonly string[]): Promise<Map<string, FoundTable>> {
  const found = new Map<string, FoundTable>();
  for (const some of piecesOf(tables)) {
    const rows = await db.query<{ sql: string; view: boolean; columns: [string, string][] | null }>(
      `select sql, relkind in ('v', 'm') as view, (
         select jsonb_agg(jsonb_build_array(attname, ${TYPE}) order by attnum) from pg_attribute
         where attrelid = pg_class.oid and ${COLUMNS}) as columns
       from jsonb_array_elements_text($1::text::jsonb) as given (sql) join pg_class on pg_class.oid = to_regclass(sql)`,
      [JSON.stringify(some)],
    );
    for (const { sql, view, columns } of rows) {
      if (columns) found.set(sql, { columns: columnMap(columns), isView: view });
    }
  }
  return found;
}

/** A list in pieces of {@linkcode TABLES_AT_ONCE}. */
export function* piecesOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += TABLES_AT_ONCE) yield list.slice(at, at + TABLES_AT_ONCE);
}

/**
 * The same as {@linkcode tableColumns}, of a table that nobody alters or drops from now on, to the end of the transaction:
 * rows are sent as bytes of the types that this says.
 */
export async function lockTable(db: Database, table: string): Promise<Map<string, string>> {
  const [found] = await db.query<{ there: boolean }>("select to_regclass($1) is not null as there", [table]);
  if (!found!.there) return new Map();
  // The lock that writing takes, before anything is written.
  await db.query(`lock table ${table} in row exclusive mode`);
  return await tableColumns(db, table);
}

/**
 * Makes the tables that are not there, each by its statement, in one transaction; says which ones it has made. Whoever makes
 * some of the same waits, as all lock them in one order.
 */
export async function createTables(db: Database, statements: ReadonlyMap<string, string>): Promise<Set<string>> {
  const tables = [...statements.keys()];
  if (tables.length === 0) return new Set();
  return await db.transaction(async (db) => {
    await lockForAll(db, tables.map((sql) => `table ${sql}`));
    const there = await findTables(db, tables);
    const made = tables.filter((sql) => !there.has(sql));
    if (made.length > 0) await db.query(made.map((sql) => statements.get(sql)).join(";\n"));
    return new Set(made);
  });
}
