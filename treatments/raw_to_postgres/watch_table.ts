/**
 * What tells that an hour of the table lacks rows without counting them: triggers. To count a table of a year takes longer
 * than the minute after which the next run begins; a trigger costs whoever deletes or updates rows a statement. Loads fire
 * them, too, and then say themselves what the hours hold.
 */
import { type Database, lockFor, quoteName } from "myx";
import type { Target } from "./target.ts";

/** The fingerprint of an hour that others have touched. */
export const TOUCHED = "touched";

/** Raise it when tables are to be watched in another way: those that are not yet count as not watched. */
const WATCH_VERSION = "2";

const EVENTS = ["delete", "update", "truncate"] as const;

/**
 * Whether the table is watched since it was last loaded; with `begin` it is from now on, and counts as touched all over
 * where it was not: it may have been restored from elsewhere.
 */
export async function watchTable(db: Database, target: Target, task: "look" | "begin"): Promise<boolean> {
  const { name, table, ledger } = target;
  const triggers = await db.query<{ oid: number }>(
    // A schema that was renamed takes its functions along, but they go on writing the ledger of the name that it had.
    `select tgrelid::bigint as oid from pg_trigger join pg_proc on pg_proc.oid = tgfoid
     where tgrelid = to_regclass($1) and tgenabled in ('O', 'A') and strpos(prosrc, $2) > 0
     and tgname in (${EVENTS.map((event) => `'${triggerOf(event)}'`).join(", ")})`,
    [table, ledger],
  );
  const unit = `table:${triggers[0]?.oid}`;
  const known = await db.query(
    `select 1 from ${ledger} where target = $1 and unit = $2 and fingerprint = $3`,
    [name, unit, WATCH_VERSION],
  );
  if (known.length > 0 && triggers.length === EVENTS.length) return true;
  if (task === "look") return false;
  await db.query(`delete from ${ledger} where target = $1 and unit like 'table:%'`, [name]);
  await db.query(`update ${ledger} set fingerprint = $2 where target = $1 and inputs ? 'parts'`, [name, TOUCHED]);
  await createTriggers(db, target);
  await db.query(
    `insert into ${ledger} (target, unit, fingerprint, rows, loaded_at, inputs)
     select $1, 'table:' || to_regclass($2)::oid::text, $3, 0, now(), '{}'`,
    [name, table, WATCH_VERSION],
  );
  return true;
}

/** All rows can go without a trigger: after a crash the server empties tables that somebody has made unlogged. */
export async function noticeEmpty(db: Database, { name, table, ledger }: Target): Promise<void> {
  await db.query(
    `update ${ledger} set fingerprint = $2 where target = $1 and rows > 0 and inputs ? 'parts'
     and not exists (select from ${table})`,
    [name, TOUCHED],
  );
}

function triggerOf(event: typeof EVENTS[number]): string {
  return `myx_${event}`;
}

/** The inputs of an hour that has only rows which were moved there. */
const NOTHING_LOADED = JSON.stringify({ origin: "", parts: {}, kept: {} });

/** The hour of a row, as `hourKey` writes it. */
const UNIT = `device_id || ' ' || to_char("Time" at time zone 'UTC', 'YYYY-MM-DD"T"HH24')`;

async function createTriggers(db: Database, target: Target): Promise<void> {
  const { table, schema } = target;
  const touch = quoteName(schema, "myx_touch");
  // Another name than that of deletions: other tables of the schema may yet have a trigger that calls it without `after`.
  const move = quoteName(schema, "myx_move");
  // All tables of a schema share them, and PostgreSQL does not let two sessions make one function at once.
  await lockFor(db, `functions ${quoteName(schema)}`);
  await createFunction(db, touch, touchBody(target));
  await createFunction(db, move, moveBody(target));
  const calls = {
    delete: { rows: "referencing old table as before", execute: touch },
    update: { rows: "referencing old table as before new table as after", execute: move },
    truncate: { rows: "", execute: touch },
  };
  for (const event of EVENTS) {
    const { rows, execute } = calls[event];
    await db.query(
      `create or replace trigger ${triggerOf(event)} after ${event} on ${table} ${rows}
       for each statement execute function ${execute}()`,
    );
    await db.query(`alter table ${table} enable trigger ${triggerOf(event)}`);
  }
}

/** Whoever may change rows need not be allowed to write the ledger. */
async function createFunction(db: Database, name: string, body: string): Promise<void> {
  await db.query(
    `create or replace function ${name}() returns trigger language plpgsql security definer
     set search_path = pg_catalog, pg_temp as $myx$
     begin
       ${body}
       return null;
     end $myx$`,
  );
}

function touchBody({ ledger }: Target): string {
  const touched = `update ${ledger} set fingerprint = '${TOUCHED}' where target = tg_table_name`;
  return `if tg_op = 'TRUNCATE' then
    ${touched} and inputs ? 'parts';
  else
    ${touched} and unit in (select ${UNIT} from before);
  end if;`;
}

/**
 * Rows may come into hours that nothing was loaded of: such an hour becomes known, so that the next run empties it. Where
 * rows are changed that somebody has put in by hand, in hours that the ledger does not know, they are let alone.
 */
function moveBody({ ledger }: Target): string {
  return `update ${ledger} set fingerprint = '${TOUCHED}' where target = tg_table_name and unit in (
      select ${UNIT} from before union select ${UNIT} from after);
    insert into ${ledger} (target, unit, fingerprint, rows, loaded_at, inputs)
      select tg_table_name, unit, '${TOUCHED}', 0, now(), '${NOTHING_LOADED}'
      from (select distinct ${UNIT} as unit from after) moved
      where unit is not null and not exists (
        select from (select distinct ${UNIT} as unit from before) came
        where not exists (select from ${ledger} l where l.target = tg_table_name and l.unit = came.unit))
      on conflict do nothing;`;
}
