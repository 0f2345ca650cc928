/**
 * DuckDB, in SQL alone: `deno run -A duckdb.ts RAW OUT RULES`. As many connections as threads take the work of a step in
 * turn, so that both cores are busy where a single query would leave one idle.
 */
import { type DomainRules, METRICS, type Step } from "./rules.ts";
import { daysOf, pathOf, rules, sources, timed } from "./shared.ts";

/** Named by a variable, so that myx type-checks where the package is not installed. */
const PACKAGE: string = "@duckdb/node-api";
const { DuckDBInstance } = await import(PACKAGE);

interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRowsJson(): unknown[][] }>;
  closeSync(): void;
}

const threads = navigator.hardwareConcurrency;
const database = await DuckDBInstance.create(":memory:", { threads: String(threads) });
const PARQUET = "(format parquet, compression 'snappy')";
const files = sources();
const series = files.flatMap(([source]) =>
  Object.entries(rules.domains).map(([domain, rule]) => ({ source, domain, rule }))
);

/** `make` for each column, joined by commas. */
const each = (columns: readonly string[], make: (column: string, index: number) => string) =>
  columns.map(make).join(", ");
const from = (...where: Parameters<typeof pathOf>) => `'${pathOf(...where)}'`;
const write = (con: Connection, sql: string, ...where: Parameters<typeof pathOf>) =>
  con.run(`copy (${sql}) to ${from(...where)} ${PARQUET}`);

async function share<T>(tasks: readonly T[], work: (con: Connection, task: T) => Promise<void>): Promise<void> {
  const queue = [...tasks];
  await Promise.all(Array.from({ length: Math.min(threads, queue.length) }, async () => {
    const con: Connection = await database.connect();
    await con.run("set TimeZone = 'UTC'; set preserve_insertion_order = true");
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await work(con, task);
    con.closeSync();
  }));
}

const parse = () =>
  share(files, async (con, [source, paths]) => {
    const keys = Object.values(rules.domains).flatMap(({ columns, type }) => columns.map((name) => ({ name, type })));
    const fields = keys.map((_, i) => `f${i}`);
    const columns = ["f_stamp: 'TIMESTAMP'", ...[...fields, "more0", "more1"].map((name) => `${name}: 'VARCHAR'`)];
    const simple = `coalesce(${
      keys.map(({ name }, i) => `starts_with(f${i}, '${name}:')`).join(" and ")
    }, false) and more0 is null`;
    const value = ({ name, type }: typeof keys[number], i: number) => {
      const as = type === "int" ? "bigint" : "double";
      return `case when simple then try_cast(substr(f${i}, ${name.length + 2}) as ${as})
        else try_cast(regexp_extract(rest, ';${name}:([^;]*)', 1) as ${as}) end as ${name}`;
    };
    const has = ([domain, { columns }]: [string, DomainRules]) =>
      `simple or regexp_matches(rest, ';(${columns.join("|")})(:|;|$)') as has_${domain}`;
    await con.run(`create temp table parsed as
      with lines as (
        select *, ${simple} as simple,
          case when not (${simple}) then ';' || concat_ws(';', ${[...fields, "more0", "more1"].join(", ")}) end as rest
        from read_csv(${JSON.stringify(paths).replaceAll('"', "'")}, columns = {${columns.join(", ")}}, delim = ';',
          header = false, quote = '', escape = '', auto_detect = false, null_padding = true, nullstr = '',
          ignore_errors = true, parallel = false))
      select make_timestamptz(epoch_us(f_stamp)) as ts, row_number() over () as line, ${keys.map(value).join(", ")},
        ${Object.entries(rules.domains).map(has).join(", ")}
      from lines where f_stamp is not null`);
    const ask = async (sql: string) => (await con.runAndReadAll(sql)).getRowsJson();
    const [unsorted] = await ask(
      "select count(*) filter (ts < before) from (select ts, lag(ts) over () as before from parsed)",
    );
    const order = Number(unsorted![0]) ? "order by ts, line" : "";
    for (const [day] of await ask("select distinct ts::date::varchar from parsed order by 1")) {
      for (const [domain, rule] of Object.entries(rules.domains)) {
        await write(
          con,
          `select ts, ${rule.columns.join(", ")} from parsed
            where ts >= '${day} 00:00:00Z' and ts < timestamptz '${day} 00:00:00Z' + interval 1 day and has_${domain} ${order}`,
          "parse",
          source,
          domain,
          String(day),
        );
      }
    }
    await con.run("drop table parsed");
  });

const clean = () =>
  share(series, async (con, { source, domain, rule: { columns, min, max, threshold } }) => {
    const half = rules.spike_window >> 1;
    const days = daysOf("parse", source, domain);
    const table = (i: number) => `rows_${i}`;
    const load = (i: number) =>
      con.run(`create temp table ${table(i)} as
        select ts, ${each(columns, (c) => `case when ${c} between ${min} and ${max} then ${c} end as ${c}`)}
        from (select *, lag(ts) over () as before from ${from("parse", source, domain, days[i]!)})
        where ts is distinct from before`);
    if (days.length) await load(0);
    for (const [i, day] of days.entries()) {
      if (i + 1 < days.length) await load(i + 1);
      const near = [`select *, true as own from ${table(i)}`];
      if (i) near.push(`(select *, false from ${table(i - 1)} order by ts desc limit ${half})`);
      if (i + 1 < days.length) near.push(`(select *, false from ${table(i + 1)} order by ts limit ${half})`);
      await write(
        con,
        `with near as (${near.join(" union all ")}), medians as (
          select *, ${each(columns, (c) => `median(${c}) over w as ${c}_median`)} from near
          window w as (order by ts rows between ${half} preceding and ${half} following))
        select ts, ${each(columns, (c) => `case when abs(${c} - ${c}_median) <= ${threshold} then ${c} end as ${c}`)}
        from medians where own order by ts`,
        "clean",
        source,
        domain,
        day,
      );
      if (i) await con.run(`drop table ${table(i - 1)}`);
    }
    if (days.length) await con.run(`drop table ${table(days.length - 1)}`);
  });

const resample = () =>
  share(series, async (con, { source, domain, rule: { columns, how } }) => {
    const days = daysOf("clean", source, domain);
    for (const [i, day] of days.entries()) {
      const near = days.slice(Math.max(0, i - 1), i + 2).map((near) => from("clean", source, domain, near));
      const start = Date.parse(`${day}T00:00:00Z`) / 1000;
      const cell = (c: string) => how === "last" ? `arg_max(${c}, ts) as ${c}` : `avg(${c}) as ${c}`;
      const fill = (c: string) =>
        `case when ${c} is not null then ${c}
          when lag(${c}, 1) over w is not null and coalesce(lead(${c}, 1) over w, lead(${c}, 2) over w) is not null
            then lag(${c}, 1) over w
          when lag(${c}, 1) over w is null and lead(${c}, 1) over w is not null then lag(${c}, 2) over w end as ${c}`;
      await write(
        con,
        `with cells as (
          select epoch_us(ts) // 1000000 as s, ${each(columns, cell)} from read_parquet([${near}])
          where ts >= to_timestamp(${start - 3}) and ts < to_timestamp(${start + 86403}) group by 1),
        grid as (select unnest(range((select min(s) from cells), (select max(s) + 1 from cells))) as s),
        rows as (select grid.s, ${each(columns, (c) => `cells.${c}`)} from grid left join cells using (s)),
        filled as (select s, ${each(columns, fill)} from rows window w as (order by s)),
        own as (select * from filled where s between ${start} and ${start + 86399}),
        held as (select min(s) as first, max(s) as last from own where coalesce(${columns.join(", ")}) is not null)
        select make_timestamptz(s * 1000000) as ts, ${columns.join(", ")} from own, held
        where s between first and last order by s`,
        "resample",
        source,
        domain,
        day,
      );
    }
  });

/** The partitions that a step has written, for steps that need no neighbours. */
const partitions = (step: Step) =>
  series.flatMap((one) => daysOf(step, one.source, one.domain).map((day) => ({ ...one, day })));

const transform = () =>
  share(partitions("resample"), async (con, { source, domain, day, rule }) => {
    const made = (c: string) => rule.function === "log" ? `ln(${c})` : `1 / sqrt(${c})`;
    const columns = each(
      rule.columns,
      (c) => `${c}, case when ${c} > 0 then ${made(c)} end as ${c}__${rule.function}`,
    );
    const sql = `select ts, ${columns} from ${from("resample", source, domain, day)}`;
    await write(con, sql, "transform", source, domain, day);
  });

const SQL = { mean: "avg", std: "stddev_samp", min: "min", max: "max", median: "median" };

const aggregate = () =>
  share(partitions("transform"), async (con, { source, domain, day, rule }) => {
    const names = rule.columns.flatMap((c) => [[c, `${c}__raw`], [`${c}__${rule.function}`, `${c}__${rule.function}`]]);
    const metrics = names.flatMap(([c, name]) => METRICS.map((metric) => `${SQL[metric]}(${c}) as ${name}__${metric}`));
    for (const [window, seconds] of Object.entries(rules.windows)) {
      await write(
        con,
        `select make_timestamptz((epoch_us(ts) // ${seconds}000000) * ${seconds}000000) as ts, ${metrics.join(", ")}
          from ${from("transform", source, domain, day)} group by 1 order by 1`,
        "aggregate",
        source,
        domain,
        day,
        window,
      );
    }
  });

console.log(JSON.stringify(await timed({ parse, clean, resample, transform, aggregate })));
Deno.exit(0);
