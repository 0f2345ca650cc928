import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { TimeUnit } from "apache-arrow";
import { type Connection, DatabaseError, quoteName } from "myx";
import { writeOther } from "../core/parquet/other_writer.ts";
import { openFor } from "../postgres_server.ts";
import { faulty } from "./to_postgres_faulty.ts";
import { ALL, check, device, file, fill } from "./to_postgres_kinds.ts";
import { dayTable, joined } from "./to_postgres_world.ts";

check("loads one table for all devices and domains, and leaves what is fresh alone", async (world) => {
  fill(world);
  assertEquals((await world.load(ALL)).rows, 10);
  assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
  const again = await world.load(ALL);
  assertEquals([again.loaded, again.fresh], [0, 2]);
});

check("makes a table per source, domain and window, with the types of the files", async (world) => {
  world.put(file("a", "bio", 0, "10s"), dayTable(0, [0, 10], { m0: [2 ** 53, -(2 ** 53)], m1: [0.1, Infinity] }));
  world.put(file("a", "bio", 0, "5min"), dayTable(0, [0], { m0: [null] }));
  await world.load({ table_prefix: "lab " });
  assertEquals(await world.tables(), ["LAB_EXP_A__BIO__10S", "LAB_EXP_A__BIO__5MIN"]);
  assertEquals(await world.rows("LAB_EXP_A__BIO__10S"), joined(world, [file("a", "bio", 0)]));
  const types = await world.query<{ type: string }>(
    `select data_type as type from information_schema.columns where table_schema = $1 and table_name = $2
     order by ordinal_position`,
    [world.schema, "LAB_EXP_A__BIO__10S"],
  );
  assertEquals(types.map(({ type }) => type), ["timestamp with time zone", "bigint", "double precision"]);
});

check("keeps the values of devices that a run does not select or see", async (world) => {
  fill(world);
  await world.load(ALL);
  const before = joined(world, world.names(), device);
  // Device a alone, with a row less and another value; then device b as if its files had been purged.
  world.put(file("a", "bio", 0), dayTable(0, [0, 20], { m0: [100, 3], m1: [0.25, null] }));
  const selected = await world.load({ ...ALL, sources: [{ devices: ["a"] }] });
  assertEquals([selected.loaded, selected.fresh], [1, 1]);
  const after = joined(world, world.names(), device);
  assert(JSON.stringify(before) !== JSON.stringify(after));
  assertEquals(await world.rows("ALL_10S"), after);
  world.put(file("a", "env", 1), dayTable(1, [40], { t: [9.5] }));
  await world.load(ALL, { without: [file("b", "bio", 1), file("a", "bio", 1)] });
  assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
  assertEquals((await world.load(ALL)).loaded, 0);
});

check("loads a device that lags behind, and late and corrected days", async (world) => {
  world.put(file("a", "bio", 1), dayTable(1, [0, 10], { m0: [1, 2] }));
  await world.load(ALL);
  world.put(file("b", "bio", 0), dayTable(0, [0], { m0: [3] }));
  world.put(file("b", "bio", 1), dayTable(1, [10, 11], { m0: [4, null] }));
  await world.load(ALL);
  world.put(file("a", "bio", 1), dayTable(1, [0, 9], { m0: [1, 5] }));
  assertEquals((await world.load(ALL)).loaded, 1);
  assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
});

check("empties a column that a file no longer has, adds a new one and widens whole numbers", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1], m1: [2] }));
  await world.load();
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1.5], 'new "column"': [2] }));
  const schema = quoteName(world.schema);
  await world.query(`create view ${schema}.shown as select m0 from ${schema}."EXP_A__BIO__10S"`);
  await assertRejects(() => world.load(), DatabaseError, "drop what depends on the column");
  await world.query(`drop view ${schema}.shown`);
  await world.load();
  const [row] = await world.rows("EXP_A__BIO__10S");
  assertEquals({ ...row, ts: 0 }, { ts: 0, m0: 1.5, m1: null, 'new "column"': 2 });
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [3] }));
  await world.load();
  assertEquals((await world.rows("EXP_A__BIO__10S"))[0]!.m0, 3);
  // In one run, too, whichever comes first.
  for (const [device, values] of [["b", [0.5, 2]], ["c", [2, 0.5]]] as const) {
    for (const [day, value] of values.entries()) {
      world.put(file(device, "bio", day), dayTable(day, [0], { m0: [value] }));
    }
    await world.load();
    assertEquals((await world.rows(`EXP_${device.toUpperCase()}__BIO__10S`)).map(({ m0 }) => m0), values);
  }
});

check("removes what is gone with replace, and only then", async (world) => {
  fill(world);
  await world.load(ALL);
  world.remove(file("a", "env", 0), file("a", "bio", 1), file("a", "env", 1), file("b", "bio", 1));
  const kept = await world.rows("ALL_10S");
  assertEquals((await world.load(ALL)).loaded, 0);
  assertEquals(await world.rows("ALL_10S"), kept);
  const { loaded, removed } = await world.load(ALL, { replace: true });
  assertEquals([loaded, removed], [1, 1]);
  const names = joined(world, world.names(), device);
  assertEquals(await world.rows("ALL_10S"), names.map((row) => ({ ...row, a__t: null })));
  world.remove(...world.names());
  await world.load({ ...ALL, mode: "replace" });
  assertEquals(await world.rows("ALL_10S"), []);
  assertEquals((await world.load({ ...ALL, mode: "replace" })).removed, 0);
  assertEquals(await world.query(`select * from ${quoteName(world.schema)}.myx_ledger`), []);
});

check("with replace removes what a ledger that was lost does not know of", async (world) => {
  fill(world);
  await world.load(ALL);
  await world.query(`drop table ${quoteName(world.schema)}.myx_ledger`);
  world.remove(file("a", "env", 0), file("a", "env", 1));
  await world.load(ALL, { replace: true });
  const rows = joined(world, world.names(), device);
  assertEquals(await world.rows("ALL_10S"), rows.map((row) => ({ ...row, a__t: null })));
});

for (const layout of ["wide", "long"]) {
  check(`with replace removes what is gone on the days asked for alone: ${layout}`, async (world) => {
    const params = { ...ALL, layout };
    const allRows = async () => (await world.rows("ALL_10S")).map((row) => JSON.stringify(row)).sort();
    const rowsOf = async (day: number) => {
      const start = Date.UTC(2026, 0, 20 + day) * 1000;
      const isOfDay = ({ ts }: { ts: number }) => ts >= start && ts < start + 86_400e6;
      return (await allRows()).filter((row) => isOfDay(JSON.parse(row)));
    };
    fill(world);
    world.put(file("b", "bio", 2), dayTable(2, [0], { m0: [4] }));
    await world.load(params);
    const before = await rowsOf(0);
    world.remove(file("a", "env", 0), file("a", "env", 1), file("b", "bio", 2));
    world.put(file("a", "bio", 2), dayTable(2, [0], { m0: [5] }));
    const day = "2026-01-21";
    await world.load(params, { replace: true, days: { from: day, to: day } });
    assertEquals(await rowsOf(0), before);
    assertEquals([(await rowsOf(1)).length, (await rowsOf(2)).length], layout === "wide" ? [4, 1] : [8, 2]);
    await world.load(params, { replace: true, days: { from: day } });
    assertEquals(await rowsOf(0), before);
    await world.load(params, { replace: true, days: { to: day } });
    assertEquals((await rowsOf(0)).length, layout === "wide" ? 4 : 8);
    // All is as a load from scratch would have it.
    const rows = await allRows();
    await world.load(params, { replace: true, anew: true });
    assertEquals(await allRows(), rows);
  });
}

check("refuses before it writes, where some days alone are replaced, too", async (world) => {
  const days = { from: "2026-01-20", to: "2026-01-20" };
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1] }));
  world.put(file("a", "env", 1), dayTable(1, [0], { m0: [2] }));
  await assertRejects(() => world.load(ALL, { replace: true, days }), TypeError, 'there "a__m0" is');
  assertEquals(await world.tables(), []);
  world.remove(file("a", "env", 1));
  world.put(file("a", "bio", 1), dayTable(1, [0], { m0: [2] }));
  await world.load(ALL);
  const before = await world.rows("ALL_10S");
  const other = world.beside("41_other");
  for (const day of [0, 1]) other.put(file("a", "bio", day), dayTable(day, [0], { m0: [8] }));
  await assertRejects(
    () => other.load(ALL, { replace: true, days }),
    TypeError,
    "replace of all days for this step alone",
  );
  assertEquals(await world.rows("ALL_10S"), before);
});

check("loads all anew where it starts from empty, and only then what the ledger calls loaded", async (world) => {
  fill(world);
  await world.load(ALL);
  const expected = await world.rows("ALL_10S");
  await world.query(`update ${quoteName(world.schema, "ALL_10S")} set a__m0 = 77`);
  assertEquals((await world.load(ALL, { replace: true })).loaded, 0);
  assertEquals((await world.load(ALL, { replace: true, anew: true })).loaded, 2);
  assertEquals(await world.rows("ALL_10S"), expected);
});

check("selects columns, and when appending leaves those of another selection", async (world) => {
  const columns = {
    m0__raw__mean: [1],
    m0__raw__std: [0.5],
    m0__sqrt_inv__mean: [0.25],
    m1__raw__mean: [2],
    m0__flag: [0],
  };
  world.put(file("a", "bio", 0), dayTable(0, [0], columns));
  const filled = async () => {
    const [row] = await world.rows("EXP_A__BIO__10S");
    return Object.entries(row!).filter(([name, value]) => name !== "ts" && value !== null).map(([name]) => name)
      .sort();
  };
  await world.load({ sources: [{ sensors: ["m0"], transforms: ["raw"], metrics: ["m*"] }] });
  assertEquals(await filled(), ["m0__flag", "m0__raw__mean"]);
  await world.load({ sources: [{ columns: ["m*__raw__mean"] }, { transforms: ["sqrt_*"] }] });
  assertEquals(await filled(), ["m0__flag", "m0__raw__mean", "m0__sqrt_inv__mean", "m1__raw__mean"]);
  await world.load({ sources: [{ domain: "bio", columns: ["m1*"] }] }, { replace: true });
  assertEquals(await filled(), ["m1__raw__mean"]);
  const { warnings } = await world.load({ sources: [{ devices: ["nosuch"] }], aggregations: ["7s"] });
  assertEquals(warnings.length, 2);
});

check("selects windows, and transforms where there are no windows yet", async (world) => {
  for (const window of ["10s", "5min"]) {
    world.put(file("a", "bio", 0, window), dayTable(0, [0], { m0__raw__mean: [1] }));
  }
  world.put("EXP_b__bio__2026-01-20.parquet", dayTable(0, [0], { m0: [1], m0__sqrt_inv: [0.5] }));
  await world.load({ aggregations: ["5min"] });
  assertEquals(await world.tables(), ["EXP_A__BIO__5MIN"]);
  await world.load({ sources: [{ sources: ["EXP_b"], transforms: ["sqrt_inv"] }] });
  const [{ ts: _ts, ...columns } = {}] = await world.rows("EXP_B__BIO__RAW");
  assertEquals(columns, { m0__sqrt_inv: 0.5 });
});

check("loads long tables, flags included, and leaves the other series alone", async (world) => {
  fill(world);
  const long = { layout: "long", table_template: "long_{aggregation}", indexes: ["device_id, ts", "nosuch"] };
  const { warnings } = await world.load(long);
  assertEquals(warnings.length, 1);
  const values = async () => {
    const rows = await world.rows("LONG_10S");
    return rows.map((row) => [row.device_id, row.domain, row.sensor, row.ts, row.value].join(" ")).sort();
  };
  const expected = () =>
    world.names().flatMap((name) => {
      const [source, domain] = name.split("__");
      return joined(world, [name]).flatMap(({ ts, ...cells }) =>
        Object.entries(cells).map(([sensor, value]) => [source!.slice(4), domain, sensor, ts, value].join(" "))
      );
    }).sort();
  assertEquals(await values(), expected());
  assertEquals((await world.load(long)).loaded, 0);
  world.put(file("a", "bio", 0), dayTable(0, [1], { m0: [5], m1: [6.5] }));
  assertEquals((await world.load(long, { without: [file("b", "bio", 0)] })).loaded, 1);
  assertEquals(await values(), expected());
  world.remove(file("b", "bio", 0), file("a", "env", 1));
  assertEquals((await world.load(long, { replace: true })).removed, 2);
  assertEquals(await values(), expected());
  world.put(
    file("c", "bio", 0),
    dayTable(0, [0, 1], { m0__raw__mean: [5, 6], m1__raw__mean: [7, 8], m0__flag: [3, null], quality_flag: [1, 2] }),
  );
  await world.load(long);
  const flags = (await world.rows("LONG_10S")).filter((row) => row.device_id === "c");
  assertEquals(
    flags.map(({ sensor, value, quality_flag }) => [sensor, value, quality_flag].join(" ")).sort(),
    ["m0__raw__mean 5 3", "m0__raw__mean 6 ", "m1__raw__mean 7 1", "m1__raw__mean 8 2"],
  );
});

check("replaces a source of a long table by another of the same device", async (world) => {
  const long = { layout: "long", table_template: "long" };
  const [before, after] = ["EXP_a", "NEW_a"].map((source) => `${source}__bio__2026-01-20__10s.parquet`);
  const values = async () => (await world.rows("LONG")).map(({ value }) => value);
  world.put(before!, dayTable(0, [0, 10], { m0: [1, 2] }));
  await world.load(long);
  world.remove(before!);
  world.put(after!, dayTable(0, [0, 10], { m0: [3, 4] }));
  await assertRejects(() => world.load(long), TypeError, 'both are device "a" in table "LONG"');
  assertEquals(await values(), [1, 2]);
  const { loaded, removed } = await world.load(long, { replace: true });
  assertEquals([loaded, removed, ...await values()], [1, 1, 3, 4]);
  const again = await world.load(long, { replace: true });
  assertEquals([again.fresh, again.removed, ...await values()], [1, 0, 3, 4]);
});

check("keeps sources of one device apart where a replace was cut short between their days", async (world) => {
  const long = { layout: "long", table_template: "long" };
  const name = (source: string, day: number) => `${source}_a__bio__2026-01-2${day}__10s.parquet`;
  const values = async () => (await world.rows("LONG")).map(({ sensor, value }) => `${sensor} ${value}`);
  world.put(name("EXP", 1), dayTable(1, [0], { m0: [1] }));
  await world.load(long);
  world.remove(name("EXP", 1));
  for (const day of [0, 1]) world.put(name("NEW", day), dayTable(day, [0], { m1: [day + 2] }));
  let begun = 0;
  const open = async (to: Connection) =>
    faulty(await openFor(to), (point) => {
      if (point === "begin" && ++begun === 2) throw new Error("cut short");
    });
  await assertRejects(() => world.load(long, { replace: true, open }), Error, "cut short");
  assertEquals(await values(), ["m1 2", "m0 1"]);
  await assertRejects(() => world.load(long), TypeError, 'both are device "a" in table "LONG"');
  const { loaded, removed } = await world.load(long, { replace: true });
  assertEquals([loaded, removed, ...await values()], [1, 1, "m1 2", "m1 3"]);
});

check("names the row flags of domains that share a table apart", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0], { m0: [1], quality_flag: [2] }));
  world.put(file("a", "env", 0), dayTable(0, [0], { t: [1.5], quality_flag: [0] }));
  await world.load(ALL);
  const [row] = await world.rows("ALL_10S");
  assertEquals([row!.a__bio__quality_flag, row!.a__env__quality_flag], [2, 0]);
  await world.load();
  assertEquals((await world.rows("EXP_A__BIO__10S"))[0]!.quality_flag, 2);
});

check("loads the first of rows that repeat a ts, and says so", async (world) => {
  world.put(file("a", "bio", 0), dayTable(0, [0, 0, 1, 2], { m0: [1, 2, 3, 4] }));
  const { warnings } = await world.load();
  assertStringIncludes(warnings[0]!, "repeats a ts in 1 rows");
  assertEquals((await world.rows("EXP_A__BIO__10S")).map(({ m0 }) => m0), [1, 3, 4]);
});

check("refuses files whose times are null, go back or are of another day", async (world) => {
  const start = Date.parse("2026-01-20") * 1000;
  world.put(file("b", "bio", 0), dayTable(0, [0, 10, 20, 30], { m0: [1, 2, 3, 4] }));
  for (const times of [[0, null, 20], [20, 0, 10], [0, 3 * 86_400, 20], [-1]]) {
    const micros = times.map((seconds) => seconds === null ? null : BigInt(start + 1e6 * seconds));
    const column = { name: "m0", type: "int32", values: times.map(() => 5) } as const;
    Deno.writeFileSync(`${world.dir}/${file("a", "bio", 0)}`, writeOther(micros, TimeUnit.MICROSECOND, [column]));
    for (const params of [ALL, { layout: "long" }]) {
      const { message } = await assertRejects(() => world.load(params), TypeError, `"${file("a", "bio", 0)}": it`);
      assertMatch(message, /null or go back in row \d; sort it by time|outside its day, 2026-01-20; name it/);
    }
  }
}, ["embedded"]);
