/** The tables themselves: their names, indexes and statistics, and what other people do to them. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, type Database, DatabaseError, quoteName } from "myx";
import { openFor } from "../postgres_server.ts";
import { ALL, check, device, file, fill } from "./to_postgres_kinds.ts";
import { dayTable, joined } from "./to_postgres_world.ts";

check("notices tables and a ledger changed by hand", async (world) => {
  fill(world);
  await world.load(ALL);
  const expected = joined(world, world.names(), device);
  const schema = quoteName(world.schema);
  for (
    const damage of [
      `delete from ${schema}."ALL_10S" where ts > '2026-01-21'`,
      `truncate ${schema}."ALL_10S"`,
      `alter table ${schema}."ALL_10S" drop a__t`,
      `drop table ${schema}."ALL_10S"`,
      `drop table ${schema}.myx_ledger`,
      `delete from ${schema}.myx_ledger; insert into ${schema}."ALL_10S" (ts) values ('2026-01-20 12:00Z')`,
    ]
  ) {
    await world.query(damage);
    await world.load(ALL);
    assertEquals(await world.rows("ALL_10S"), expected, damage);
  }
});

check("takes nothing that a table held for a hindrance once that was dropped", async (world) => {
  const other = world.beside("20_clean");
  const steps = [
    { layout: "wide", put: () => world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1] })) },
    { layout: "wide", put: () => world.put(file("a", "env", 0), dayTable(0, [0], { m0: [2] })) },
    { layout: "long", put: () => world.put(file("a", "env", 0), dayTable(0, [0], { m0: [3] })) },
    { layout: "long", put: () => world.put("LAB_a__env__2026-01-20__10s.parquet", dayTable(0, [0], { m0: [4] })) },
  ];
  for (const { layout, put } of steps) {
    put();
    await world.load({ ...ALL, layout });
    assertEquals((await world.rows("ALL_10S")).length, 1);
    world.remove(...world.names());
    await world.query(`drop table ${quoteName(world.schema)}."ALL_10S"`);
  }
  other.put("LAB_a__env__2026-01-20__10s.parquet", dayTable(0, [0], { m0: [5] }));
  await other.load(ALL);
  assertEquals((await world.rows("ALL_10S"))[0]!.a__m0, 5);
});

check("makes an index for every list of columns, once", async (world) => {
  const long = "m".repeat(50);
  world.put(file("a", "bio", 0), dayTable(0, [0], { a: [1], b: [2], a_b: [3], [long]: [4], [`${long}_a`]: [5] }));
  const indexes = ["a_b", "a, b", "b,a", `${long}, a`, `${long}_a`];
  const made = () =>
    world.query<{ name: string; of: string }>(
      `select indexname as name, regexp_replace(indexdef, '^.*\\((.*)\\)$', '\\1') as of from pg_indexes
       where schemaname = $1 and tablename = 'EXP_A__BIO__10S' and indexname not like '%pkey%' order by 2`,
      [world.schema],
    );
  await world.load({ indexes: ["a, b"] });
  assertEquals((await made()).map(({ name }) => name), ["EXP_A__BIO__10S_a_b_idx"]);
  await world.load({ indexes });
  const all = await made();
  assertEquals(all.map(({ of }) => of), ["a, b", "a_b", "b, a", `${long}, a`, `${long}_a`]);
  assertEquals([all[0]!.name, all[2]!.name], ["EXP_A__BIO__10S_a_b_idx", "EXP_A__BIO__10S_b_a_idx"]);
  await world.load({ indexes: indexes.toReversed() });
  assertEquals(await made(), all);
  const schema = quoteName(world.schema);
  await world.query(`alter index ${schema}."${all[0]!.name}" rename to somebodys`);
  for (const year of [2024, 2025, 2026]) {
    await world.load({ indexes });
    assertEquals((await made()).map(({ of }) => of), all.map(({ of }) => of));
    await world.query(`alter table ${schema}."EXP_A__BIO__10S" rename to "EXP_A_${year}"`);
  }
});

check("refuses a schema whose name would be cut", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1] }));
  await assertRejects(() => world.load({ schema: "ü".repeat(32) }), TypeError, "it has 64 bytes");
  await world.load({ schema: `${"ü".repeat(31)}x` });
});

check("quotes hostile names", async (world) => {
  const hostile = ['x"; drop table y; --', "Ünïcödé", "select", "a.b'c", "$1"];
  world.put(file("a", "bio", 0), dayTable(0, [0], Object.fromEntries(hostile.map((name, i) => [name, [i]]))));
  world.put(`E_x"; drop table y; --__bio__2026-01-20__10s.parquet`, dayTable(0, [0], { m0: [7] }));
  world.put("E_MÜLLER.ß__bio__2026-01-20__10s.parquet", dayTable(0, [0], { m0: [8] }));
  await world.load();
  assertEquals(
    await world.tables(),
    ["EXP_A__BIO__10S", "E_MÜLLER_SS__BIO__10S", "E_X___DROP_TABLE_Y______BIO__10S"].sort(),
  );
  await world.load(ALL);
  const [row] = await world.rows("ALL_10S");
  assertEquals([row!['x"; drop table y; --__m0'], row!["MÜLLER.ß__m0"]], [7, 8]);
  for (const [i, name] of hostile.entries()) assertEquals(row![`a__${name}`], i, name);
  await world.load({ layout: "long", table_template: "long" });
  const devices = new Set((await world.rows("LONG")).map(({ device_id }) => device_id));
  assert(devices.has('x"; drop table y; --') && devices.has("MÜLLER.ß"));
});

check("leaves columns that somebody has added to it and to PostgreSQL", async (world) => {
  fill(world);
  await world.load(ALL);
  const table = `${quoteName(world.schema)}."ALL_10S"`;
  await world.query(`alter table ${table} add site text not null default 'bay', add id bigserial, add note text,
    add twice double precision generated always as (a__m1 * 2) stored, alter b__m0 set default 9`);
  const at = (second: number) => `'2026-01-20 00:00:${second}+00'`;
  await world.query(`update ${table} set site = 'pier' where ts = ${at(10)}`);
  await world.query(`update ${table} set note = 'storm' where ts = ${at(20)}`);
  const rows = () =>
    world.query(`select extract(second from ts)::int as s, a__m0, a__m1, twice, b__m0, site, note from ${table}
      where ts < '2026-01-21' order by ts`);
  const ids = () => world.query(`select ts, id from ${table} where ts in (${at(10)}, ${at(20)}) order by ts`);
  const before = await ids();
  world.put(file("a", "bio", 0), dayTable(0, [10, 40], { m0: [2, 4], m1: [0.25, 1] }));
  world.put(file("a", "env", 0), dayTable(0, [10], { t: [1] }));
  assertEquals((await world.load(ALL)).loaded, 1);
  assertEquals(await rows(), [
    { s: 5, a__m0: null, a__m1: null, twice: null, b__m0: 7, site: "bay", note: null },
    { s: 10, a__m0: 2, a__m1: 0.25, twice: 0.5, b__m0: 8, site: "pier", note: null },
    { s: 20, a__m0: null, a__m1: null, twice: null, b__m0: null, site: "bay", note: "storm" },
    { s: 40, a__m0: 4, a__m1: 1, twice: 2, b__m0: null, site: "bay", note: null },
  ]);
  assertEquals(await ids(), before);
  assertEquals((await world.load(ALL)).loaded, 0);
  // Another's values make their rows stay, whatever somebody did to the column.
  await world.load(ALL, { without: [file("b", "bio", 0)] });
  world.put(file("a", "bio", 0), dayTable(0, [40], { m0: [5], m1: [1] }));
  await world.load(ALL, { without: [file("b", "bio", 0)] });
  assertEquals((await rows()).map(({ s, a__m0, b__m0 }) => [s, a__m0, b__m0]), [
    [5, null, 7],
    [10, null, 8],
    [20, null, null],
    [40, 5, null],
  ]);
});

check("leaves a value empty that somebody has emptied in a column with a default", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
  await world.load(ALL);
  const table = `${quoteName(world.schema)}."ALL_10S"`;
  await world.query(`alter table ${table} add good boolean default true`);
  await world.query(`update ${table} set good = null where a__m0 = 1`);
  world.put(file("a", "bio", 0), dayTable(0, [0, 10, 20], { m0: [1, 2, 3] }));
  await world.load(ALL);
  const rows = await world.query<{ good: boolean | null }>(`select good from ${table} order by ts`);
  assertEquals(rows.map(({ good }) => good), [null, true, true]);
});

check("refuses a table that is not its own", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1] }));
  await world.load({ layout: "long" });
  await assertRejects(() => world.load(), TypeError, "exists in another form");
  const schema = quoteName(world.schema);
  await world.query(`drop table ${schema}."EXP_A__BIO__10S"`);
  await world.query(`create table ${schema}."EXP_A__BIO__10S" (ts timestamptz primary key, m0 text)`);
  await assertRejects(() => world.load(), TypeError, 'Cannot load column "m0"');
  assert(!(await assertRejects(() => world.query("select * from nosuch"), DatabaseError)).lost);
});

check("refuses a table that rounds its stamps into the next day, and takes one of all six digits", async (world) => {
  for (const [layout, table_template] of [["wide", "all"], ["long", "long"]]) {
    const params = { layout, table_template };
    const table = `${quoteName(world.schema)}."${table_template!.toUpperCase()}"`;
    world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1] }));
    await world.load(params);
    world.put(file("a", "bio", 0), dayTable(0, [0, 86_399.9], { m0: [1, 2] }));
    await world.query(`alter table ${table} alter ts type timestamptz(0)`);
    await assertRejects(() => world.load(params), TypeError, "exists in another form");
    await world.query(`alter table ${table} alter ts type timestamptz(6)`);
    assertEquals((await world.load(params)).rows, 2);
    assertEquals((await world.load(params)).loaded, 0);
  }
});

check("analyzes a table as it grows, and not for each day", async (world) => {
  const seen: string[] = [];
  const open = async (connection: Connection): Promise<Database> => {
    const db = await openFor(connection);
    return {
      ...db,
      query: (text, values) => {
        if (/vacuum|analyze/.test(text)) seen.push(text.replace(/"s_.*/, "").trim().replace(/ +/, " "));
        return db.query(text, values);
      },
    };
  };
  const load = async (day: number, seconds: number) => {
    const ts = Array.from({ length: seconds }, (_, i) => i);
    world.put(file("a", "bio", day), dayTable(day, ts, { m0: ts }));
    await world.load(ALL, { open });
    return seen.splice(0);
  };
  assertEquals(await load(0, 1000), ["vacuum analyze"]);
  assertEquals(await load(1, 20), ["vacuum"]);
  assertEquals(await load(1, 25), ["vacuum"]);
  assertEquals(await load(2, 400), ["vacuum", "analyze"]);
}, ["embedded"]);
