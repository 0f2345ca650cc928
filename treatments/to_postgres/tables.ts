import { type Column, type ColumnType, type Database, type FieldType, lockFor, quoteName } from "myx";
import { type FoundTable, tableColumns } from "./catalog.ts";
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

/** The fixed columns of a long table. */
const LONG = { ts: "timestamptz", device_id: "text", domain: "text", sensor: "text", value: "double precision" };
const LONG_KEY = ["ts", "device_id", "domain", "sensor"];
const FLAG = "quality_flag";

/** The statement that makes a wide table. */
export function createWide(sql: string, columns: readonly LoadedColumn[]): string {
  const list = [...wideTypes(columns)].map(([column, type]) => `, ${quoteName(column)} ${type}`);
  return `create table ${sql} (ts timestamptz primary key${list.join("")})`;
}

/** The types of the columns of a wide table, by name. */
function wideTypes(columns: readonly LoadedColumn[]): Map<string, FieldType> {
  const wanted = new Map<string, FieldType>();
  for (const { target, type } of columns) {
    // Whole numbers in one file, fractions in another: the wider holds both.
    if (wanted.get(target) !== "double precision") wanted.set(target, TYPES[type]);
  }
  return wanted;
}

/** Whether a table is a wide one that lacks nothing of `columns`. */
export function fitsWide({ columns: there, isView }: FoundTable, columns: readonly LoadedColumn[]): boolean {
  return !isView && otherForm(there, ["ts"]) === undefined &&
    columns.every(({ target, type }) => [TYPES[type], "double precision"].includes(there.get(target) ?? ""));
}

/** The statement that makes a long table, with `quality_flag` where there are `flags`. */
export function createLong(sql: string, flags: boolean): string {
  const list = Object.entries(longColumns(flags)).map(([column, type]) => `${column} ${type}`);
  return `create table ${sql} (${list.join(", ")}, primary key (${LONG_KEY.join(", ")}))`;
}

/** Whether a table is a long one that lacks nothing, with `quality_flag` where there are `flags`. */
export function fitsLong({ columns: there, isView }: FoundTable, flags: boolean): boolean {
  return !isView && Object.entries(longColumns(flags)).every(([column, type]) => there.get(column) === type);
}

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
  const wanted = wideTypes(columns);
  await alter(db, sql, async (db) => {
    const present = await tableColumns(db, sql);
    if (present.size === 0) return void await db.query(createWide(sql, columns));
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
    if (present.size === 0) return void await db.query(createLong(sql, flags));
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

/** The column by which a table is not one of this key. */
function otherForm(present: ReadonlyMap<string, string>, key: readonly string[]): string | undefined {
  const missing = key.find((column) => !present.has(column));
  const foreign = missing ?? (present.get("ts") === "timestamptz" ? undefined : "ts");
  // A long table has the column ts, too; loading it as wide would empty its days.
  return foreign ?? (key.length === 1 && LONG_KEY.every((column) => present.has(column)) ? "device_id" : undefined);
}

function checkKey(table: string, present: ReadonlyMap<string, string>, key: readonly string[]): void {
  const column = otherForm(present, key);
  if (column === undefined) return;
  throw new TypeError(
    `Cannot load table "${table}": it exists in another form (column "${column}"); drop it, or change ` +
      "table_prefix or layout",
  );
}

function refuse(table: string, column: string, there: string, wanted: string): never {
  throw new TypeError(
    `Cannot load column "${column}" into table "${table}": it is ${there} there, not ${wanted}; change its type, drop it, ` +
      "or change table_prefix",
  );
}
