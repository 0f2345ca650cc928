/**
 * What tells that an hour of the table lacks rows without counting them: triggers. To count a table of a year takes longer
 * than the minute after which the next run begins; a trigger costs whoever deletes or updates rows a statement. Loads fire
 * them, too, and then say themselves what the hours hold.
 */
import { type Database, quoteName } from "myx";
import type { Target } from "./target.ts";

/** The fingerprint of an hour that others have touched. */
export const TOUCHED = "touched";

const EVENTS = ["delete", "update", "truncate"] as const;

/**
 * Whether the table is watched since it was last loaded; with `begin` it is from now on, and counts as touched all over
 * where it was not: it may have been restored from elsewhere.
 */
export async function watchTable(db: Database, target: Target, task: "look" | "begin"): Promise<boolean> {
  const { name, table, ledger } = target;
  const triggers = await db.query<{ oid: number }>(
    `select tgrelid::bigint as oid from pg_trigger where tgrelid = to_regclass($1) and tgenabled in ('O', 'A')
     and tgname in (${EVENTS.map((event) => `'${triggerOf(event)}'`).join(", ")})`,
    [table],
  );
  const unit = `table:${triggers[0]?.oid}`;
  const known = await db.query(`select 1 from ${ledger} where target = $1 and unit = $2`, [name, unit]);
  if (known.length > 0 && triggers.length === EVENTS.length) return true;
  if (task === "look") return false;
  await db.query(`delete from ${ledger} where target = $1 and unit like 'table:%'`, [name]);
  await db.query(`update ${ledger} set fingerprint = $2 where target = $1 and inputs ? 'parts'`, [name, TOUCHED]);
  await createTriggers(db, target);
  await db.query(
    `insert into ${ledger} (target, unit, fingerprint, rows, loaded_at, inputs)
     select $1, 'table:' || to_regclass($2)::oid::text, '', 0, now(), '{}'`,
    [name, table],
  );
  return true;
}

function triggerOf(event: typeof EVENTS[number]): string {
  return `myx_${event}`;
}

async function createTriggers(db: Database, { table, ledger, schema }: Target): Promise<void> {
  const touch = quoteName(schema, "myx_touch");
  // Whoever may delete rows need not be allowed to write the ledger.
  await db.query(
    `create or replace function ${touch}() returns trigger language plpgsql security definer
     set search_path = pg_catalog, pg_temp as $myx$
     begin
       if tg_op = 'TRUNCATE' then
         update ${ledger} set fingerprint = '${TOUCHED}' where target = tg_table_name and inputs ? 'parts';
       else
         update ${ledger} set fingerprint = '${TOUCHED}' where target = tg_table_name and unit in (
           select device_id || ' ' || to_char("Time" at time zone 'UTC', 'YYYY-MM-DD"T"HH24') from before);
       end if;
       return null;
     end $myx$`,
  );
  for (const event of EVENTS) {
    const rows = event === "truncate" ? "" : "referencing old table as before";
    await db.query(
      `create or replace trigger ${triggerOf(event)} after ${event} on ${table} ${rows}
       for each statement execute function ${touch}()`,
    );
    await db.query(`alter table ${table} enable trigger ${triggerOf(event)}`);
  }
}
