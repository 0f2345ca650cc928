import { type Column, type ColumnType, type Database, type FieldType, lockFor, quoteName } from "myx";
import type { LoadedColumn } from "./columns.ts";

/** Names of the tables of one schema, as SQL. */
export interface Schema {
  readonly name: string;
  sql(table: string): string;
}

/** Names in `schema`. */
export function inSchema(schema: string): Schema {
  return { name: schema, sql: (table) => quoteName(schema, table) };
}

const TYPES: Readonly<Record<ColumnType, FieldType>> = { int64: "bigint", float64: "double precision" };
const NUMBERS: readonly string[] = ["bigint", "double precision"];

/** Name and type of each column of a table; none if there is no such table. */
export async function tableColumns(db: Database, table: string): Promise<Map<string, string>> {
  const rows = await db.query<{ name: string; type: string }>(
    // With fewer than 6 digits of a second a stamp is rounded: to that of another row, or into the next day.
    // Users who set quote_all_identifiers are told of "text" in quotes.
    `select attname as name, replace(format_type(atttypid, nullif(atttypmod, 6)), '"text"', 'text') as type
     from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  return new Map(rows.map(({ name, type }) => [name, type.replace("timestamp with time zone", "timestamptz")]));
}

/**
 * The same, of a table that nobody alters or drops from now on, to the end of the transaction: rows are sent as bytes of
 * the types that this says.
 */
export async function lockTable(db: Database, table: string): Promise<Map<string, string>> {
  const { size } = await tableColumns(db, table);
  if (size === 0) return new Map();
  // The lock that writing takes, before anything is written.
  await db.query(`lock table ${table} in row exclusive mode`);
  return await tableColumns(db, table);
}

/** The fixed columns of a long table. */
const LONG = { ts: "timestamptz", device_id: "text", domain: "text", sensor: "text", value: "double precision" };
const LONG_KEY = ["ts", "device_id", "domain", "sensor"];
const FLAG = "quality_flag";

function longColumns(flags: boolean): Readonly<Record<string, string>> {
  return flags ? { ...LONG, [FLAG]: "integer" } : LONG;
}

/**
 * Makes a wide table, or adds to it what it lacks: only ever more, so a kill in between does no harm. `onAdded` hears of
 * columns that a table did not have, in the transaction that adds them.
 *
 * @throws {TypeError} If it has a column that cannot hold what is loaded.
 */
export async function prepareWide(
  db: Database,
  { name, sql }: { name: string; sql: string },
  columns: readonly LoadedColumn[],
  onAdded: (db: Database, added: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const wanted = new Map<string, FieldType>();
  for (const { target, type } of columns) {
    // Whole numbers in one file, fractions in another: the wider holds both.
    if (wanted.get(target) !== "double precision") wanted.set(target, TYPES[type]);
  }
  await alter(db, sql, async (db) => {
    const present = await tableColumns(db, sql);
    if (present.size === 0) {
      const list = [...wanted].map(([column, type]) => `, ${quoteName(column)} ${type}`);
      await db.query(`create table ${sql} (ts timestamptz primary key${list.join("")})`);
      return;
    }
    await checkKind(db, name, sql);
    checkKey(name, present, ["ts"]);
    const changes = [...wanted].flatMap(([column, type]) => {
      const there = present.get(column);
      if (there === undefined) return [`add column ${quoteName(column)} ${type}`];
      if (!NUMBERS.includes(there)) refuse(name, column, there, type);
      return there === "bigint" && type !== there ? [`alter column ${quoteName(column)} type ${type}`] : [];
    });
    if (changes.length) await db.query(`alter table ${sql} ${changes.join(", ")}`);
    const added = [...wanted.keys()].filter((column) => !present.has(column));
    if (added.length) await onAdded(db, added);
  });
}

/**
 * Makes a long table, with `quality_flag` where there are `flags`. `onAdded` hears where a table did not have it, in the
 * transaction that adds it.
 *
 * @throws {TypeError} If there is a table of another form.
 */
export async function prepareLong(
  db: Database,
  { name, sql }: { name: string; sql: string },
  flags: boolean,
  onAdded: (db: Database) => Promise<void>,
): Promise<void> {
  await alter(db, sql, async (db) => {
    const present = await tableColumns(db, sql);
    if (present.size === 0) {
      const list = Object.entries(longColumns(flags)).map(([column, type]) => `${column} ${type}`);
      await db.query(`create table ${sql} (${list.join(", ")}, primary key (${LONG_KEY.join(", ")}))`);
      return;
    }
    await checkKind(db, name, sql);
    checkLong(name, present, flags && present.has(FLAG));
    if (!flags || present.has(FLAG)) return;
    await db.query(`alter table ${sql} add column ${FLAG} integer`);
    await onAdded(db);
  });
}

/**
 * The types by which `columns` are sent to a wide table that has the columns `there`.
 *
 * @throws {TypeError} If one cannot hold what is sent.
 */
export function fieldTypes(
  table: string,
  there: ReadonlyMap<string, string>,
  columns: readonly Pick<Column, "name" | "type">[],
): FieldType[] {
  return columns.map(({ name, type }) => {
    const found = there.get(name) ?? "missing";
    if (found !== TYPES[type] && found !== "double precision") refuse(table, name, found, TYPES[type]);
    return found as FieldType;
  });
}

/**
 * Checks the columns of a long table, with `quality_flag` where there are `flags`.
 *
 * @throws {TypeError} If one is missing, or has another type.
 */
export function checkLong(table: string, there: ReadonlyMap<string, string>, flags: boolean): void {
  checkKey(table, there, LONG_KEY);
  for (const [column, type] of Object.entries(longColumns(flags))) {
    const found = there.get(column);
    if (found !== type) refuse(table, column, found ?? "missing", type);
  }
}

/** One run at a time changes tables: two that make one at once would both find it missing. */
async function alter(db: Database, sql: string, change: (db: Database) => Promise<void>): Promise<void> {
  await db.transaction(async (db) => {
    await lockFor(db, `table ${sql}`);
    await change(db);
  });
}

/** A view has columns, too, and COPY cannot fill it. */
async function checkKind(db: Database, table: string, sql: string): Promise<void> {
  const views = await db.query("select 1 from pg_class where oid = to_regclass($1) and relkind in ('v', 'm')", [sql]);
  if (views.length === 0) return;
  throw new TypeError(`Cannot load table "${table}": a view has its name; drop or rename that, or change table_prefix`);
}

function checkKey(table: string, present: ReadonlyMap<string, string>, key: readonly string[]): void {
  const missing = key.find((column) => !present.has(column));
  const foreign = missing ?? (present.get("ts") === "timestamptz" ? undefined : "ts");
  // A long table has the column ts, too; loading it as wide would empty its days.
  const other = key.length === 1 && LONG_KEY.every((column) => present.has(column)) ? "device_id" : undefined;
  if (foreign === undefined && other === undefined) return;
  throw new TypeError(
    `Cannot load table "${table}": it exists in another form (column "${foreign ?? other}"); drop it, or change ` +
      "table_prefix or layout",
  );
}

function refuse(table: string, column: string, there: string, wanted: string): never {
  throw new TypeError(
    `Cannot load column "${column}" into table "${table}": it is ${there} there, not ${wanted}; change its type, drop it, ` +
      "or change table_prefix",
  );
}
