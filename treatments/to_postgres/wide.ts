import { type Column, type Database, encodeRows, type Field, quoteName } from "myx";
import { checkColumns, type LoadedColumn, TS } from "./columns.ts";
import type { Feed } from "./feed.ts";
import type { Change } from "./inputs.ts";
import { distrustColumns } from "./ledger.ts";
import { joinTables } from "./join.ts";
import type { Reader } from "./reader.ts";
import { createWide, fieldTypes, fitsWide, prepareWide, type Schema } from "./tables.ts";
import type { Writer } from "./unit.ts";

const DAY = "ts >= $1::text::timestamptz and ts < $1::text::timestamptz + interval '1 day'";

/** Writes a row per `ts`, a column per column; a unit is a day of the table. */
export function wideWriter(schema: Schema, reader: Reader): Writer {
  const start = (unit: string) => `${unit} 00:00:00+00`;
  return {
    check: checkColumns,
    create: (target, columns) => createWide(schema.sql(target), columns),
    fits: fitsWide,
    async prepare(db, target, columns) {
      // What the ledger says of a column that was there before is not true of the new one.
      const onAdded = (db: Database, added: readonly string[]) =>
        distrustColumns(db, schema, target, (column) => added.includes(column));
      await prepareWide(db, { name: target, sql: schema.sql(target) }, columns, onAdded);
    },
    partOf: (unit) => unit,
    lacks: (there, input) => input.columns.some((name) => !there.has(name)),
    async count(db, { target, unit }) {
      const sql = `select count(*) as rows from ${schema.sql(target)} where ${DAY}`;
      const [counted] = await db.query<{ rows: number }>(sql, [start(unit)]);
      return counted!.rows;
    },
    async countAll(db, target, keys) {
      const days = keys.map(({ unit }) => unit).sort();
      const rows = await db.query<{ unit: string; rows: number }>(
        `select (ts at time zone 'UTC')::date::text as unit, count(*) as rows from ${schema.sql(target)}
         where ts >= $1::text::timestamptz and ts < $2::text::timestamptz + interval '1 day' group by 1`,
        [start(days[0]!), start(days.at(-1)!)],
      );
      return new Map(rows.map(({ unit, rows }) => [unit, rows]));
    },
    async write(db, { target, unit, there }, feeds, change) {
      const table = schema.sql(target);
      const { ts, columns } = readFeeds(feeds, reader);
      const types = fieldTypes(target, there, columns);
      const kept = await sortKept(db, table, keptColumns(there, columns, change), change);
      const keptRows = await setAside(db, table, kept, start(unit));
      await db.query(`delete from ${table} where ${DAY}`, [start(unit)]);
      const fields: Field[] = [
        { type: "timestamptz", values: ts },
        ...columns.map(({ values }, i) => ({ type: types[i]!, values })),
      ];
      const names = [TS, ...columns.map(({ name }) => name)];
      const chunks = thenReadOn(encodeRows(fields, ts.length), db.embedded ? undefined : reader);
      if (keptRows === 0) return await db.copy(table, names, chunks);
      const list = names.map((name) => quoteName(name)).join(", ");
      await db.query(`create temp table myx_new on commit drop as select ${list} from ${table} with no data`);
      await db.copy("myx_new", names, chunks);
      return await joinKept(db, table, names.slice(1), kept);
    },
  };
}

/** Once the last chunk has been sent, the server is busy for a while. */
export function* thenReadOn(chunks: Iterable<Uint8Array>, reader: Reader | undefined): Generator<Uint8Array> {
  yield* chunks;
  reader?.ahead();
}

/** The outer join of a day's files, under the names that the table has for their columns. */
function readFeeds(feeds: ReadonlyMap<Feed, readonly LoadedColumn[]>, reader: Reader) {
  return joinTables(
    [...feeds].filter(([, columns]) => columns.length > 0).map(([feed, columns]) => {
      const table = reader.read(feed);
      const loaded = columns.map(({ name, target }): Column => ({
        ...table.columns.find((column) => column.name === name)!,
        name: target,
      }));
      return { ts: table.ts, columns: loaded };
    }),
  );
}

/**
 * The columns of the day whose values are not this load's to touch. When appending these are all that it does not fill
 * and has not filled before, whoever has: even a ledger that was lost must not cost another device its values.
 */
function keptColumns(
  there: ReadonlyMap<string, string>,
  written: readonly Column[],
  change: Change,
): string[] {
  const taken = new Set([TS, ...written.map(({ name }) => name), ...change.dropped]);
  const kept = change.replace ? change.kept.filter((name) => there.has(name)) : [...there.keys()];
  return kept.filter((name) => !taken.has(name));
}

/** Columns of a day that are not a load's to touch. */
interface Kept {
  /** Those that loads fill: a value there makes a row stay. */
  readonly loaded: readonly string[];
  /** Those that somebody has added with a default: every row has one, so they go with rows that stay for another reason. */
  readonly defaults: readonly string[];
}

/** Tells columns that were added by hand from those of loads, and leaves out what the database alone may write. */
async function sortKept(db: Database, table: string, kept: readonly string[], change: Change): Promise<Kept> {
  if (kept.length === 0) return { loaded: [], defaults: [] };
  const filled = await db.query<{ name: string; always: boolean }>(
    `select attname as name, attgenerated <> '' or attidentity = 'a' as always from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and (atthasdef or attidentity <> '')`,
    [table],
  );
  const known = new Map(
    filled.filter(({ name }) => !change.kept.includes(name)).map(({ name, always }) => [name, always]),
  );
  return {
    loaded: kept.filter((name) => !known.has(name)),
    defaults: kept.filter((name) => known.get(name) === false),
  };
}

/** Keeps the rows of the day that have a value in columns that are kept, or may lack one on purpose; returns how many. */
async function setAside(db: Database, table: string, { loaded, defaults }: Kept, day: string): Promise<number> {
  const kept = [...loaded, ...defaults];
  if (kept.length === 0) return 0;
  const list = [TS, ...kept].map((name) => quoteName(name)).join(", ");
  const some = defaults.length > 0 ? "true" : anyFilled(loaded);
  await db.query(`create temp table myx_kept on commit drop as select ${list} from ${table} with no data`);
  const [counted] = await db.query<{ rows: number }>(
    `with kept as (
       insert into myx_kept select ${list} from ${table} where ${DAY} and (${some}) returning 1)
     select count(*) as rows from kept`,
    [day],
  );
  return counted!.rows;
}

function anyFilled(names: readonly string[]): string {
  return names.map((name) => `${quoteName(name)} is not null`).join(" or ") || "false";
}

/** Fills the day with the outer join of what was copied and what was set aside. */
async function joinKept(
  db: Database,
  table: string,
  written: readonly string[],
  { loaded, defaults }: Kept,
): Promise<number> {
  const names = [...written, ...loaded].map((name) => quoteName(name));
  const values = [
    ...written.map((name) => `n.${quoteName(name)}`),
    ...loaded.map((name) => `k.${quoteName(name)}`),
  ];
  const [counted] = await db.query<{ rows: number }>(
    `with joined as (
       insert into ${table} (${["ts", ...names].join(", ")})
       select ${["coalesce(n.ts, k.ts)", ...values].join(", ")}
       from myx_new n full join (select * from myx_kept where ${anyFilled(loaded)}) k on n.ts = k.ts returning 1)
     select count(*) as rows from joined`,
  );
  if (defaults.length > 0) {
    const changes = defaults.map((name) => `${quoteName(name)} = k.${quoteName(name)}`).join(", ");
    await db.query(`update ${table} t set ${changes} from myx_kept k where t.ts = k.ts`);
  }
  return counted!.rows;
}
