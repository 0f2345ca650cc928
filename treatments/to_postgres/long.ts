import {
  type Database,
  encodeRows,
  type Field,
  flagNameOf,
  isFlagColumn,
  parseFileName,
  ROW_FLAG,
  type Table,
} from "myx";
import type { LoadedColumn } from "./columns.ts";
import { deviceOf, type Feed } from "./feed.ts";
import { type Change, fileOf, type Inputs } from "./inputs.ts";
import { distrustColumns } from "./ledger.ts";
import type { Reader } from "./reader.ts";
import { checkLong, createLong, fitsLong, prepareLong, type Schema } from "./tables.ts";
import type { Writer } from "./unit.ts";
import { thenReadOn } from "./wide.ts";

/** What a unit of a long table is of. */
interface Series {
  readonly device: string;
  readonly domain: string;
  readonly day: string;
}

const UNIT = "device_id = $1 and domain = $2 and " +
  "ts >= $3::text::timestamptz and ts < $3::text::timestamptz + interval '1 day'";

/** Writes a row per value; a unit is a day of one source and domain. */
export function longWriter(schema: Schema, reader: Reader): Writer {
  return {
    check: checkDevices,
    create: (target, columns) => createLong(schema.sql(target), hasFlags(columns)),
    fits: (found, columns) => fitsLong(found, hasFlags(columns)),
    async prepare(db, target, columns) {
      // What the ledger says of flags is not true of a column that somebody had dropped.
      const onAdded = (db: Database) => distrustColumns(db, schema, target, isFlagColumn);
      await prepareLong(db, { name: target, sql: schema.sql(target) }, hasFlags(columns), onAdded);
    },
    partOf: (unit) => keyOf(seriesOf(unit)),
    // What a feed fills are rows of sensors, and their flags.
    lacks: (there, input) => !there.has(ROW_FLAG) && input.columns.some(isFlagColumn),
    async count(db, { target, unit }) {
      const sql = `select count(*) as rows from ${schema.sql(target)} where ${UNIT}`;
      const [counted] = await db.query<{ rows: number }>(sql, valuesOf(unit));
      return counted!.rows;
    },
    async countAll(db, target, keys) {
      const series = keys.map(({ unit }) => ({ unit, ...seriesOf(unit) }));
      const days = series.map(({ day }) => day).sort();
      const rows = await db.query<Series & { rows: number }>(
        `select device_id as device, domain, (ts at time zone 'UTC')::date::text as day, count(*) as rows
         from ${schema.sql(target)}
         where ts >= $1::text::timestamptz and ts < $2::text::timestamptz + interval '1 day' group by 1, 2, 3`,
        [startOf(days[0]!), startOf(days.at(-1)!)],
      );
      const counted = new Map(rows.map((row) => [keyOf(row), row.rows]));
      return new Map(series.map((one) => [one.unit, counted.get(keyOf(one)) ?? 0]));
    },
    async write(db, key, feeds, change) {
      const table = schema.sql(key.target);
      checkLong(key.target, key.there, [...feeds.values()].some(hasFlags));
      await remove(db, table, key.unit, feeds, change);
      for (const [feed, columns] of feeds) {
        const day = reader.read(feed);
        const flagged = hasFlags(columns);
        const names = ["ts", "device_id", "domain", "sensor", "value", ...(flagged ? [ROW_FLAG] : [])];
        const chunks = encodeLong(day, feed, columns, flagged);
        await db.copy(table, names, thenReadOn(chunks, db.embedded ? undefined : reader));
      }
      return await this.count(db, key);
    },
  };
}

/** Rows tell the device, not the source: two sources of one device would overwrite each other. */
function checkDevices(target: string, columns: ReadonlyMap<Feed, unknown>, recorded: readonly Inputs[]): void {
  const files = recorded.flatMap((inputs) => Object.keys(inputs).map(fileOf));
  const known = new Map(files.map((file) => [parseFileName(file)?.source ?? file, file]));
  // A replace that was cut short leaves two sources of a device, each with other days.
  const sources = Map.groupBy(known, ([source]) => deviceOf(source));
  for (const { file, words } of columns.keys()) {
    const other = sources.get(words.device)?.find(([source]) => source !== words.source);
    if (!other) continue;
    throw new TypeError(
      `Cannot load "${file.name}" beside "${other[1]}": both are device "${words.device}" in table "${target}"; name ` +
        "{source} or {experience} in table_template",
    );
  }
}

function hasFlags(columns: readonly LoadedColumn[]): boolean {
  return columns.some(({ name }) => isFlagColumn(name));
}

function* encodeLong(day: Table, { words }: Feed, columns: readonly LoadedColumn[], flagged: boolean) {
  for (const { name } of columns) {
    if (isFlagColumn(name)) continue;
    const { values } = day.columns.find((column) => column.name === name)!;
    const flags = day.columns.find((column) => column.name === flagFor(name, columns))?.values;
    const fields: Field[] = [
      { type: "timestamptz", values: day.ts },
      { type: "text", text: words.device },
      { type: "text", text: words.domain },
      { type: "text", text: name },
      { type: "double precision", values },
      ...(flagged ? [{ type: "integer" as const, values: flags ?? new Float64Array(values.length).fill(NaN) }] : []),
    ];
    yield* encodeRows(fields, day.ts.length);
  }
}

/** The flags of a column: `m0__raw__mean` is judged by `m0__flag`, or else by that of the row. */
function flagFor(name: string, columns: readonly LoadedColumn[]): string | undefined {
  const has = (flag: string) => columns.some((column) => column.name === flag);
  for (let stem = name; stem; stem = stem.includes("__") ? stem.slice(0, stem.lastIndexOf("__")) : "") {
    if (has(flagNameOf(stem))) return flagNameOf(stem);
  }
  return has(ROW_FLAG) ? ROW_FLAG : undefined;
}

/** Takes out what is written anew; when appending, sensors that this load has never had stay. */
async function remove(
  db: Database,
  table: string,
  unit: string,
  feeds: ReadonlyMap<Feed, readonly LoadedColumn[]>,
  change: Change,
): Promise<void> {
  const written = [...feeds.values()].flat().map(({ target }) => target);
  const [list, not] = change.replace ? [change.kept, " not"] : [[...written, ...change.dropped], ""];
  await db.query(
    `delete from ${table} where ${UNIT} and sensor${not} in (select jsonb_array_elements_text($4::text::jsonb))`,
    [...valuesOf(unit), JSON.stringify(list)],
  );
}

function valuesOf(unit: string): string[] {
  const { device, domain, day } = seriesOf(unit);
  return [device, domain, startOf(day)];
}

function startOf(day: string): string {
  return `${day} 00:00:00+00`;
}

function keyOf({ device, domain, day }: Series): string {
  return JSON.stringify([device, domain, day]);
}

/** A unit is called `<source>__<domain>__<day>`. */
function seriesOf(unit: string): Series {
  const [, source, domain, day] = /^(.+?)__([^_].*?)__(\d{4}-\d\d-\d\d)$/s.exec(unit)!;
  return { device: deviceOf(source!), domain: domain!, day: day! };
}
