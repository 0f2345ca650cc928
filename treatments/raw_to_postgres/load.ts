import { type Database, loadInTurn, lockFor } from "myx";
import type { RawFile, RawFiles } from "./files.ts";
import { hourKey, type HourRows, parseHourKey } from "./hours.ts";
import { type Entry, keysOf, lockEntries, readEntries, writeEntries } from "./ledger.ts";
import { type Hour, hoursOf, judge, keepsRows, mixtureError, type World } from "./plan.ts";
import { MOST_HOURS, type Settings } from "./settings.ts";
import { type Share, sharesOf } from "./shares.ts";
import { countRows, lockTable } from "./table.ts";
import type { Target } from "./target.ts";
import { writeHours } from "./write.ts";

/** What a load has done. */
export interface Loaded {
  /** Hours of devices written, found as they should be, and emptied. */
  readonly written: number;
  readonly fresh: number;
  readonly removed: number;
  /** Rows that the hours written have now. */
  readonly rows: number;
  /** Whether hours were written of which the table had nothing. */
  readonly grown: boolean;
}

/** How to load. */
export interface LoadOptions {
  /** Values that are loaded in one transaction, if one hour has not more. */
  readonly batch: number;
  /** Hours that are looked at together, if one device has not more. */
  readonly hours: number;
  onProgress(done: number, total: number): void;
}

/** An hour to look at, with no files where the ledger knows it and no file has it any more. */
interface Candidate {
  readonly key: string;
  readonly device: string;
  readonly number: number;
  readonly hour: Hour | undefined;
}

/** The hours of a share. */
interface Looked {
  readonly candidates: readonly Candidate[];
  readonly stale: readonly Candidate[];
}

/** Brings the table to what the files say. Everything that can be refused is refused before the first row is written. */
export async function load(
  db: Database,
  target: Target,
  raw: RawFiles,
  world: World,
  settings: Settings,
  { batch: size, hours, onProgress }: LoadOptions,
): Promise<Loaded> {
  const loaded = { written: 0, fresh: 0, removed: 0, rows: 0, grown: false };
  const stale: Share[] = [];
  let [done, total] = [0, 0];
  let last: { share: Share; looked: Looked } | undefined;
  for (const share of await sharesOf(db, target, raw.files, settings, hours)) {
    const looked = await lookAt(db, target, share, world, settings);
    last = { share, looked };
    loaded.fresh += looked.candidates.length;
    if (looked.stale.length === 0) continue;
    stale.push(share);
    total += looked.stale.length;
  }
  for (const share of stale) {
    const looked = share === last?.share ? last.looked : await lookAt(db, target, share, world, settings);
    for (const batch of batchesOf(looked.stale, size)) {
      const rows = await readBatch(batch, share.files, raw);
      const result = await loadInTurn(db, (db) => loadBatch(db, target, batch, rows, { world, settings }));
      for (const { hour, rows, present } of result) {
        loaded.grown ||= present === 0;
        if (hour) loaded.written++;
        else loaded.removed++;
        loaded.rows += rows;
      }
      loaded.fresh -= result.length;
      onProgress(done += batch.length, total);
    }
  }
  return loaded;
}

/** What files and ledger say of the hours of a share. */
async function lookAt(
  db: Database,
  target: Target,
  { files, recorded }: Share,
  world: World,
  settings: Settings,
): Promise<Looked> {
  const hours = hoursOf(files, settings);
  const known = [...recorded].flatMap(([device, hours]) => keysOf(device, hours));
  const keys = [...new Set([...hours.keys(), ...known])];
  const entries = await readEntries(db, target, keys);
  const candidates = keys.filter((key) => hours.has(key) || entries.has(key)).map((key): Candidate => {
    const { device, hour: number } = parseHourKey(key);
    return { key, device, number, hour: hours.get(key) };
  });
  if (world.replace) refuseRest(candidates, entries, world);
  return { candidates, stale: candidates.filter(({ key, hour }) => judge(hour, entries.get(key), world)) };
}

/** Rows of another aggregation may go, but not stay among those of this one. */
function refuseRest(candidates: readonly Candidate[], entries: ReadonlyMap<string, Entry>, world: World): void {
  for (const { key, hour } of candidates) {
    const entry = entries.get(key);
    const other = entry?.inputs.aggregation;
    if (other === undefined || other === world.aggregation) continue;
    const inputs = judge(hour, entry, world);
    if (inputs && !keepsRows(inputs)) continue;
    throw mixtureError(
      world,
      other,
      `, and rows of another dataset, or of a file that cannot be read, would stay ("${key}"); set another table`,
    );
  }
}

/** Hours of one device that are loaded together: they need to be in memory at once. */
function* batchesOf(candidates: readonly Candidate[], size: number): Generator<Candidate[]> {
  for (const list of Map.groupBy(candidates, ({ device }) => device).values()) {
    let batch: Candidate[] = [];
    let values = 0;
    for (const candidate of list.sort((a, b) => a.number - b.number)) {
      const more = candidate.hour?.values ?? 0;
      if (batch.length > 0 && (values + more > size || batch.length === MOST_HOURS)) {
        yield batch;
        [batch, values] = [[], 0];
      }
      batch.push(candidate);
      values += more;
    }
    yield batch;
  }
}

/** The rows of each hour of a batch, file by file in the order of `files`. */
async function readBatch(
  batch: readonly Candidate[],
  files: readonly RawFile[],
  raw: RawFiles,
): Promise<Map<string, HourRows[]>> {
  const numbers = new Set(batch.map(({ number }) => number));
  const rows = new Map<string, HourRows[]>(batch.map(({ key }) => [key, []]));
  const wanted = new Set(batch.flatMap(({ hour }) => hour?.files ?? []));
  for (const file of files.filter((file) => wanted.has(file))) {
    for (const [number, found] of await raw.rowsOf(file, numbers)) {
      rows.get(hourKey({ device: file.device, hour: number }))?.push(found);
    }
  }
  return rows;
}

/** An hour that was written, or emptied where no file has it; `present` rows were there before. */
interface Written {
  readonly hour: Hour | undefined;
  readonly rows: number;
  readonly present: number;
}

/**
 * Loads one batch, in a transaction: the advisory lock first, so that what the ledger and the table say is read after every
 * run that came before has committed.
 */
async function loadBatch(
  db: Database,
  target: Target,
  batch: readonly Candidate[],
  rows: ReadonlyMap<string, readonly HourRows[]>,
  { world, settings }: { world: World; settings: Settings },
): Promise<Written[]> {
  const { device } = batch[0]!;
  await lockFor(db, `unit ${target.table} ${device}`);
  await lockTable(db, target);
  const entries = await lockEntries(db, target, batch.map(({ key }) => key));
  const stale = batch.flatMap((candidate) => {
    const inputs = judge(candidate.hour, entries.get(candidate.key), world);
    return inputs ? [{ ...candidate, inputs }] : [];
  });
  if (stale.length === 0) return [];
  const [first, last] = [stale[0]!.number, stale.at(-1)!.number];
  const counts = await countRows(db, target, device, { first, last });
  const written = stale.map(({ key, number, inputs }) => ({
    hour: number,
    files: rows.get(key)!,
    keeps: keepsRows(inputs),
    present: counts.get(key) ?? 0,
  }));
  const numbers = await writeHours(db, target, device, written, settings.window);
  await writeEntries(
    db,
    target,
    new Map(stale.map(({ key, hour, inputs }, i) => [key, hour ? { rows: numbers[i]!, inputs } : undefined])),
  );
  return stale.map(({ hour }, i) => ({ hour, rows: numbers[i]!, present: written[i]!.present }));
}
