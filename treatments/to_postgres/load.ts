import { type Database, datasetOf, prepareLedger } from "myx";
import { createTables, findTables, piecesOf } from "./catalog.ts";
import { columnsOf, type LoadedColumn } from "./columns.ts";
import type { Feed } from "./feed.ts";
import { fileOf, type Input, isFresh, isOfDataset, isOwn, mayRemove, type Ownership } from "./inputs.ts";
import { dropEntry, type Entry, forgetDropped, readEntries, type UnitKey } from "./ledger.ts";
import { type Loading, loadUnit } from "./unit.ts";

/** What a load has done. */
export interface Loaded {
  /** Units written, found as they should be, and emptied. */
  readonly written: number;
  readonly fresh: number;
  readonly removed: number;
  /** Rows that the units written have now. */
  readonly rows: number;
  /** Tables of which units were written or emptied. */
  readonly changed: ReadonlySet<string>;
}

/** Hears how far a load is. */
export type OnProgress = (done: number, total: number) => void;

type Columns = ReadonlyMap<Feed, readonly LoadedColumn[]>;

interface Unit extends UnitKey {
  readonly feeds: readonly Feed[];
}

/**
 * Brings all tables to what `feeds` say. Everything that can be refused is refused before the first row is written.
 *
 * @throws {DatabaseError | TypeError}
 */
export async function load(
  db: Database,
  feeds: readonly Feed[],
  loading: Loading,
  onProgress: OnProgress = () => {},
): Promise<Loaded> {
  const { schema, writer, replace, ownershipOf } = loading;
  await prepareLedger(db, schema.name);
  const units = groupUnits(feeds);
  const targets = [...new Set(units.map(({ target }) => target))];
  // Before anything is refused for the sake of what they held.
  await forgetDropped(db, schema, targets);
  const entries = await readEntries(db, schema, replace ? undefined : targets);
  const stale = await findStale(db, units, entries, loading);
  const columns: Columns = new Map(stale.flatMap((unit) => unit.feeds).map((feed) => [feed, columnsOf(feed)]));
  const perTable = Map.groupBy(columns, ([feed]) => feed.table);
  const recorded = Map.groupBy(entries, ({ target }) => target);
  for (const [target, list] of perTable) {
    // What is going to be removed is in nobody's way.
    const others = (recorded.get(target) ?? []).map(({ unit, inputs }) => {
      const ownership = ownershipOf(unit);
      return Object.fromEntries(
        Object.entries(inputs).filter(([id, input]) => !ownership.replace || !mayRemove(id, input, ownership)),
      );
    });
    writer.check(target, new Map(list), others);
  }
  refuseOthers(stale, entries, columns, loading);
  await prepareTables(db, perTable, loading);
  const gone = findGone(units, entries, loading);
  let [rows, written] = [0, 0];
  const changed = new Set<string>();
  const partOf = ({ target, unit }: UnitKey) => JSON.stringify([target, writer.partOf(unit)]);
  const filled = new Set(units.map(partOf));
  const steps = [...stale, ...gone.map((key): Unit => ({ ...key, feeds: [] }))];
  for (const [done, unit] of steps.entries()) {
    loading.reader.expect(unit.feeds, steps[done + 1]?.feeds ?? []);
    const own: Columns = new Map(unit.feeds.map((feed) => [feed, columns.get(feed)!]));
    // Rows that another unit fills now are that one's: it has replaced those of the unit that is gone.
    const isPassedOn = !unit.feeds.length && filled.has(partOf(unit));
    const count = await (isPassedOn ? dropEntry(db, schema, unit) : loadUnit(db, unit, own, loading));
    if (count !== undefined) {
      changed.add(unit.target);
      if (unit.feeds.length) {
        rows += count;
        written++;
      }
    }
    onProgress(done + 1, steps.length);
  }
  return { written, fresh: units.length - written, removed: gone.length, rows, changed };
}

/** Makes all tables fit for what is loaded into them. */
async function prepareTables(
  db: Database,
  perTable: ReadonlyMap<string, readonly (readonly [Feed, readonly LoadedColumn[]])[]>,
  { schema, writer }: Loading,
): Promise<void> {
  for (const some of piecesOf([...perTable])) {
    const wanted = some.map(([target, list]) => {
      return { target, sql: schema.sql(target), columns: list.flatMap(([, of]) => of) };
    });
    const found = await findTables(db, wanted.map(({ sql }) => sql));
    const missing = wanted.filter(({ sql }) => !found.has(sql));
    const made = await createTables(
      db,
      new Map(missing.map(({ target, sql, columns }) => [sql, writer.create(target, columns)])),
    );
    for (const { target, sql, columns } of wanted) {
      const there = found.get(sql);
      if (made.has(sql) || (there && writer.fits(there, columns))) continue;
      await writer.prepare(db, target, columns);
    }
  }
}

function groupUnits(feeds: readonly Feed[]): Unit[] {
  const groups = Map.groupBy(feeds, ({ table, unit }) => JSON.stringify([table, unit]));
  return [...groups.values()].map((feeds) => ({ target: feeds[0]!.table, unit: feeds[0]!.unit, feeds }));
}

/** The units that the ledger does not know as they are now, and those whose rows are not there. */
async function findStale(
  db: Database,
  units: readonly Unit[],
  entries: readonly Entry[],
  { schema, writer, ownershipOf }: Loading,
): Promise<Unit[]> {
  const known = new Map(entries.map((entry) => [JSON.stringify([entry.target, entry.unit]), entry]));
  const entryOf = ({ target, unit }: UnitKey) => known.get(JSON.stringify([target, unit]));
  const stale = new Set(units.filter((unit) => {
    const entry = entryOf(unit);
    return !entry || !isFresh(entry.inputs, unit.feeds, ownershipOf(unit.unit));
  }));
  const rest = units.filter((unit) => !stale.has(unit));
  for (const some of piecesOf([...Map.groupBy(rest, ({ target }) => target)])) {
    const found = await findTables(db, some.map(([target]) => schema.sql(target)));
    for (const [target, list] of some) {
      const there = found.get(schema.sql(target))?.columns;
      const counts = there && await writer.countAll(db, target, list);
      for (const unit of list) {
        const { rows, inputs } = entryOf(unit)!;
        const lacking = !there || unit.feeds.some(({ id }) => writer.lacks(there, inputs[id]!));
        if (!counts || lacking || (counts.get(unit.unit) ?? 0) !== rows) stale.add(unit);
      }
    }
  }
  return units.filter((unit) => stale.has(unit));
}

/**
 * A copy of a dataset has files of the same names, and so has a folder of another step: loading them where the others are
 * would put their values in those of the others' place, and the next run of the others the other way round.
 *
 * @throws {TypeError} If another dataset or folder has loaded what is to be loaded.
 */
function refuseOthers(
  stale: readonly Unit[],
  entries: readonly Entry[],
  columns: Columns,
  { replace, ownershipOf }: Loading,
): void {
  const known = new Map(entries.map((entry) => [JSON.stringify([entry.target, entry.unit]), entry.inputs]));
  for (const { target, unit, feeds } of stale) {
    const ownership = ownershipOf(unit);
    if (ownership.replace) continue;
    const others = Object.entries(known.get(JSON.stringify([target, unit])) ?? {})
      .filter(([, input]) => !isOwn(input, ownership));
    for (const feed of feeds) {
      const filled = new Set(columns.get(feed)!.map((column) => column.target));
      const other = others.find(([id, input]) =>
        id === feed.id || (fileOf(id) === feed.file.name && input.columns.some((name) => filled.has(name)))
      );
      if (other) refuse(target, feed, other[1], ownership, replace ? " of all days" : "");
    }
  }
}

function refuse(target: string, { file }: Feed, other: Input, ownership: Ownership, days: string): never {
  const [who, fix] = isOfDataset(other, ownership)
    ? [`the folder "${other.folder}"`, "name {step} in table_template, or set"]
    : [`the dataset "${datasetOf(other.origin)}"`, "set schema or"];
  throw new TypeError(
    `Cannot load "${file.name}" into table "${target}": ${who} has loaded a file of this name; ${fix} table_prefix, or ` +
      `take over its rows with --output-mode replace${days} for this step alone (--step)`,
  );
}

/**
 * Units that this run does not feed and may remove something of. Tables that its files would not go into now stay, as the
 * params say.
 */
function findGone(
  units: readonly Unit[],
  entries: readonly Entry[],
  { ownershipOf, tableOf }: Loading,
): UnitKey[] {
  const fed = new Set(units.map(({ target, unit }) => JSON.stringify([target, unit])));
  return entries.filter(({ target, unit, inputs }) => {
    const ownership = ownershipOf(unit);
    return ownership.replace && !fed.has(JSON.stringify([target, unit])) &&
      Object.entries(inputs).some(([id, input]) => mayRemove(id, input, ownership) && tableOf(fileOf(id)) === target);
  });
}
