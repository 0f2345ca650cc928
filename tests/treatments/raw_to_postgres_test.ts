import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { embedded } from "../postgres_embedded.ts";
import { startServer } from "../postgres_server.ts";
import { expectedRows, type Lab, lines, makeLab } from "./raw_to_postgres_lab.ts";
import { dayTable, makeWorld } from "./to_postgres_world.ts";

const server = await startServer();
const database = await server?.createDatabase();

const A = "EXP_pil-90_2026-01-20.csv";
const B = "EXP_pil-91_2026-01-20.csv";

const EMBEDDED = ["embedded", embedded] as const;
const SERVER = ["a server", database] as const;

/** The same test on the embedded database and on a real server. */
function both(
  name: string,
  body: (lab: Lab) => Promise<void>,
  kinds: readonly (typeof EMBEDDED | typeof SERVER)[] = [EMBEDDED, SERVER],
): void {
  for (const [kind, connection] of kinds) {
    if (!connection) continue;
    Deno.test({
      name: `raw_to_postgres ${name} (${kind})`,
      sanitizeResources: false,
      sanitizeOps: false,
      fn: async () => {
        using lab = makeLab(connection);
        await body(lab);
      },
    });
  }
}

/** What does not depend on the database, on one of them. */
function once(name: string, body: (lab: Lab) => Promise<void>): void {
  both(name, body, [database ? SERVER : EMBEDDED]);
}

/** The table must be what the files say. */
async function check(lab: Lab, options: Parameters<typeof expectedRows>[1] = {}, table = "RAW"): Promise<void> {
  assertEquals(await lab.rows(table), expectedRows(lab.files(), options));
}

/** Which transaction wrote the rows of each hour. */
async function writers(lab: Lab): Promise<Record<string, string[]>> {
  const rows = await lab.query<{ hour: string; writers: string }>(
    `select device_id || ' ' || extract(hour from "Time") as hour, string_agg(distinct xmin::text, ',') as writers
     from "${lab.schema}"."RAW" group by 1`,
  );
  return Object.fromEntries(rows.map(({ hour, writers }) => [hour, writers.split(",")]));
}

both("loads every value once, the first of those with one time and sensor", async (lab) => {
  lab.put(A, lines("00:59:55", 20) + "2026-01-20T00:59:59.000000Z;m0:799;m9:1\n");
  lab.put("EXP_pil-90_2026-01-21.csv.gz", lines("00:59:50", 12, { value: (i) => `m0:${i};m1:` }));
  lab.put(B, lines("23:59:58.75", 6, { step: 0.25, value: (i) => `m0:${i};m1:x${i};batt_mv:3` }) + "no stamp;m0:1\n");
  const { metrics, rejects, loaded } = await lab.load();
  await check(lab);
  assertEquals(loaded, 4);
  assertEquals([metrics.lines, metrics.accepted, metrics.rejected, metrics.value_rejects], [40, 39, 1, 6]);
  assertEquals(metrics["unknown_key:batt_mv"], 6);
  assertEquals(rejects.length, 7);
  assertEquals(rejects.at(-1)!.file, B);
  assertEquals([metrics.ts_min, metrics.ts_max], [
    Date.UTC(2026, 0, 20, 0) * 1000,
    Date.UTC(2026, 0, 21, 1) * 1000 - 1,
  ]);
});

once("reads what parse reads: csv, zones, quotes", async (lab) => {
  lab.put(A, 'time,m0,"outdoor_temp"\n2026-01-20 09:00:00,5,"1,5"\n2026-01-20 09:00:01,6,2.5\n');
  const { metrics } = await lab.load({ delimiter: ",", tz: "Europe/Paris" });
  const start = Date.UTC(2026, 0, 20, 8) * 1000;
  assertEquals(await lab.rows(), [
    [start, "pil-90", "m0", 5],
    [start, "pil-90", "outdoor_temp", null],
    [start + 1e6, "pil-90", "m0", 6],
    [start + 1e6, "pil-90", "outdoor_temp", 2.5],
  ]);
  assertEquals(metrics.value_rejects, 1);
});

both("averages windows that begin at their label", async (lab) => {
  const noise = (i: number) => `m0:${(i * 37) % 101};m1:${i % 7 ? i : ""};outdoor_temp:${((i * 13) % 50) / 8}`;
  lab.put(A, lines("00:59:47", 100, { value: noise }) + lines("01:00:02", 9, { value: () => "m2:" }));
  lab.put(B, lines("11:00:00.25", 40, { step: 3.5, value: noise }));
  for (const [aggregation, window] of [["10s", 10], ["60s", 60]] as const) {
    await lab.load({ aggregation, table: `raw_${aggregation}` });
    const rows = await lab.rows(`RAW_${aggregation.toUpperCase()}`);
    const expected = expectedRows(lab.files(), { window });
    assertEquals(rows.map((row) => row.slice(0, 3)), expected.map((row) => row.slice(0, 3)));
    rows.forEach(([, , , value], i) => {
      if (value === null || expected[i]![3] === null) assertEquals(value, expected[i]![3]);
      else assertAlmostEquals(value, expected[i]![3]!, 1e-9);
    });
  }
});

both("leaves a last line without its end for later", async (lab) => {
  lab.put(A, lines("09:00:00", 3) + "2026-01-20T09:00:03Z;m0:1");
  const first = await lab.load();
  await check(lab);
  assertEquals(first.metrics.pending, 1);
  assertEquals((await lab.load()).metrics.pending, 1, "said again although the file is not read");
  assertEquals((await lab.load({}, { settled: true })).loaded, 1);
  await check(lab, { settled: true });
  lab.put(A, lines("09:00:00", 3) + "2026-01-20T09:00:03Z;m0:12\n");
  await lab.load();
  await check(lab);
});

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
    `truncate ${table}`,
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

once("looks only at the days asked for", async (lab) => {
  lab.put(A, lines("23:30:00", 120, { step: 1800 }));
  await lab.load({ from: "2026-01-21T12:00:00Z", to: "2026-01-21" });
  const days = async () => [...new Set((await lab.rows()).map(([time]) => new Date(time / 1000).getUTCDate()))];
  assertEquals(await days(), [21]);
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

once("does not remove what another dataset has loaded into the same table", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  lab.put(A, lines("08:30:00", 60));
  other.put(B, lines("08:30:00", 60));
  await lab.load();
  await other.load({ mode: "replace" });
  await lab.load({ mode: "replace" });
  const files = new Map([...lab.files(), ...other.files()]);
  assertEquals(await lab.rows(), expectedRows(files));
  lab.remove(A);
  await lab.load({ mode: "replace" });
  await check(other);
});

both("quotes every name", async (lab) => {
  const odd = `EXP_x"; drop table y; --ä_2026-01-20.csv`;
  lab.put(odd, lines("08:30:00", 3));
  lab.put(`EXP_${"é".repeat(90)}_2026-01-20.csv`, lines("08:30:00", 3));
  using evil = makeLab(lab.connection, `s"; drop table y; --${lab.schema}`);
  evil.put(odd, lines("08:30:00", 3));
  await lab.load({ table: `t"; drop table y; --`, device_id: "source" });
  await evil.load();
  const devices = new Set((await lab.rows("T___DROP_TABLE_Y____")).map(([, device]) => device));
  assertEquals([...devices], ["EXP_x_drop_table_y_--ä", `EXP_${"é".repeat(90)}`]);
  const [counted] = await lab.query<{ rows: number }>(
    `select count(*) as rows from "s""; drop table y; --${lab.schema}"."RAW"`,
  );
  assertEquals(counted!.rows, 9);
  await assertRejects(() => lab.load({ table: "x".repeat(64) }), TypeError, "it has 64 bytes");
  await assertRejects(() => lab.load({ table: "" }), TypeError, 'Cannot use table "": it is empty');
});

once("refuses what would mix", async (lab) => {
  lab.put(A, lines("08:30:00", 3));
  await lab.load();
  await assertRejects(
    () => lab.load({ aggregation: "10s" }),
    TypeError,
    'Cannot load table "RAW" with aggregation "10s": it was loaded with "none"',
  );
  await lab.load({ aggregation: "10s", mode: "replace" });
  await check(lab, { window: 10 });
  lab.put("OTHER_pil-90_2026-01-20.csv", lines("08:30:00", 3));
  await assertRejects(() => lab.load({ aggregation: "10s" }), TypeError, 'both are device "pil-90" in table "RAW"');
  await lab.query(`create table "${lab.schema}"."T" ("Time" timestamptz, device_id text, sensor text, value real)`);
  await assertRejects(() => lab.load({ table: "t", device_id: "source" }), TypeError, 'no column "value"');
  await lab.query(`alter table "${lab.schema}"."T" alter value type double precision`);
  await assertRejects(() => lab.load({ table: "t", device_id: "source" }), TypeError, "no primary key");
  await lab.query(`alter table "${lab.schema}"."T" add primary key (sensor, device_id, "Time")`);
  await lab.load({ table: "t", device_id: "source" });
  assertEquals((await lab.rows("T")).length, 18);
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
  const other = lines("08:30:00", 60).replace("m0:3;", "m0:4;");
  const before = () => Deno.writeTextFileSync(`${lab.dir}/${A}`, other);
  await assertRejects(() => lab.load({}, { before }), Error, `Cannot load "${A}": it changed while being read`);
  lab.put(A, other);
  await lab.load();
  await check(lab);
});

once("shares the ledger with to_postgres, which leaves its rows alone", async (lab) => {
  using world = makeWorld(lab.connection, lab.schema);
  lab.put(A, lines("08:30:00", 60));
  await lab.load();
  // Both are steps of one dataset.
  Deno.copyFileSync(`${lab.dir}/../state/origin`, `${world.dir}/../state/origin`);
  world.put("EXP_pil-90__bio_signal__2026-01-20__10s.parquet", dayTable(0, [0, 10], { m0__raw__mean: [1.5, 2] }));
  assertEquals((await world.load({}, { replace: true })).loaded, 1);
  assertEquals((await lab.load({}, { replace: true })).loaded, 0);
  await check(lab);
  assertEquals((await world.load({}, { replace: true })).fresh, 1);
  using second = makeLab(lab.connection, `second ${lab.schema}`);
  using first = makeWorld(lab.connection, second.schema);
  first.put("EXP_pil-90__bio_signal__2026-01-20__10s.parquet", dayTable(0, [0, 10], { m0__raw__mean: [1.5, 2] }));
  await first.load();
  second.put(A, lines("08:30:00", 60));
  await second.load({}, { replace: true });
  await check(second);
});

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
