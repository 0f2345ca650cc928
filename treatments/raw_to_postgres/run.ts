import {
  type Connection,
  type ConnectionParams,
  type Context,
  type Database,
  openDatabase,
  originOf,
  type Params,
  prepareLedger,
  readConnection,
} from "myx";
import { type RawFiles, readFiles } from "./files.ts";
import { HOUR_US } from "./hours.ts";
import { type FileFacts, otherAggregation, readFacts, writeFacts } from "./ledger.ts";
import { load, type Loaded } from "./load.ts";
import { mixtureError, type World } from "./plan.ts";
import { rangeOf, readSettings, type Settings, TUNING, type Tuning } from "./settings.ts";
import { prepareTable } from "./table.ts";
import { type Target, targetOf } from "./target.ts";

/** Brings the table to what the raw files say; see treatment.json. */
export async function run(inputDir: string, _outputDir: string, params: Params, context: Context): Promise<void> {
  await loadInto((connection) => openDatabase(connection), inputDir, params, context);
}

/** The same through an `open` of one's own, as tests have that break what it opens, and with other sizes. */
export async function loadInto(
  open: (connection: Connection) => Promise<Database>,
  inputDir: string,
  params: Params,
  context: Context,
  tuning: Partial<Tuning> = {},
): Promise<void> {
  const { budget, batch, hours } = { ...TUNING, ...tuning };
  const settings = readSettings(params, context.replace);
  const target = targetOf(settings.schema, settings.table);
  const db = await open(readConnection(params as ConnectionParams & Params, context.state));
  try {
    await prepareLedger(db, target.schema);
    await prepareTable(db, target);
    await refuseMixture(db, target, settings);
    const origin = originOf(inputDir, context.state);
    const known = await readFacts(db, target, origin);
    const raw = await readFiles(inputDir, known, settings, budget, context);
    if (context.strict && raw.files.some(({ facts }) => facts.rejects)) return refuseFailed(raw);
    warnOfOthers(known, settings, context);
    const names = new Set(context.files.map(({ name }) => name));
    const forgotten = [...known.keys()].filter((name) => !names.has(name));
    await writeFacts(
      db,
      target,
      origin,
      new Map([...raw.fresh, ...forgotten.map((name) => [name, undefined] as const)]),
    );
    const loaded = await load(db, target, raw, worldOf(raw, origin, db.embedded, settings), settings, {
      batch,
      hours,
      onProgress: context.progress,
    });
    if (db.embedded) await tidyUp(db, target, loaded);
    report(loaded, raw, context);
  } finally {
    await db.close();
  }
}

/** A server does this by itself: without it, rows that were replaced keep their room for ever. */
async function tidyUp(db: Database, { table }: Target, { written, removed, grown }: Loaded): Promise<void> {
  if (written + removed > 0) await db.query("vacuum");
  if (grown) await db.query(`analyze ${table}`);
}

/** @param embedded Such a database lies in the dataset's own folder, and a copy of the dataset has a copy of it. */
function worldOf(raw: RawFiles, origin: string, embedded: boolean, settings: Settings): World {
  const { table, aggregation, replace, restore } = settings;
  const read = new Set(raw.files.map(({ file }) => file.name));
  return {
    table,
    origin,
    alone: embedded,
    aggregation,
    replace,
    restore,
    wasRead: (name) => read.has(name),
    hasFailed: (name) => raw.failed.has(name),
  };
}

/** A table has one aggregation: under replace, another one must not stay on days that are not looked at. */
async function refuseMixture(db: Database, target: Target, settings: Settings): Promise<void> {
  const { aggregation, replace } = settings;
  const other = await otherAggregation(db, target, aggregation, replace ? rangeOf(settings) : undefined);
  if (other === undefined) return;
  throw mixtureError(
    settings,
    other,
    replace
      ? ", and rows outside of the days asked for would stay; set another table, or replace all days, without from and to"
      : "; set another table, or run this step alone (--step) once with --output-mode replace, without from and to, to load " +
        "it anew, without the rows of raw files that are gone",
  );
}

/** A table is of one way of reading: two steps that read otherwise would take each other's values away at each run. */
function warnOfOthers(known: ReadonlyMap<string, FileFacts>, settings: Settings, context: Context): void {
  const { table, readingKey } = settings;
  const isOther = ({ step, reading }: FileFacts) =>
    step !== undefined && step !== context.folder && reading !== readingKey;
  const other = context.files.map(({ name }) => known.get(name)).find((facts) => facts && isOther(facts))?.step;
  if (other === undefined) return;
  context.warn(
    `Table "${table}" held what step "${other}" reads from the same files with other domains, time zone or format, and this ` +
      "step has taken its place; give each step a table of its own",
  );
}

/** @throws {Error} If there are files that could not be read: the others have been loaded. */
function report({ written, fresh, removed, rows }: Loaded, raw: RawFiles, context: Context): void {
  context.metric("units_loaded", written);
  context.metric("units_fresh", fresh);
  context.metric("units_removed", removed);
  context.metric("rows_loaded", rows);
  let [first, last] = [Infinity, -Infinity];
  for (const { facts } of raw.files) {
    for (const hour of facts.hours.hours) [first, last] = [Math.min(first, hour), Math.max(last, hour)];
  }
  if (first <= last) {
    context.metric("ts_min", first * HOUR_US);
    context.metric("ts_max", (last + 1) * HOUR_US - 1);
  }
  refuseFailed(raw);
}

function refuseFailed({ failed }: RawFiles): void {
  const errors = [...failed.values()];
  if (errors.length > 0) {
    throw new Error(errors.map(({ message }) => message).join("\n"), { cause: errors[0] });
  }
}
