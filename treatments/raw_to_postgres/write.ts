import { type Database, encodeRows, type Field, quoteName } from "myx";
import type { HourRows } from "./hours.ts";
import { type Series, seriesOf } from "./series.ts";
import { COLUMNS, RANGE, rangeValues } from "./table.ts";
import type { Target } from "./target.ts";

/** An hour to write. */
export interface WrittenHour {
  readonly hour: number;
  /** The rows of its files, in name order; none takes the hour out. */
  readonly files: readonly HourRows[];
  /** Whether rows that stand there stay where these files have none of the same time and sensor. */
  readonly keeps: boolean;
  /** How many rows the table has of it. */
  readonly present: number;
}

const CHUNK = 2 ** 20;
/** Rows of one sensor are encoded apart, and most are few. */
const SMALL_CHUNK = 2 ** 16;

/**
 * Brings hours of one device to what their files say; to be called in a transaction. Rows that are as they should be are
 * not touched: of an hour that grows, only the new ones are written. Returns how many rows each hour has then.
 */
export async function writeHours(
  db: Database,
  target: Target,
  device: string,
  hours: readonly WrittenHour[],
  window: number,
): Promise<number[]> {
  const rows = hours.map(() => 0);
  const indexes = hours.map((_, i) => i);
  const fill = (wanted: readonly number[]) =>
    packed(encodeHours(device, wanted, (i) => seriesOf(hours[i]!.files, window), (i, count) => rows[i] = count));
  const full = indexes.filter((i) => hours[i]!.present > 0);
  if (full.length > 0) await exchange(db, target, device, full.map((i) => hours[i]!), fill(full));
  const empty = indexes.filter((i) => hours[i]!.present === 0 && hours[i]!.files.length > 0);
  if (empty.length > 0) await db.copy(target.table, COLUMNS, fill(empty));
  for (const [i, { hour, keeps, present }] of hours.entries()) {
    if (!keeps || present === 0) continue;
    const [counted] = await db.query<{ rows: number }>(
      `select count(*) as rows from ${target.table} where ${RANGE}`,
      rangeValues(device, hour, hour),
    );
    rows[i] = counted!.rows;
  }
  return rows;
}

/** Writes hours of which the table has rows. */
async function exchange(
  db: Database,
  { table }: Target,
  device: string,
  hours: readonly WrittenHour[],
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const columns = COLUMNS.map((name) => quoteName(name)).join(", ");
  // These columns alone: others that somebody has added, with a default and not null, would be empty here.
  await db.query(`create temp table myx_new on commit drop as select ${columns} from ${table} with no data`);
  await db.copy("myx_new", COLUMNS, chunks);
  await db.query("analyze myx_new");
  const match = 'from myx_new n where n."Time" = t."Time" and n.sensor = t.sensor and n.value is';
  for (const { first, last, keeps } of rangesOf(hours)) {
    const wrong = keeps
      ? `exists (select ${match} distinct from t.value)`
      : `not exists (select ${match} not distinct from t.value)`;
    await db.query(`delete from ${table} t where ${RANGE} and ${wrong}`, rangeValues(device, first, last));
  }
  await db.query(
    `insert into ${table} (${columns}) select ${columns} from myx_new n left join (
       select "Time" as time, sensor as name from ${table} where ${RANGE}) t on time = n."Time" and name = n.sensor
     where name is null`,
    rangeValues(device, hours[0]!.hour, hours.at(-1)!.hour),
  );
}

/** Hours that follow on each other and are treated alike. */
function rangesOf(hours: readonly WrittenHour[]): { first: number; last: number; keeps: boolean }[] {
  const ranges: { first: number; last: number; keeps: boolean }[] = [];
  for (const { hour, keeps } of hours) {
    const before = ranges.at(-1);
    if (before?.last === hour - 1 && before.keeps === keeps) before.last = hour;
    else ranges.push({ first: hour, last: hour, keeps });
  }
  return ranges;
}

function* encodeHours(
  device: string,
  hours: readonly number[],
  read: (i: number) => Series[],
  onRows: (i: number, rows: number) => void,
): Generator<Uint8Array> {
  for (const i of hours) {
    let rows = 0;
    for (const { sensor, times, values } of read(i)) {
      rows += times.length;
      const fields: Field[] = [
        { type: "timestamptz", values: times },
        { type: "text", text: device },
        { type: "text", text: sensor },
        { type: "double precision", values },
      ];
      yield* encodeRows(fields, times.length, { chunk: SMALL_CHUNK });
    }
    onRows(i, rows);
  }
}

/** Joins small chunks: for the embedded database each is a statement of its own. */
function* packed(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  let at = 0;
  for (const chunk of chunks) {
    if (at > 0 && at + chunk.length > CHUNK) {
      yield buffer.subarray(0, at);
      at = 0;
    }
    if (chunk.length > CHUNK) yield chunk;
    else {
      buffer.set(chunk, at);
      at += chunk.length;
    }
  }
  if (at > 0) yield buffer.subarray(0, at);
}
