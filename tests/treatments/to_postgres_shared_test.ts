/** to_postgres where several steps or datasets load one table. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { quoteName } from "myx";
import { ALL, check, device, file, fill } from "./to_postgres_kinds.ts";
import { dayTable, joined, makeWorld, type World } from "./to_postgres_world.ts";

/** One table of a device, of which its domains come from two folders; both have the days 0 and 1. */
const BOTH = { table_template: "{source}" };
function fillBoth(world: World): [World, Omit<World, typeof Symbol.dispose>] {
  const other = world.beside("10_parsed");
  for (const day of [0, 1]) {
    world.put(file("a", "bio", day), dayTable(day, [0, 10], { m0: [1, 2] }));
    other.put(file("a", "env", day), dayTable(day, [10, 20], { t: [3 + day, 4] }));
  }
  return [world, other];
}

const bothRows = async (world: World) => (await world.rows("EXP_A")).map(({ m0, t }) => [m0 ?? null, t ?? null]);
const BOTH_ROWS = [[1, null], [2, 3], [null, 4], [1, null], [2, 4], [null, 4]];

check("with replace leaves alone what another dataset has loaded", async (world) => {
  using other = makeWorld(world.connection, world.schema);
  world.put(file("a", "bio", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
  other.put(file("b", "bio", 0), dayTable(0, [10, 20], { m0: [3, 4] }));
  other.put(file("b", "bio", 1), dayTable(1, [10, 20], { m0: [5, 6] }));
  await world.load(ALL);
  await other.load(ALL, { replace: true });
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [9] }));
  await world.load(ALL, { replace: true });
  const rows = await world.rows("ALL_10S");
  assertEquals(rows.map(({ a__m0, b__m0 }) => [a__m0, b__m0]), [[9, null], [null, 3], [null, 4], [null, 5], [
    null,
    6,
  ]]);
  world.remove(...world.names());
  await world.load(ALL, { replace: true });
  assertEquals(
    (await world.rows("ALL_10S")).map(({ a__m0, b__m0 }) => [a__m0, b__m0]),
    [3, 4, 5, 6].map((x) => [null, x]),
  );
}, ["server"]);

check("with replace leaves alone the tables that another step fills from the same folder", async (world) => {
  const apart = { table_template: "{device}_{domain}_{aggregation}" };
  const long = { table_template: "long_{aggregation}", layout: "long" };
  fill(world);
  for (const params of [ALL, apart, long, ALL, apart]) await world.load(params, { replace: true });
  assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
  assertEquals(await world.rows("B_BIO_10S"), joined(world, [file("b", "bio", 0), file("b", "bio", 1)]));
  assertEquals((await world.rows("LONG_10S")).length, 22);
  for (const params of [ALL, apart, long]) assertEquals((await world.load(params, { replace: true })).loaded, 0);
  world.remove(file("b", "bio", 0), file("b", "bio", 1));
  for (const params of [ALL, apart, long]) await world.load(params, { replace: true });
  assertEquals(await world.rows("B_BIO_10S"), []);
  assertEquals((await world.rows("LONG_10S")).length, 18);
});

check("with replace leaves alone what another step selects of the same folder", async (world) => {
  const put = (device: string) => {
    world.put(file(device, "bio", 0), dayTable(0, [0, 10], { m0: [1, 2], m1: [3, 4] }));
    world.put(file(device, "bio", 0, "1h"), dayTable(0, [0], { m0: [5], m1: [6] }));
  };
  put("b");
  const steps = {
    "50_fine": { aggregations: ["10s"], sources: [{ columns: ["m0"] }] },
    "51_coarse": { aggregations: ["1h"] },
    // In the tables of the first.
    "52_more": { aggregations: ["10s"], sources: [{ columns: ["m1"] }] },
  };
  for (const layout of ["wide", "long"]) {
    put("a");
    const load = async () => {
      const done = [];
      for (const [step, params] of Object.entries(steps)) {
        done.push(await world.load({ ...params, layout, table_prefix: layout }, { replace: true, step }));
      }
      return done.map(({ loaded, removed }) => [loaded, removed]);
    };
    const values = async (table: string) => {
      const rows = await world.rows(`${layout.toUpperCase()}EXP_${table}`);
      return rows.flatMap(({ m0, m1, value }) => layout === "wide" ? [m0, m1] : [value]).sort();
    };
    assertEquals(await load(), [[2, 0], [2, 0], [2, 0]]);
    assertEquals(await load(), [[0, 0], [0, 0], [0, 0]]);
    // As ledgers say that do not know of steps.
    await world.query(
      `update ${quoteName(world.schema)}.myx_ledger set inputs = (
         select jsonb_object_agg(key, value - 'step') from jsonb_each(inputs))`,
    );
    await load();
    assertEquals(await load(), [[0, 0], [0, 0], [0, 0]]);
    for (const device of ["A", "B"]) {
      assertEquals(await values(`${device}__BIO__10S`), [1, 2, 3, 4]);
      assertEquals(await values(`${device}__BIO__1H`), [5, 6]);
    }
    world.remove(file("a", "bio", 0), file("a", "bio", 0, "1h"));
    await load();
    for (const window of ["10S", "1H"]) assertEquals(await values(`A__BIO__${window}`), []);
    assertEquals(await values("B__BIO__10S"), [1, 2, 3, 4]);
  }
});

check(
  "with replace removes what is gone whichever step has loaded it, as one that is called otherwise now",
  async (world) => {
    const put = (source: string, values: Record<string, number>) => {
      world.remove(...world.names());
      for (const [domain, value] of Object.entries(values)) {
        world.put(file("a", domain, 0).replace("EXP", source), dayTable(0, [0], { m0: [value] }));
      }
    };
    const load = async (steps: Record<string, string>) => {
      for (const [step, domain] of Object.entries(steps)) {
        const params = { layout: "long", table_template: "{device}", sources: [{ domain }] };
        await world.load(params, { replace: true, step });
      }
      return (await world.rows("A")).map(({ value }) => value).sort();
    };
    const steps = { "50_bio": "bio", "51_env": "env" };
    put("EXP", { bio: 1, env: 2 });
    assertEquals(await load(steps), [1, 2]);
    // Neither may be refused for the sake of what the other is going to remove.
    put("LAB", { bio: 3, env: 4 });
    assertEquals(await load(steps), [3, 4]);
    put("ROOM", { bio: 5 });
    assertEquals(await load({ "60_bio": "bio" }), [5]);
  },
);

check("repairs a table that several steps feed, whichever runs first", async (world) => {
  const [one, two] = fillBoth(world);
  await one.load(BOTH);
  await two.load(BOTH);
  const table = `${quoteName(world.schema, "EXP_A")}`;
  for (
    const [damage, steps] of [
      [`truncate ${table}`, [one, two]],
      [`truncate ${table}`, [two, one]],
      [`delete from ${table} where m0 = 2`, [one, two]],
      [`delete from ${table} where m0 = 2`, [two, one]],
      [`insert into ${table} (ts, m0, t) values ('2026-01-20 12:00Z', 7, 7)`, [one, two]],
    ] as const
  ) {
    await world.query(damage);
    for (const step of steps) await step.load(BOTH);
    assertEquals(await bothRows(world), BOTH_ROWS, damage);
    for (const step of steps) assertEquals((await step.load(BOTH)).loaded, 0);
  }
  // A file that has changed hides that rows are missing.
  await world.query(`delete from ${table} where t is not null`);
  one.put(file("a", "bio", 0), dayTable(0, [0, 10], { m0: [5, 6] }));
  for (const step of [one, two]) await step.load(BOTH);
  assertEquals(await bothRows(world), [[5, null], [6, 3], ...BOTH_ROWS.slice(2)]);
});

check("with replace removes what its own folder has lost, and nothing that another has loaded", async (world) => {
  const [one, two] = fillBoth(world);
  const load = async () => {
    const reports = [];
    for (const step of [one, two]) reports.push(await step.load(BOTH, { replace: true }));
    return reports.map(({ loaded, removed }) => [loaded, removed]);
  };
  assertEquals(await load(), [[2, 0], [2, 0]]);
  assertEquals(await bothRows(world), BOTH_ROWS);
  assertEquals(await load(), [[0, 0], [0, 0]]);
  // As ledgers say that do not know of folders.
  await world.query(
    `update ${quoteName(world.schema)}.myx_ledger set inputs = (
       select jsonb_object_agg(key, value - 'folder') from jsonb_each(inputs))`,
  );
  assertEquals((await one.load(BOTH)).loaded, 0);
  await load();
  assertEquals(await bothRows(world), BOTH_ROWS);
  assertEquals(await load(), [[0, 0], [0, 0]]);
  one.remove(file("a", "bio", 0));
  two.remove(file("a", "env", 1));
  await load();
  assertEquals(await bothRows(world), [[null, 3], [null, 4], [1, null], [2, null]]);
});

check("refuses files of one name from two folders in one table, but under replace", async (world) => {
  const other = world.beside("20_clean");
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1], m1: [1] }));
  other.put(file("a", "bio", 0), dayTable(0, [0], { m0: [2], x0: [3] }));
  await world.load();
  for (const params of [{}, { sources: [{ sensors: ["m*"] }] }]) {
    const { message } = await assertRejects(() => other.load(params), TypeError);
    assertStringIncludes(message, 'the folder "40_aggregated" has loaded a file of this name; name {step}');
    assertStringIncludes(message, "with --output-mode replace for this step alone (--step)");
  }
  // Columns of its own are in nobody's way.
  await other.load({ sources: [{ sensors: ["x0"] }] });
  const [{ m0, m1, x0 } = {}] = await world.rows("EXP_A__BIO__10S");
  assertEquals([m0, m1, x0], [1, 1, 3]);
  await other.load({ table_template: "{step}_{source}" });
  assertEquals((await world.rows("CLEAN_EXP_A"))[0]!.m0, 2);
  await other.load({}, { replace: true });
  assertEquals((await world.rows("EXP_A__BIO__10S"))[0]!.m0, 2);
});

check("fills a column that was dropped, on all days and whoever loads them", async (world) => {
  const [one, two] = fillBoth(world);
  // A file of which one column alone is missing lacks values, too.
  for (const day of [0, 1]) one.put(file("a", "bio", day), dayTable(day, [0, 10], { m0: [1, 2], m1: [8, 9] }));
  for (const step of [one, two]) await step.load(BOTH);
  const [early, late] = [one, world.beside("20_clean")];
  late.put(file("a", "bio", 2), dayTable(2, [0], { m0: [9] }));
  await late.load(BOTH);
  const expected = [...BOTH_ROWS, [9, null]];
  for (const step of [early, late]) {
    await world.query(`alter table ${quoteName(world.schema, "EXP_A")} drop m0`);
    await step.load(BOTH);
    for (const each of [early, late, two]) await each.load(BOTH);
    assertEquals(await bothRows(world), expected);
    for (const each of [early, late, two]) assertEquals((await each.load(BOTH)).loaded, 0);
  }
});

check("fills the flags of a long table that were dropped, whoever loads them", async (world) => {
  const long = { table_template: "long", layout: "long" };
  const other = world.beside("10_parsed");
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1], quality_flag: [2] }));
  world.put(file("a", "note", 0), dayTable(0, [0], { n: [7] }));
  other.put(file("a", "env", 0), dayTable(0, [0], { t: [3], t__flag: [5] }));
  for (const steps of [[world, other], [other, world]]) {
    for (const each of [world, other]) await each.load(long);
    await world.query(`alter table ${quoteName(world.schema, "LONG")} drop quality_flag`);
    for (const each of steps) assertEquals((await each.load(long)).loaded, 1);
    for (const each of [world, other]) assertEquals((await each.load(long)).loaded, 0);
    const rows = await world.rows("LONG");
    const flags = rows.map(({ sensor, value, quality_flag }) => [sensor, value, quality_flag]);
    assertEquals(flags.sort(), [["m0", 1, 2], ["n", 7, null], ["t", 3, 5]]);
  }
});

check("repairs a table that several datasets feed", async (world) => {
  using other = makeWorld(world.connection, world.schema);
  world.put(file("a", "bio", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
  other.put(file("b", "bio", 0), dayTable(0, [10, 20], { m0: [3, 4] }));
  for (const one of [world, other]) await one.load(ALL);
  await world.query(`truncate ${quoteName(world.schema, "ALL_10S")}`);
  for (const one of [world, other]) await one.load(ALL);
  assertEquals((await world.rows("ALL_10S")).map(({ a__m0, b__m0 }) => [a__m0, b__m0]), [[1, null], [2, 3], [
    null,
    4,
  ]]);
}, ["server"]);
