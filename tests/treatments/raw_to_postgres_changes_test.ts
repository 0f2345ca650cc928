/** What raw_to_postgres does when files, rows or the days asked for have changed since it loaded. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { quoteName } from "myx";
import { A, B, both, check, once, writers } from "./raw_to_postgres_kinds.ts";
import { expectedRows, lines, type LoadReport, makeLab } from "./raw_to_postgres_lab.ts";

both("reads only what changed and writes only rows that changed", async (lab) => {
  lab.put(A, lines("08:30:00", 600, { step: 10 }));
  lab.put(B, lines("08:30:00", 600, { step: 10 }));
  await lab.load();
  const before = await writers(lab);
  lab.put(A, lines("08:30:00", 601, { step: 10 }));
  const lost = Deno.readFileSync(`${lab.dir}/${B}`);
  // A file that has not changed is not even opened.
  const { loaded, fresh } = await lab.load({}, { before: () => Deno.removeSync(`${lab.dir}/${B}`) });
  Deno.writeFileSync(`${lab.dir}/${B}`, lost);
  assertEquals([loaded, fresh], [1, 5]);
  await check(lab);
  const after = await writers(lab);
  const grown = "pil-90 10";
  assertEquals(after[grown]!.length, 2, "the rows that were there stay as they are");
  assertEquals({ ...after, [grown]: [] }, { ...before, [grown]: [] });
  assertEquals((await lab.load()).loaded, 0);
  assertEquals(await writers(lab), after);
});

once("reads files again that have not changed, where they are to be read in another way", async (lab) => {
  lab.put(A, "2026-01-20T09:00:00;m0:1;batt_mv:3\n");
  const read = async (params: Record<string, unknown>) => {
    await lab.load(params);
    return (await lab.rows()).map(([time, , sensor]) => `${sensor} ${new Date(time / 1000).getUTCHours()}`);
  };
  assertEquals(await read({}), ["m0 9"]);
  assertEquals(await read({ tz: "Europe/Paris" }), ["m0 8"]);
  assertEquals(await read({ domains: { power: { columns: ["batt_mv"], dtype: "int" } } }), ["batt_mv 9"]);
});

once("takes late, corrected and shortened files for what they are", async (lab) => {
  lab.put(A, lines("08:59:00", 120));
  await lab.load();
  lab.put("EXP_pil-90_2026-01-19.csv", lines("08:59:30", 60, { value: (i) => `m0:${i + 1};m7:1` }));
  assertEquals((await lab.load()).loaded, 2);
  await check(lab);
  lab.put(A, lines("08:59:00", 120).replace("m0:40;", "m0:41;"));
  await lab.load();
  await check(lab);
  lab.put(A, lines("08:59:00", 60));
  lab.put("EXP_pil-90_2026-01-19.csv", lines("08:59:30", 30));
  assertEquals((await lab.load()).removed, 1);
  await check(lab);
  lab.put(A, "");
  lab.put("EXP_pil-90_2026-01-19.csv", "2026-01-20T08:59:30Z;q:1\n");
  await lab.load();
  assertEquals(await lab.rows(), []);
  assertEquals(await lab.query(`select * from "${lab.schema}".myx_ledger where inputs ? 'parts'`), []);
});

both("puts back what others took out or changed", async (lab) => {
  lab.put(A, lines("08:30:00", 240, { step: 30 }));
  lab.put(B, lines("08:30:00", 240, { step: 30 }));
  await lab.load();
  const table = `"${lab.schema}"."RAW"`;
  const harms = [
    `delete from ${table} where device_id = 'pil-90' and value = 5`,
    `update ${table} set value = 4711 where sensor = 'm1' and extract(minute from "Time") = 30`,
    `delete from ${table} where "Time" < '2026-01-20 09:10:00+00'`,
    `begin; set local timezone = 'America/New_York'; delete from ${table} where device_id = 'pil-91' and value = 7; commit`,
    `alter table ${table} disable trigger user; delete from ${table} where sensor = 'm0'`,
    `truncate ${table}`,
    // As a crash does where the table is unlogged: no trigger hears of it.
    `alter table ${table} disable trigger user; truncate ${table}; alter table ${table} enable trigger user`,
    `drop table ${table}`,
  ];
  for (const harm of harms) {
    await lab.query(harm);
    const { loaded } = await lab.load();
    assert(loaded > 0, harm);
    await check(lab);
    assertEquals((await lab.load()).loaded, 0, harm);
  }
  await lab.query(harms[0]!);
  assertEquals((await lab.load({ mode: "append" })).loaded, 0);
  await lab.load();
  await check(lab);
  // A table restored from elsewhere is not the one that the ledger speaks of.
  await lab.query(
    `create table "${lab.schema}".old (like ${table} including all); drop table ${table};
     alter table "${lab.schema}".old rename to "RAW"`,
  );
  await lab.load();
  await check(lab);
  const copied = ["delete", "update", "truncate"].map((event) =>
    `create trigger myx_${event} after ${event} on "${lab.schema}".old execute function "${lab.schema}".myx_touch();`
  );
  await lab.query(
    `create table "${lab.schema}".old (like ${table} including all); drop table ${table}; ${copied.join(" ")}
     alter table "${lab.schema}".old rename to "RAW"`,
  );
  await lab.load();
  await check(lab);
});

both("puts back rows that others moved into another hour, day or device", async (lab) => {
  lab.put(A, lines("08:30:00", 240, { step: 30 }));
  lab.put(B, lines("09:30:00", 10));
  await lab.load();
  const table = `"${lab.schema}"."RAW"`;
  const moves = [
    `set "Time" = "Time" + interval '7 seconds 1 hour' where device_id = 'pil-90' and "Time" < '2026-01-20 08:40Z'`,
    `set "Time" = "Time" + interval '3 hours' where sensor = 'm0'`,
    `set "Time" = "Time" - interval '1 day'`,
    `set device_id = 'pil-91' where "Time" < '2026-01-20 08:40Z'`,
    `set device_id = 'another ' || device_id`,
  ];
  for (const move of moves) {
    await lab.query(`update ${table} ${move}`);
    await lab.load();
    await check(lab);
    assertEquals(counts(await lab.load()), [0, 0], move);
  }
  await lab.query(`update ${table} ${moves[1]}`);
  await lab.query(`update ${table} ${moves[1]}`);
  const moved = await lab.rows();
  assertEquals(counts(await lab.load({ mode: "append" })), [0, 0]);
  assertEquals(await lab.rows(), moved);
  await lab.load();
  await check(lab);
});

once("leaves rows alone that others have put into hours of no file, and then changed", async (lab) => {
  lab.put(A, lines("08:30:00", 10));
  await lab.load();
  const table = `"${lab.schema}"."RAW"`;
  await lab.query(`insert into ${table} values ('2026-01-20 12:00Z', 'pil-90', 'm0', 1)`);
  await lab.query(`update ${table} set "Time" = "Time" + interval '1 hour' where "Time" > '2026-01-20 11:00Z'`);
  assertEquals(counts(await lab.load()), [0, 0]);
  assertEquals((await lab.rows()).length, 31);
});

both("watches tables anew that an older myx has watched", async (lab) => {
  lab.put(A, lines("08:30:00", 10));
  await lab.load();
  const [table, ledger] = [`"${lab.schema}"."RAW"`, `"${lab.schema}".myx_ledger`];
  await lab.query(
    `create or replace trigger myx_update after update on ${table} referencing old table as before
     for each statement execute function "${lab.schema}".myx_touch();
     update ${ledger} set fingerprint = '' where unit like 'table:%'`,
  );
  await lab.load();
  await lab.query(`update ${table} set "Time" = "Time" + interval '1 hour' where sensor = 'm0'`);
  await lab.load();
  await check(lab);
  assertEquals(counts(await lab.load()), [0, 0]);
});

once("refuses a table that rounds its stamps into the next hour, and takes one of all six digits", async (lab) => {
  const table = `${quoteName(lab.schema)}."RAW"`;
  lab.put(A, lines("09:59:59.400", 1) + lines("10:00:00", 1));
  await lab.load();
  lab.put(A, lines("09:59:59.400", 1) + lines("09:59:59.700", 1) + lines("10:00:00", 1));
  await lab.query(`alter table ${table} alter "Time" type timestamptz(0)`);
  await assertRejects(() => lab.load(), TypeError, "exists in another form");
  await lab.query(`alter table ${table} alter "Time" type timestamptz(6); delete from ${table}`);
  await lab.load();
  await check(lab);
});

once("takes any index that keeps rows apart by time, device and sensor, and no other", async (lab) => {
  const table = `${quoteName(lab.schema)}."RAW"`;
  lab.put(A, lines("09:00:00", 5));
  await lab.load();
  await lab.query(`alter table ${table} drop constraint "RAW_pkey"`);
  const index = (columns: string) =>
    `drop index if exists ${quoteName(lab.schema)}.own;
    create unique index own on ${table} (${columns}`;
  for (const columns of ['sensor, device_id, "Time") include (value)', '"Time", device_id, sensor)']) {
    await lab.query(index(columns));
    await lab.load();
  }
  const others = ['"Time", device_id, sensor, value)', '"Time", device_id, sensor, (value + 1))'];
  for (const columns of ["device_id, sensor, \"Time\") where sensor = 'm0'", ...others]) {
    await lab.query(index(columns));
    await assertRejects(() => lab.load(), TypeError, "no primary key");
  }
});

once("puts back rows that others moved to a year of no file", async (lab) => {
  const table = `${quoteName(lab.schema)}."RAW"`;
  lab.put(A, lines("09:00:00", 5));
  for (const time of ["timestamptz '10000-01-20 09:00Z'", "timestamptz '0001-01-20 09:00Z BC'", "'infinity'"]) {
    await lab.load();
    await lab.query(`update ${table} set "Time" = ${time} where "Time" = '2026-01-20 09:00:02Z'`);
    await lab.load();
    await lab.query(`delete from ${table} where "Time" = ${time}`);
    await check(lab);
  }
});

both("goes on in a schema that was renamed", async (lab) => {
  lab.put(A, lines("09:00:00", 5));
  await lab.load();
  const schema = `${lab.schema} of old`;
  await lab.query(`alter schema ${quoteName(lab.schema)} rename to ${quoteName(schema)}`);
  using moved = makeLab(lab.connection, schema);
  moved.put(A, lines("09:00:00", 20));
  await moved.load({}, { replace: true });
  await check(moved);
  await moved.query(`delete from ${quoteName(schema)}."RAW"`);
  await moved.load();
  await check(moved);
});

both("leaves columns that somebody has added to PostgreSQL", async (lab) => {
  lab.put(A, lines("08:30:00", 5));
  await lab.load();
  await lab.query(`alter table ${quoteName(lab.schema)}."RAW" add site text not null default 'bay', add id bigserial`);
  lab.put(A, lines("08:30:00", 6));
  await lab.load();
  await check(lab);
});

once("looks only at the days asked for", async (lab) => {
  lab.put(A, lines("23:30:00", 120, { step: 1800 }));
  await lab.load({ from: "2026-01-21T12:00:00Z", to: "2026-01-21" });
  const days = async () => [...new Set((await lab.rows()).map(([time]) => new Date(time / 1000).getUTCDate()))];
  assertEquals(await days(), [21]);
  assertEquals((await lab.rows()).length, 48 * 3, "of the whole day");
  await lab.query(`delete from "${lab.schema}"."RAW"`);
  assertEquals((await lab.load({ to: "2026-01-20T06:00:00Z" })).loaded, 1);
  assertEquals(await days(), [20]);
  await lab.load();
  await check(lab);
  lab.remove(A);
  await lab.load({ from: "2026-01-22" }, { replace: true });
  assertEquals(await days(), [20, 21]);
});

both("keeps rows whose files are gone, and removes them where asked to", async (lab) => {
  const [first, second] = [lines("08:30:00", 60, { step: 60 }), lines("09:15:00", 40, { step: 60 })];
  lab.put("EXP_pil-90_2026-01-20_a.csv", first);
  lab.put(B, first);
  await lab.load();
  lab.remove("EXP_pil-90_2026-01-20_a.csv");
  lab.put("EXP_pil-90_2026-01-20_b.csv", second);
  await lab.load();
  const files = new Map([...lab.files(), ["EXP_pil-90_2026-01-20_c.csv", first]]);
  assertEquals(await lab.rows(), expectedRows(files), "what is there goes over what stays");
  const [recorded] = await lab.query<{ rows: number }>(
    `select sum(rows)::bigint as rows from "${lab.schema}".myx_ledger where inputs ? 'parts'`,
  );
  assertEquals(recorded!.rows, (await lab.rows()).length);
  assertEquals((await lab.load()).loaded, 0);
  lab.put("EXP_pil-90_2026-01-20_b.csv", second + "2026-01-20T09:59:00Z;m0:1\n");
  await lab.load();
  files.set("EXP_pil-90_2026-01-20_b.csv", lab.files().get("EXP_pil-90_2026-01-20_b.csv")!);
  assertEquals(await lab.rows(), expectedRows(files));
  // Where the file is back, the first of two values counts again.
  lab.put("EXP_pil-90_2026-01-20_a.csv", first);
  await lab.load();
  await check(lab);
  lab.remove("EXP_pil-90_2026-01-20_a.csv");
  lab.remove(B);
  await lab.load({ mode: "replace" });
  await check(lab);
  lab.remove("EXP_pil-90_2026-01-20_b.csv");
  await lab.load({}, { replace: true });
  assertEquals(await lab.rows(), []);
});

once("keeps rows whose file is gone beside hours that are put right whole", async (lab) => {
  const gone = "EXP_pil-90_2026-01-20_a.csv";
  lab.put(gone, lines("08:30:00", 20));
  lab.put(A, lines("08:50:00", 60, { step: 60 }));
  await lab.load();
  const first = lab.files().get(gone)!;
  lab.remove(gone);
  lab.put(A, lines("08:50:30", 60, { step: 60 }));
  await lab.load();
  // Whose rows of such an hour are whose, the table does not say.
  const stays = lines("08:50:00", 10, { step: 60 });
  assertEquals(
    await lab.rows(),
    expectedRows(new Map([...lab.files(), ["EXP_pil-90_2026-01-20_z.csv", first + stays]])),
  );
});

once("takes a file that was renamed or compressed for the same", async (lab) => {
  lab.put(A, lines("08:30:00", 60, { step: 60 }));
  await lab.load();
  const text = lab.files().get(A)!;
  lab.remove(A);
  lab.put(`${A}.gz`, text + "2026-01-20T09:29:30Z;m0:1\n");
  await lab.load();
  await check(lab);
  lab.put(`${A}.gz`, text.replace("m0:3;", "m0:4;"));
  await lab.load();
  await check(lab);
});

once("loads the other files where one cannot be read, and keeps what that one had", async (lab) => {
  lab.put(A, lines("08:30:00", 60));
  lab.put(B, lines("08:30:00", 60));
  await lab.load();
  const rows = await lab.rows();
  Deno.writeFileSync(`${lab.dir}/${A}`, new Uint8Array(new Uint16Array([...lines("08:30:00", 60)].map(codeOf)).buffer));
  lab.put(B, lines("08:30:00", 61));
  await assertRejects(() => lab.load({}, { replace: true }), Error, A);
  lab.put(A, lines("08:30:00", 60));
  await check(lab);
  assertEquals((await lab.rows()).length, rows.length + 3);
});

once("refuses a file that is rewritten while it is loaded", async (lab) => {
  lab.put(A, lines("08:30:00", 60));
  await lab.load();
  lab.put("EXP_pil-90_2026-01-20_b.csv", lines("08:30:30", 60));
  const text = lines("08:30:00", 60);
  for (const other of [text.replace("m0:3;", "m0:4;"), text.replaceAll("T08:", "T07:")]) {
    lab.put(A, text);
    const before = () => Deno.writeTextFileSync(`${lab.dir}/${A}`, other);
    await assertRejects(() => lab.load({}, { before }), Error, `Cannot load "${A}": it changed while being read`);
  }
  lab.put(A, text.replaceAll("T08:", "T07:"));
  await lab.load();
  await check(lab);
});

/** Hours written and emptied. */
function counts({ loaded, removed }: LoadReport): [number, number] {
  return [loaded, removed];
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
