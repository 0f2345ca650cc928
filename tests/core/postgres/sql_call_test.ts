import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse as parseCsv } from "@std/csv/parse";
import { type Database, openDatabase } from "myx";
import { ask } from "../../../core/postgres/sql_call.ts";
import type { RowFormat } from "../../../core/postgres/format_rows.ts";
import { startServer } from "../../postgres_server.ts";
import { makeTempDir } from "../../temp_dir.ts";

const TABLE = '"EXP_PIL_90__BIO_SIGNAL__10S"';

async function prepared(db: Database): Promise<Database> {
  await db.query(`create table ${TABLE} (ts timestamptz primary key, m0__raw__mean double precision, n bigint);
    insert into ${TABLE} values ('2026-01-20T00:00:00.5Z', 0.1, 9007199254740993), ('2026-01-20T00:00:10Z', null, 2)`);
  return db;
}

async function answer(db: Database, query: string, format: RowFormat = "csv"): Promise<string> {
  let text = "";
  await ask(db, { query, format }, (part) => text += part);
  return text;
}

async function checkFormats(db: Database): Promise<void> {
  const query = `select *, null as "no, ""ne", '' as empty, n > 5 as large, 'NaN'::float8 as nan,
    '{"a": [1]}'::jsonb as j, '\\xff00'::bytea as b from ${TABLE} order by ts`;
  const csv = await answer(db, query);
  assertEquals(parseCsv(csv), [
    ["ts", "m0__raw__mean", "n", 'no, "ne', "empty", "large", "nan", "j", "b"],
    ["2026-01-20 00:00:00.5+00", "0.1", "9007199254740993", "", "", "true", "NaN", '{"a": [1]}', "\\xff00"],
    ["2026-01-20 00:00:10+00", "", "2", "", "", "false", "NaN", '{"a": [1]}', "\\xff00"],
  ]);
  assertStringIncludes(csv, ',2,,"",false');
  const [first, second] = (await answer(db, query, "json")).trimEnd().split("\n");
  assertEquals(
    first,
    '{"ts":"2026-01-20 00:00:00.5+00","m0__raw__mean":0.1,"n":9007199254740993,"no, \\"ne":null,"empty":"","large":true,' +
      '"nan":"NaN","j":{"a": [1]},"b":"\\\\xff00"}',
  );
  assertEquals(JSON.parse(second!).m0__raw__mean, null);
  assertEquals(
    await answer(
      db,
      "select 1 as a, 'x' || chr(27) || '[2J' as b, null::int as c union all select 22, 'y', 3 order by 1",
      "table",
    ),
    " a  b           c\n--  ----------  -\n 1  x\\u001b[2J\n22  y           3\n",
  );
  assertEquals(await answer(db, `select ts from ${TABLE} where false`), "ts\n");
  assertEquals(await answer(db, `select ts from ${TABLE} where false`, "json"), "");
  assertStringIncludes(await answer(db, "explain select 1", "table"), "QUERY PLAN\n");
  assertStringIncludes(await answer(db, "show server_version"), "server_version\n");
  assertEquals(await answer(db, "-- how many\n(select count(*) from generate_series(1, 5));"), "count\n5\n");
}

async function checkNames(db: Database): Promise<void> {
  const query =
    `select min(n), min(ts), max(n), max(m0__raw__mean), 5 as max_2, max(m0__raw__mean) + 1 as max from ${TABLE}`;
  assertEquals(parseCsv(await answer(db, query)), [
    ["min", "min", "max", "max", "max_2", "max"],
    ["2", "2026-01-20 00:00:00.5+00", "9007199254740993", "0.1", "5", "1.1"],
  ]);
  assertEquals(
    await answer(db, query, "json"),
    '{"min":2,"min_2":"2026-01-20 00:00:00.5+00","max":9007199254740993,"max_3":0.1,"max_2":5,"max_4":1.1}\n',
  );
  assertEquals(
    await answer(db, "select 9223372036854775807, -9223372036854775808::numeric", "table"),
    "           ?column?  ?column?\n-------------------  --------------------\n9223372036854775807  -9223372036854775808\n",
  );
}

async function checkDigits(db: Database): Promise<void> {
  const query = `select array[9007199254740993::bigint] as a, '{"b": 12345678901234567890}'::jsonb as b,
    E'[\\n 1.10]'::json as c, 12345678901234567890.10 as d, '-Infinity'::float8 as e, 1e300::float8 as f, 0.1::real as g,
    null::json as h, array[true, null] as i, null::boolean as j, 2::smallint as k, 3::oid as l`;
  assertEquals(
    await answer(db, query, "json"),
    '{"a":"{9007199254740993}","b":{"b": 12345678901234567890},"c":[  1.10],"d":"12345678901234567890.10",' +
      '"e":"-Infinity","f":1e+300,"g":0.1,"h":null,"i":"{t,NULL}","j":null,"k":2,"l":3}\n',
  );
  assertEquals(parseCsv(await answer(db, query))[1], [
    ...["{9007199254740993}", '{"b": 12345678901234567890}', "[\n 1.10]", "12345678901234567890.10"],
    ...["-Infinity", "1e+300", "0.1", "", "{t,NULL}", "", "2", "3"],
  ]);
}

async function checkRefusals(db: Database): Promise<void> {
  const cases: [string, string][] = [
    [
      `drop table ${TABLE}`,
      'Cannot run the query: found "drop", expected select, with, values, table, explain or show: sql only reads',
    ],
    [`select 1; drop table ${TABLE}`, "multiple commands"],
    [`select 1; commit; begin read write; drop table ${TABLE}`, "multiple commands"],
    [`set transaction read write; drop table ${TABLE}`, 'found "set"'],
    [`show server_version; drop table ${TABLE}`, "multiple commands"],
    [`commit; drop table ${TABLE}`, 'found "commit;"'],
    ["copy (select 1) to program 'true'", 'found "copy"'],
    [`explain analyze delete from ${TABLE}`, "read-only transaction; it can only read"],
    [`select set_config('transaction_read_only', 'off', true)`, "read-write mode must be set before any query"],
    [`with x as (delete from ${TABLE} returning 1) select * from x`, "data-modifying"],
    ["selec 1", 'found "selec"'],
    ["select 1 from where", "syntax error at or near"],
    ["select 1 / 0", "Cannot run the query: division by zero"],
    ["select * from exp_pil_90__bio_signal__10s", `does not exist; write the name in double quotes: ${TABLE}`],
    ["select * from nothing", `relation "nothing" does not exist; there are ${TABLE}`],
  ];
  for (const [query, message] of cases) {
    const error = await assertRejects(() => answer(db, query), Error);
    assertStringIncludes(error.message, message);
  }
  assertEquals(await answer(db, `select count(*) from ${TABLE}`), "count\n2\n");
}

async function checkWrites(db: Database): Promise<void> {
  for (const query of ["select lo_from_bytea(4711, 'hello')", "select lo_put(lo_create(4711), 0, 'hello')"]) {
    await answer(db, query).catch(() => {});
    assertEquals(await answer(db, "select count(*) from pg_largeobject_metadata"), "count\n0\n");
  }
}

async function checkSize(db: Database): Promise<void> {
  const parts: string[] = [];
  const query = "select i, i * 0.5::float8 as half from generate_series(1, 2500) as i";
  await ask(db, { query, format: "csv" }, (part) => parts.push(part));
  assertEquals(
    parts.join(""),
    `i,half\n${Array.from({ length: 2500 }, (_, i) => `${i + 1},${(i + 1) / 2}\n`).join("")}`,
  );
  assertEquals(parts.length, 3);
  const lines = (await answer(db, query, "table")).split("\n");
  assertEquals([lines.length, lines.filter((line) => line.includes("half"))], [2503, [lines[0]]]);
}

Deno.test("ask() answers on the embedded database in every format, only reads, and takes any size in parts", async () => {
  const state = makeTempDir("myx-sql-");
  const db = await openDatabase({ host: "embedded", port: 0, dbname: "", user: "", sslmode: "disable", state });
  await prepared(db);
  for (const check of [checkFormats, checkNames, checkDigits, checkRefusals, checkWrites, checkSize]) await check(db);
  await db.close();
  Deno.removeSync(state, { recursive: true });
});

Deno.test("ask() answers on a server as on the embedded database", async () => {
  const server = await startServer();
  if (!server) return;
  const db = await prepared(await openDatabase(await server.createDatabase()));
  for (const check of [checkFormats, checkNames, checkDigits, checkRefusals, checkWrites, checkSize]) await check(db);
  await db.close();
  await server.stop();
});
