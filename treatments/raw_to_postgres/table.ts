import { type Database, formatStamp, lockFor, quoteName } from "myx";
import { HOUR_US, type HourId, hourKey } from "./hours.ts";
import type { Target } from "./target.ts";
import { noticeEmpty, watchTable } from "./watch_table.ts";

/** The columns of the table. */
export const COLUMNS = ["Time", "device_id", "sensor", "value"] as const;
const TYPES = ["timestamp with time zone", "text", "text", "double precision"];
const KEY = COLUMNS.slice(0, 3);

/**
 * Makes the table if it is not there, and has the ledger told from now on when others take rows out of it.
 *
 * @throws {TypeError} If there is a table of another form.
 */
export async function prepareTable(db: Database, target: Target): Promise<void> {
  if (await hasTable(db, target) && await watchTable(db, target, "look")) return await noticeEmpty(db, target);
  await db.transaction(async (db) => {
    await lockFor(db, `table ${target.table}`);
    if (!await hasTable(db, target)) {
      const list = COLUMNS.map((name, i) => `${quoteName(name)} ${TYPES[i]}`).join(", ");
      const key = KEY.map((name) => quoteName(name)).join(", ");
      await db.query(`create table ${target.table} (${list}, primary key (${key}))`);
    }
    await watchTable(db, target, "begin");
  });
}

async function hasTable(db: Database, { name, table }: Target): Promise<boolean> {
  const columns = await db.query<{ name: string; type: string }>(
    // With fewer than 6 digits of a second a stamp is rounded: to that of another row, or into the next hour.
    // Users who set quote_all_identifiers are told of "text" in quotes.
    `select attname as name, replace(format_type(atttypid, nullif(atttypmod, 6)), '"text"', 'text') as type
     from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  if (columns.length === 0) return false;
  const missing = COLUMNS.findIndex((column, i) =>
    !columns.some(({ name, type }) => name === column && type === TYPES[i])
  );
  const refuse = (what: string) => {
    throw new TypeError(
      `Cannot load table "${name}": it exists in another form (${what}); drop it, or set another one in table`,
    );
  };
  if (missing >= 0) refuse(`no column "${COLUMNS[missing]}" of type ${TYPES[missing]}`);
  const unique = await db.query(
    // Behind its key an index may have columns that it only holds.
    `select 1 from pg_index i where indrelid = to_regclass($1) and indisunique and indisvalid and indpred is null
       and indnkeyatts = 3 and (
       select array_agg(attname::text order by attname::text) from pg_attribute
       where attrelid = indrelid and attnum = any((indkey::int2[])[0:2])) = array['Time', 'device_id', 'sensor']`,
    [table],
  );
  if (unique.length === 0) refuse('no primary key ("Time", device_id, sensor)');
  return true;
}

/**
 * Keeps the table in the form in which rows are sent, to the end of the transaction.
 *
 * @throws {TypeError} If it has another form by now.
 */
export async function lockTable(db: Database, target: Target): Promise<void> {
  await db.query(`lock table ${target.table} in row exclusive mode`);
  await hasTable(db, target);
}

/** How many rows the table has of each hour of a device, from hour `first` to hour `last`. */
export async function countRows(
  db: Database,
  { table }: Target,
  device: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Map<string, number>> {
  const rows = await db.query<{ hour: number; rows: number }>(
    `select (extract(epoch from start) / 3600)::bigint as hour, rows from (
       select date_trunc('hour', "Time") as start, count(*) as rows from ${table} where ${RANGE} group by 1) counted`,
    rangeValues(device, first, last),
  );
  return new Map(rows.map(({ hour, rows }) => [hourKey({ device, hour }), rows]));
}

/** Selects the rows of a device from one hour to another. */
export const RANGE = 'device_id = $1 and "Time" >= $2::text::timestamptz and "Time" < $3::text::timestamptz';

/** The values of {@linkcode RANGE}; both hours are included. */
export function rangeValues(device: HourId["device"], first: number, last: number): string[] {
  return [device, formatStamp(first * HOUR_US), formatStamp((last + 1) * HOUR_US)];
}
