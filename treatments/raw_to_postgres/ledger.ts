/** What the table was loaded from: a row of `myx_ledger` per device and hour, and one per raw file with what it holds. */
import type { Database } from "myx";
import { type FileHours, HOUR_LENGTH, type HourFact, hourText, packHours, parseHour, unpackHours } from "./hours.ts";
import type { Target } from "./target.ts";
import { TOUCHED } from "./watch_table.ts";

/** Hashes of the rows that files have for an hour, by file. */
export type Parts = Readonly<Record<string, string>>;

/** What an hour of a device was loaded from. */
export interface Inputs {
  /** The dataset that has loaded it last. */
  readonly origin: string;
  /** Not there where nothing was loaded, but somebody has moved rows into the hour. */
  readonly aggregation?: string;
  /** The files whose rows it holds. */
  readonly parts: Parts;
  /** Files that were gone by then, of whose rows those stay that no other file has replaced. */
  readonly kept: Parts;
  /** What other datasets have loaded of it, by origin: it is not ours to remove. */
  readonly others?: Readonly<Record<string, Parts>>;
}

/** What the ledger says of an hour. */
export interface Entry {
  readonly inputs: Inputs;
  /** Whether others have taken rows of it out of the table, or changed them. */
  readonly touched: boolean;
}

/** What is remembered of a raw file, so that it is only read again once it has changed. */
export interface FileFacts {
  readonly sha256: string;
  /** How it was read. */
  readonly reading: string;
  /** The step that has read it, by its output folder; older ledgers do not say. */
  readonly step?: string;
  /** Whether its last line was read although it had no line end. */
  readonly settled: boolean;
  /** Lines left for later. */
  readonly pending: number;
  /** Lines and values that could not be used, if there are any: under strict it is read again for them. */
  readonly rejects?: number;
  readonly hours: FileHours;
}

const FILE = "file:";

/** What is known of the files of a dataset, by name. */
export async function readFacts(db: Database, target: Target, origin: string): Promise<Map<string, FileFacts>> {
  const prefix = `${FILE}${origin}:`;
  const rows = await db.query<{ unit: string; inputs: StoredFacts }>(
    `select unit, inputs from ${target.ledger} where target = $1 and starts_with(unit, $2)`,
    [target.name, prefix],
  );
  return new Map(rows.map(({ unit, inputs: { hours, ...facts } }) => {
    const entries = Object.entries(hours).map(([hour, [hash, values]]): [number, HourFact] => [
      parseHour(hour),
      { hash, values },
    ]);
    return [unit.slice(prefix.length), { ...facts, hours: packHours(new Map(entries)) }];
  }));
}

type StoredFacts = Omit<FileFacts, "hours"> & { hours: Record<string, [string, number]> };

/** Remembers what files hold, and forgets files. */
export async function writeFacts(
  db: Database,
  target: Target,
  origin: string,
  facts: ReadonlyMap<string, FileFacts | undefined>,
): Promise<void> {
  const rows = facts.entries().map(([name, known]) => {
    const unit = `${FILE}${origin}:${name}`;
    if (!known) return { unit };
    const hours = [...unpackHours(known.hours)].map(([hour, { hash, values }]) => [hourText(hour), [hash, values]]);
    const values = known.hours.values.reduce((sum, values) => sum + values, 0);
    return { unit, rows: values, inputs: { ...known, hours: Object.fromEntries(hours) } };
  });
  await writeRows(db, target, rows);
}

/** Hours from one to another, both included; endless where they are not finite. */
export interface HourRange {
  readonly first: number;
  readonly last: number;
}

const HOURS = `right(unit, ${HOUR_LENGTH}) collate "C"`;

function boundsOf(first: number, last: number): [string, string] {
  return [Number.isFinite(first) ? hourText(first) : "", Number.isFinite(last) ? hourText(last) : "9"];
}

// Years of five digits, which only somebody can move rows to, would be taken for others.
const IN_RANGE = `inputs ? 'parts' and unit like '% ____-__-__T__' and ${HOURS} between $2 and $3`;
const AMONG = "unit in (select jsonb_array_elements_text($2::text::jsonb))";

/** What the ledger says of some hours, each found by its key: to look through all hours for some takes as long as for all. */
export async function readEntries(db: Database, target: Target, keys: readonly string[]): Promise<Map<string, Entry>> {
  return await selectEntries(db, target, `${AMONG} and inputs ? 'parts'`, [JSON.stringify(keys)]);
}

/** The hours of a range that the ledger knows of each device, as their texts without anything between. */
export async function readHours(
  db: Database,
  { name, ledger }: Target,
  { first, last }: HourRange,
): Promise<Map<string, string>> {
  const rows = await db.query<{ device: string; hours: string }>(
    `select left(unit, ${-1 - HOUR_LENGTH}) as device, string_agg(right(unit, ${HOUR_LENGTH}), '') as hours
     from ${ledger} where target = $1 and ${IN_RANGE} group by 1`,
    [name, ...boundsOf(first, last)],
  );
  return new Map(rows.map(({ device, hours }) => [device, hours]));
}

/** The keys of a device's hours, told so. */
export function keysOf(device: string, hours: string): string[] {
  const count = hours.length / HOUR_LENGTH;
  return Array.from({ length: count }, (_, i) => `${device} ${hours.slice(i * HOUR_LENGTH, (i + 1) * HOUR_LENGTH)}`);
}

/**
 * What the ledger says of some hours. To the end of the transaction nobody else can say otherwise: whoever takes rows of
 * them out meanwhile has to wait, and is heard by the next run.
 */
export async function lockEntries(db: Database, target: Target, keys: readonly string[]): Promise<Map<string, Entry>> {
  return await selectEntries(db, target, `${AMONG} order by unit for update`, [JSON.stringify(keys)]);
}

async function selectEntries(
  db: Database,
  { name, ledger }: Target,
  some: string,
  values: readonly string[],
): Promise<Map<string, Entry>> {
  const rows = await db.query<Entry & { unit: string }>(
    `select unit, inputs, fingerprint = '${TOUCHED}' as touched from ${ledger} where target = $1 and ${some}`,
    [name, ...values],
  );
  return new Map(rows.map(({ unit, ...entry }) => [unit, entry]));
}

/** Says what hours hold now, and forgets those that hold nothing. */
export async function writeEntries(
  db: Database,
  target: Target,
  entries: ReadonlyMap<string, { readonly rows: number; readonly inputs: Inputs } | undefined>,
): Promise<void> {
  await writeRows(db, target, entries.entries().map(([unit, entry]) => ({ unit, ...entry })));
}

/** Another aggregation that hours of the table have, if there is one; hours `but` those are not looked at. */
export async function otherAggregation(
  db: Database,
  target: Target,
  aggregation: string,
  but?: HourRange,
): Promise<string | undefined> {
  const [other] = await db.query<{ aggregation: string }>(
    `select inputs ->> 'aggregation' as aggregation from ${target.ledger}
     where target = $1 and inputs ? 'parts' and inputs ->> 'aggregation' <> $2
     ${but ? `and ${HOURS} not between $3 and $4` : ""} limit 1`,
    [target.name, aggregation, ...but ? boundsOf(but.first, but.last) : []],
  );
  return other?.aggregation;
}

interface LedgerRow {
  readonly unit: string;
  readonly rows?: number;
  readonly inputs?: unknown;
}

/** Rows in one statement: in one for all, years of files took most of the memory of a first load. */
const ROWS_AT_ONCE = 500;

async function writeRows(db: Database, target: Target, rows: Iterable<LedgerRow>): Promise<void> {
  let some: LedgerRow[] = [];
  for (const row of rows) {
    if (some.push(row) < ROWS_AT_ONCE) continue;
    await writeSome(db, target, some);
    some = [];
  }
  await writeSome(db, target, some);
}

/** Rows without inputs are removed. */
async function writeSome(db: Database, { name, ledger }: Target, rows: readonly LedgerRow[]): Promise<void> {
  const gone = rows.filter(({ inputs }) => inputs === undefined).map(({ unit }) => unit);
  const kept = rows.filter(({ inputs }) => inputs !== undefined);
  if (gone.length > 0) {
    await db.query(
      `delete from ${ledger} where target = $1 and ${AMONG}`,
      [name, JSON.stringify(gone)],
    );
  }
  if (kept.length === 0) return;
  await db.query(
    `insert into ${ledger} (target, unit, fingerprint, rows, loaded_at, inputs)
     select $1, unit, encode(sha256(convert_to(inputs::text, 'UTF8')), 'hex'), rows, now(), inputs
     from jsonb_to_recordset($2::text::jsonb) as given (unit text, rows bigint, inputs jsonb)
     on conflict (target, unit) do update set fingerprint = excluded.fingerprint, rows = excluded.rows,
       loaded_at = excluded.loaded_at, inputs = excluded.inputs`,
    [name, JSON.stringify(kept)],
  );
}
