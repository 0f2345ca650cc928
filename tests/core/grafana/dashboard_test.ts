/** The dashboard against Grafana's schema, and its queries, as Grafana fills them in, against tables that a flow loaded. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { type Database, openDatabase } from "myx";
import { databaseProject, ROWS } from "../../database_project.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly repeat?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly rawSql: string; readonly format: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly multi: boolean;
}

type Values = Readonly<Record<string, string | readonly string[]>>;

const read = (path: string) => JSON.parse(Deno.readTextFileSync(new URL(path, import.meta.url)));
const DASHBOARD = read("../../../core/grafana/valvometry.json");
const PANELS: readonly Panel[] = DASHBOARD.panels;
const VARIABLES: readonly Variable[] = DASHBOARD.templating.list;

/** Fills in a query as Grafana's PostgreSQL data source does. */
function fill(query: string, values: Values, from: string, to: string): string {
  const filled = query.replace(/\$\{(\w+):(raw|sqlstring)\}/g, (_, name: string, format: string) => {
    const list = [values[name]!].flat();
    if (format === "raw") {
      assertEquals(list.length, 1, `${name} has several values`);
      return list[0]!;
    }
    return list.map((value) => `'${value.replaceAll("'", "''")}'`).join(",");
  }).replace("$__timeFrom()", `'${from}'`).replace("$__timeTo()", `'${to}'`);
  assert(!/\$[\w{]/.test(filled), `left unfilled: ${filled}`);
  return filled;
}

async function valuesOf(db: Database, name: string, values: Values = {}): Promise<string[]> {
  const { query } = VARIABLES.find((variable) => variable.name === name)!;
  const rows = await db.query<Record<string, string>>(fill(query, values, "", ""));
  return rows.map((row) => Object.values(row)[0]!);
}

Deno.test("the dashboard is as Grafana's schema says, and its panels neither overlap nor share ids", () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(read("dashboard.schema.json"));
  assert(validate(DASHBOARD), JSON.stringify(validate.errors, null, 1));
  assertEquals(new Set(PANELS.map(({ id }) => id)).size, PANELS.length);
  assertEquals(PANELS.filter(({ type }) => type === "row").map(({ repeat }) => repeat), ["device"]);
  for (const [i, { gridPos: a }] of PANELS.entries()) {
    assert(a.x + a.w <= 24);
    for (const { gridPos: b } of PANELS.slice(i + 1)) {
      assert(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
    }
  }
  assertEquals(VARIABLES.filter(({ multi }) => multi).map(({ name }) => name), ["device", "channel"]);
  assertEquals(VARIABLES[0]!.type, "datasource");
});

Deno.test("the dashboard finds devices, windows and channels by itself, and its panels show what the flow computed", async () => {
  using project = await databaseProject();
  const state = `${project.dir}/datasets/mussels/.myx/state/postgres`;
  const db = await openDatabase({ host: "embedded", port: 0, dbname: "", user: "", sslmode: "disable", state });
  assertEquals(await valuesOf(db, "aggregation"), ["10S", "60S", "5MIN"]);
  // Quality flags are no statistic.
  await db.query(
    'alter table "EXP_PIL_90__BIO_SIGNAL__60S" add m0__flag bigint default 2, add quality_flag bigint default 2',
  );
  const aggregation = "60S";
  const device = await valuesOf(db, "device", { aggregation });
  assertEquals(device, ["EXP_PIL_90", "EXP_PIL_91"]);
  const statistic = await valuesOf(db, "statistic", { aggregation });
  assertEquals(statistic, ["raw__mean", "raw__std"]);
  const channel = await valuesOf(db, "channel", { aggregation, statistic: "raw__mean" });
  assertEquals(channel, ["m0", "m1", "m2", "m10"]);

  const [ledger, bio, environment] = PANELS.flatMap(({ targets = [] }) => targets.map(({ rawSql }) => rawSql));
  const first = { device: "EXP_PIL_90", aggregation, statistic: "raw__mean", channel };
  const ask = (query: string, values: Values, from = "2026-01-20T00:01:00Z", to = "2026-01-20T00:02:00Z") =>
    db.query<{ time: string; metric: string; value: number | null }>(fill(query, values, from, to));
  const rows = await ask(bio!, first);
  assertEquals(rows.columns, ["time", "metric", "value"]);
  assertEquals(rows.map(({ time, metric }) => `${time.slice(14, 16)} ${metric}`), [
    ..."m0 m1 m10".split(" ").map((m) => `01 ${m}`),
    ..."m0 m1 m10".split(" ").map((m) => `02 ${m}`),
  ]);
  const mean = (key: "m0" | "outdoor_temp", from: number) =>
    ROWS["EXP_pil-90"].slice(from, from + 60).reduce((sum, [, row]) => sum + row[key], 0) / 60;
  assertAlmostEquals(rows[0]!.value!, mean("m0", 60), 1e-9);
  assertAlmostEquals(rows[3]!.value!, mean("m0", 120), 1e-9);
  const one = await ask(bio!, { ...first, channel: ["m10"], statistic: "raw__std" });
  assertEquals(one.map(({ metric }) => metric), ["m10", "m10"]);
  assert(one.every(({ value }) => value! > 0 && value! < 1));

  // Windows without a value are rows of null: a gap in the graph.
  const gap = await ask(bio!, { ...first, device: "EXP_PIL_91" }, "2026-01-20T00:00:00Z", "2026-01-20T01:00:00Z");
  assertEquals(gap.filter(({ metric }) => metric === "m0").map(({ value }) => value), [
    300,
    300,
    300,
    null,
    300,
    300,
    300,
  ]);

  const temperature = await ask(environment!, first);
  assertEquals(temperature.map(({ metric }) => metric), ["outdoor_temp", "outdoor_temp"]);
  assertAlmostEquals(temperature[0]!.value!, mean("outdoor_temp", 60), 1e-9);

  // A device without any environment, and no device at all, are no errors.
  assertEquals((await ask(environment!, { ...first, device: "EXP_PIL_91" })).columns, ["time", "metric", "value"]);
  for (const query of [bio!, environment!]) {
    assertEquals((await ask(query, { ...first, device: "", channel: [] })).length, 0);
  }

  const loaded = await db.query<Record<string, unknown>>(ledger!);
  assertEquals(loaded.columns, ["table", "days", "first", "last", "rows", "last load"]);
  const entry = loaded.find(({ table }) => table === "EXP_PIL_90__BIO_SIGNAL__60S")!;
  assertEquals([entry.days, entry.first, entry.last, entry.rows], [1, "2026-01-20", "2026-01-20", 10]);
  await db.close();
});
