import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeProject } from "../project.ts";
import { A, B, both, check, once, shared } from "./raw_to_postgres_kinds.ts";
import { expectedRows, lines, makeLab } from "./raw_to_postgres_lab.ts";
import { dayTable, makeWorld } from "./to_postgres_world.ts";

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

once("loads the first of lines with one time that follow on each other", async (lab) => {
  lab.put(A, ["00", "01", "01", "01", "02"].map((s, i) => `2026-01-20T09:00:${s}Z;m0:${i}\n`).join(""));
  await lab.load();
  assertEquals((await lab.rows()).map(([, , , value]) => value), [0, 1, 4]);
});

once("loads more rows than are sent at once", async (lab) => {
  lab.put(A, lines("00:30:00", 12_000, { step: 0.25 }));
  await lab.load();
  await check(lab);
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

once("loads the rows behind a stray quote", async (lab) => {
  const row = (i: number, note: string) => `2026-01-20T09:00:0${i}Z,${i},${note}\n`;
  lab.put(A, `time,m0,note\n${row(0, "")}${row(1, '"oops')}${row(2, "")}${row(3, 'and "quoted"')}${row(4, '"5"')}`);
  const { metrics, rejects } = await lab.load({ delimiter: "," });
  assertEquals((await lab.rows()).map(([, , , value]) => value), [0, 2, 3, 4]);
  assertEquals([metrics.lines, metrics.accepted, metrics.rejected], [6, 4, 1]);
  assertEquals(rejects.map(({ line, reason }) => [line, reason]), [[3, "unclosed quote"]]);
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
    'Cannot load table "RAW" with aggregation "10s": it was loaded with "none"; set another table, or run this step alone ' +
      "(--step) once with --output-mode replace, without from and to, to load it anew, without the rows of raw files that are " +
      "gone",
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

once("refuses to replace some days with another aggregation than the others keep", async (lab) => {
  lab.put(A, lines("23:59:00", 120));
  await lab.load({ aggregation: "60s" });
  const message =
    'Cannot load table "RAW" with aggregation "10s": it was loaded with "60s", and rows outside of the days';
  for (const range of [{ from: "2026-01-21" }, { to: "2026-01-20" }, { from: "2026-01-22", to: "2026-01-23" }]) {
    await assertRejects(() => lab.load({ aggregation: "10s", ...range }, { replace: true }), TypeError, message);
  }
  assertEquals((await lab.load({ aggregation: "60s" })).loaded, 0);
  await lab.load({ aggregation: "10s", from: "2026-01-20", to: "2026-01-21" }, { replace: true });
  await check(lab, { window: 10 });
  await lab.load({ aggregation: "none", to: "2026-01-21" }, { replace: true });
  await check(lab);
});

shared("refuses to replace rows with another aggregation where other datasets' rows stay", async (lab) => {
  using other = makeLab(lab.connection, lab.schema);
  lab.put(A, lines("23:59:00", 120));
  other.put(B, lines("23:59:00", 120));
  await lab.load();
  await other.load();
  const message =
    'it was loaded with "none", and rows of another dataset, or of a file that cannot be read, would stay';
  await assertRejects(() => lab.load({ aggregation: "10s" }, { replace: true }), TypeError, message);
  assertEquals(await lab.rows(), expectedRows(new Map([...lab.files(), ...other.files()])));
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

Deno.test("raw_to_postgres loads nothing where --strict finds a reject, so that the next run finds it, too", async () => {
  const step = { treatment: "raw_to_postgres", input: "00_raw", output: "05_live", params: { host: "embedded" } };
  using project = makeProject({
    "flows/f.json": { name: "f", description: "loads", dataset: "d", steps: [step] },
    [`datasets/d/00_raw/${A}`]: `${lines("08:30:00", 3)}broken\n`,
  });
  for (const last of [false, true]) {
    const { exit_code, steps } = await project.run("f", { strict: true, last });
    assertEquals(exit_code, 1);
    assertStringIncludes(steps[0]!.errors[0]!.message, "1 input lines or values were rejected");
  }
  const { exit_code, steps } = await project.run("f");
  assertEquals([exit_code, steps[0]!.rejects, steps[0]!.rows_out], [0, 1, 9]);
  assertStringIncludes(project.read("datasets/d/05_live/_rejects/all.jsonl"), "bad timestamp");
  // A file is read once, but its rejects are not forgotten.
  assertEquals([(await project.run("f")).exit_code, (await project.run("f", { strict: true })).exit_code], [0, 1]);
});
