/**
 * Polars for Node: `deno run -A polars_npm.ts RAW OUT RULES [PART OF]`. One lazy query per step and file, in one process
 * per core as long as there is a source for each.
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { type DomainRules, METRICS } from "./rules.ts";
import { daysOf, oddLine, out, pathOf, raw, rules, rulesPath, sources, timed } from "./shared.ts";

const cores = navigator.hardwareConcurrency;
const all = sources();
const processes = Math.min(cores, all.length);
const part = Number(Deno.args[3] ?? 0);
const own = all.filter((_, i) => i % processes === part);
// Read when Polars is loaded.
Deno.env.set("POLARS_MAX_THREADS", String(Math.floor(cores / processes)));
/** Named by a variable, so that myx type-checks where the package is not installed. */
const PACKAGE: string = "nodejs-polars";
const { default: pl } = await import(PACKAGE);

// The package's own declarations lack much of what it does.
// deno-lint-ignore no-explicit-any
type Any = any;
/** Files smaller than this on average are read into one buffer, and parsed at once. */
const SMALL_BYTES = 1 << 20;
const DATETIME = pl.Datetime("us", "UTC");
const domains: [string, DomainRules][] = Object.entries(rules.domains);
const keys = domains.flatMap(([, { columns, type }]) =>
  columns.map((name) => ({ name, type: type === "int" ? pl.Int64 : pl.Float64 }))
);
const fields = keys.map((_, i) => `field${i}`);
const texts = [...fields, "more0", "more1"];
const NULL = pl.lit(null);
const write = (frame: Any, ...where: Parameters<typeof pathOf>) =>
  frame.writeParquet(pathOf(...where), { compression: "snappy" });
const scan = (...where: Parameters<typeof pathOf>): Any => pl.scanParquet(pathOf(...where));
const int = (value: number) => pl.lit(value).cast(pl.Int64);

const CSV = {
  hasHeader: false,
  sep: ";",
  schema: { ts: DATETIME, ...Object.fromEntries(texts.map((name) => [name, pl.Utf8])) },
  rowIndexName: "line",
  truncateRaggedLines: true,
  missingColumns: "insert",
  ignoreErrors: true,
  encoding: "utf8-lossy",
  quoteChar: "\u0001",
};

function parse(): void {
  for (const [source, paths] of own) {
    const frames = readLines(paths).map(parseLines);
    for (const [domain, { columns }] of domains) {
      let rows: Any = pl.concat(frames.map((frame) => frame[domain]));
      if (rows.height > 1 && rows.getColumn("ts").cast(pl.Int64).diff().min() < 0) {
        rows = rows.sort("ts", false, false, true);
      }
      for (const [day, of] of byDay(rows)) write(of.select("ts", ...columns), "parse", source, domain, day);
    }
  }
}

function readLines(paths: readonly string[]): Any[] {
  const bytes = paths.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
  if (bytes / paths.length > SMALL_BYTES) return paths.map((path) => pl.scanCSV(path, CSV));
  const text = Buffer.concat(paths.map((path) => Deno.readFileSync(path)));
  return [pl.readCSV(text, CSV).lazy()];
}

/** The rows of each domain, in order of line. */
function parseLines(lines: Any): Record<string, Any> {
  const simple = keys.map(({ name }, i) => pl.col(`field${i}`).str.startsWith(`${name}:`))
    .reduce((a: Any, b: Any) => a.and(b));
  const whole = pl.col(fields.at(-1)!).str.contains("\ufffd").not();
  const frame = lines.withColumns(
    simple.and(pl.col("more0").isNull()).and(whole).fillNull(false).alias("simple"),
  ).filter(pl.col("ts").isNotNull()).collectSync();
  const good = frame.lazy().filter(pl.col("simple")).select([
    "line",
    "ts",
    ...keys.map(({ name, type }, i) => pl.col(`field${i}`).str.slice(name.length + 1).cast(type).alias(name)),
  ]).collectSync();
  const odd = frame.filter(pl.col("simple").not());
  const found = odd.select(...texts).rows().map((texts: Any[]) => oddLine(texts.filter((text) => text !== null)));
  return Object.fromEntries(domains.map(([domain, { columns }]) => {
    const rows = good.select("line", "ts", ...columns);
    if (odd.height === 0) return [domain, rows.drop("line")];
    const values = columns.map((name, i) => {
      const { type } = keys.find((key) => key.name === name)!;
      return pl.Series(name, found.map((of: ReturnType<typeof oddLine>) => of?.[domain]?.[i] ?? null), pl.Float64)
        .cast(type);
    });
    const has = pl.Series("has", found.map((of: ReturnType<typeof oddLine>) => of?.[domain] !== undefined));
    const more = odd.select("line", "ts").hstack([...values, has]).filter(pl.col("has")).drop("has");
    return [domain, rows.vstack(more).sort("line").drop("line")];
  }));
}

/** Rows in order of time, cut by UTC day. */
function byDay(rows: Any): [string, Any][] {
  const day = pl.col("ts").cast(pl.Int64).div(int(86_400_000_000)).floor().cast(pl.Int64);
  const found = rows.lazy().select(day.alias("day")).unique().collectSync().getColumn("day").toArray().map(Number)
    .sort();
  return found.map((number: number) => {
    const start = number * 86_400_000_000;
    const within = pl.col("ts").cast(pl.Int64).gtEq(int(start)).and(
      pl.col("ts").cast(pl.Int64).lt(int(start + 86_400_000_000)),
    );
    const name = new Date(start / 1000).toISOString().slice(0, 10);
    return [name, found.length === 1 ? rows : rows.filter(within)];
  });
}

/** Calls `work` for each day with its frame and those of the days before and after it; each is read once. */
function withNeighbours(days: readonly string[], read: (day: string) => Any, work: (day: string, near: Any[]) => void) {
  let [before, frame]: Any[] = [undefined, days.length ? read(days[0]!) : undefined];
  days.forEach((day, i) => {
    const after = i + 1 < days.length ? read(days[i + 1]!) : undefined;
    work(day, [before, frame, after]);
    [before, frame] = [frame, after];
  });
}

function clean(): void {
  const half = rules.spike_window >> 1;
  const float = (column: string) => pl.col(column).cast(pl.Float64);
  for (const [source] of own) {
    for (const [domain, { columns, min, max, threshold }] of domains) {
      const valid = columns.map((c) =>
        pl.when(pl.col(c).gtEq(min).and(pl.col(c).ltEq(max))).then(pl.col(c)).otherwise(NULL).alias(c)
      );
      const read = (day: string) =>
        scan("parse", source, domain, day).unique({ subset: ["ts"], keep: "first", maintainOrder: true })
          .withColumns(valid).collectSync();
      const median = (c: string) =>
        float(c).rollingMedian({ windowSize: rules.spike_window, minPeriods: 1, center: true });
      const smooth = columns.map((c) =>
        pl.when(float(c).sub(median(c)).abs().ltEq(threshold)).then(pl.col(c)).otherwise(NULL).alias(c)
      );
      withNeighbours(daysOf("parse", source, domain), read, (day, [before, frame, after]) => {
        const near = [before?.tail(half), frame, after?.head(half)].filter((rows) => rows);
        const rows = pl.concat(near).lazy().withColumns(smooth).slice(before ? near[0].height : 0, frame.height);
        write(rows.collectSync(), "clean", source, domain, day);
      });
    }
  }
}

function resample(): void {
  for (const [source] of own) {
    for (const [domain, { columns, how }] of domains) {
      const second = pl.col("ts").cast(pl.Int64).div(int(1_000_000)).floor().cast(pl.Int64).alias("s");
      const cells = columns.map((c) => (how === "last" ? pl.col(c).dropNulls().last() : pl.col(c).mean()).alias(c));
      const read = (day: string) =>
        scan("clean", source, domain, day).withColumns(second).groupBy("s").agg(...cells).collectSync();
      const filled = columns.map((c) => {
        const at = (offset: number) => pl.col(c).shift(offset);
        return pl.when(pl.col(c).isNotNull()).then(pl.col(c))
          .when(at(1).isNotNull().and(at(-1).isNotNull().or(at(-2).isNotNull()))).then(at(1))
          .when(at(1).isNull().and(at(-1).isNotNull())).then(at(2)).otherwise(NULL).alias(c);
      });
      const held = columns.map((c) => pl.col(c).isNotNull()).reduce((a: Any, b: Any) => a.or(b));
      withNeighbours(daysOf("clean", source, domain), read, (day, [before, frame, after]) => {
        const start = Date.parse(`${day}T00:00:00Z`) / 1000;
        const near = [
          before?.filter(pl.col("s").gtEq(start - 3)),
          frame,
          after?.filter(pl.col("s").lt(start + 86_403)),
        ];
        const found = pl.concat(near.filter((rows) => rows));
        const [first, last] = [found.getColumn("s").min(), found.getColumn("s").max()].map(Number);
        const grid = pl.DataFrame({ s: pl.intRange({ start: first, end: last! + 1, dtype: pl.Int64, eager: true }) });
        const rows = grid.lazy().join(found.lazy(), { on: "s", how: "left" }).sort("s")
          .select(["s", ...filled]).filter(pl.col("s").gtEq(start).and(pl.col("s").lt(start + 86_400))).collectSync();
        const seconds = rows.filter(held).getColumn("s");
        const [from, to] = seconds.length ? [Number(seconds.min()), Number(seconds.max())] : [0, -1];
        const ts = pl.col("s").mul(int(1_000_000)).cast(DATETIME).alias("ts");
        const own = rows.filter(pl.col("s").gtEq(from).and(pl.col("s").ltEq(to))).select([ts, ...columns]);
        write(own, "resample", source, domain, day);
      });
    }
  }
}

function transform(): void {
  for (const [source] of own) {
    for (const [domain, rule] of domains) {
      const columns = rule.columns.flatMap((c) => {
        const x = pl.col(c).cast(pl.Float64);
        const made = rule.function === "log" ? x.log() : pl.lit(1).div(x.pow(0.5));
        return [pl.col(c), pl.when(x.gt(0)).then(made).otherwise(NULL).alias(`${c}__${rule.function}`)];
      });
      for (const day of daysOf("resample", source, domain)) {
        write(
          scan("resample", source, domain, day).select(["ts", ...columns]).collectSync(),
          "transform",
          source,
          domain,
          day,
        );
      }
    }
  }
}

function aggregate(): void {
  for (const [source] of own) {
    for (const [domain, rule] of domains) {
      const names = rule.columns.flatMap((
        c,
      ) => [[c, `${c}__raw`], [`${c}__${rule.function}`, `${c}__${rule.function}`]]);
      const metrics = names.flatMap(([c, name]) =>
        METRICS.map((metric) => pl.col(c)[metric]().alias(`${name}__${metric}`))
      );
      for (const day of daysOf("transform", source, domain)) {
        const rows = pl.readParquet(pathOf("transform", source, domain, day));
        for (const [window, seconds] of Object.entries(rules.windows)) {
          // Up to eight times as fast as groupByDynamic.
          const size = int(seconds * 1_000_000);
          const start = pl.col("ts").cast(pl.Int64).div(size).floor().cast(pl.Int64).mul(size).cast(DATETIME).alias(
            "ts",
          );
          const found = rows.lazy().withColumns(start).groupBy(["ts"], true).agg(...metrics).collectSync();
          write(found, "aggregate", source, domain, day, window);
        }
      }
    }
  }
}

const others = part ? [] : Array.from({ length: processes - 1 }, (_, i) => {
  const config = fileURLToPath(new URL("deno.json", import.meta.url));
  const args = ["run", "-q", "-A", "--config", config, import.meta.filename!, raw, out, rulesPath, String(i + 1)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn().output();
});
const times = await timed({ parse, clean, resample, transform, aggregate });
for (const { success, stdout } of await Promise.all(others)) {
  if (!success) Deno.exit(1);
  const theirs: Record<string, number> = JSON.parse(new TextDecoder().decode(stdout));
  for (const [step, ms] of Object.entries(theirs)) times[step] = Math.max(times[step]!, ms);
}
console.log(JSON.stringify(times));
Deno.exit(0);
