import {
  type Connection,
  type Context,
  type Database,
  EMBEDDED,
  openDatabase,
  originOf,
  type Params,
  parseFileName,
  readConnection,
} from "myx";
import { type Feed, planFeeds, wordsOf } from "./feed.ts";
import type { Filter } from "./filter.ts";
import { makeIndexes } from "./indexes.ts";
import { load, type Loaded } from "./load.ts";
import { longWriter } from "./long.ts";
import { makeReader } from "./reader.ts";
import { inSchema, type Schema } from "./tables.ts";
import { parseTemplate } from "./template.ts";
import { warnUnused } from "./unused.ts";
import { wideWriter } from "./wide.ts";

/** Brings the tables of a database to what the files say. */
export async function run(inputDir: string, _outputDir: string, params: Params, context: Context): Promise<void> {
  await loadInto((connection) => openDatabase(connection), inputDir, params, context);
}

/** The same through an `open` of one's own, as tests have that break what it opens. */
export async function loadInto(
  open: (connection: Connection) => Promise<Database>,
  inputDir: string,
  params: Params,
  context: Context,
): Promise<Loaded | undefined> {
  const files = context.files.filter(({ role }) => role === "own");
  const folder = inputDir.replace(/[/\\]+$/, "").replace(/^.*[/\\]/s, "");
  const { layout, aggregations } = params;
  const filters = params.sources as readonly Filter[];
  const template = parseTemplate(params.table_template, params.table_prefix);
  const feeds = planFeeds(files, { template, layout, filters, aggregations, folder });
  warnUnused(files, folder, filters, params, context);
  const tableOf = (name: string) => {
    const parts = parseFileName(name);
    return parts && template.table(wordsOf({ name, ...parts }, folder));
  };
  const ownership = {
    origin: originOf(inputDir, context.state),
    folder,
    files: new Set(files.map(({ name }) => name)),
    step: context.folder ?? "",
    alone: params.host === EMBEDDED,
    anew: context.anew ?? false,
    replace: context.replace || params.mode === "replace",
  };
  if (feeds.length === 0 && !ownership.replace) return undefined;
  const repeats = new Map<Feed, number>();
  const schema = inSchema(params.schema);
  const makeWriter = layout === "long" ? longWriter : wideWriter;
  const reader = makeReader((feed, rows) => repeats.set(feed, rows));
  // A mode of the flow's is for whole tables; what was asked of a run is for the days it was asked for.
  const isChosen = (unit: string) => params.mode === "replace" || selectsUnit(context.days, unit);
  const loading = {
    schema,
    writer: makeWriter(schema, reader),
    reader,
    replace: ownership.replace,
    ownershipOf: (unit: string) => ({ ...ownership, replace: ownership.replace && isChosen(unit) }),
    tableOf,
  };
  const db = await open(readConnection(params as Parameters<typeof readConnection>[0], context.state));
  try {
    const loaded = await load(db, feeds, loading, context.progress);
    const targets = [...new Set(feeds.map(({ table }) => table))];
    for (const index of await makeIndexes(db, schema, targets, params.indexes)) {
      context.warn(`No table has the columns of the index "${index}": it was not made`);
    }
    if (db.embedded) await tidyUp(db, schema, loaded.changed);
    report(loaded, repeats, context);
    return loaded;
  } finally {
    await db.close();
  }
}

/** Whether the day that a unit ends with is among those asked for. */
function selectsUnit({ from, to }: Context["days"] = {}, unit: string): boolean {
  const day = unit.slice(-10);
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}

/** A server does this by itself: without it, rows that were replaced keep their room for ever. */
async function tidyUp(db: Database, schema: Schema, tables: Iterable<string>): Promise<void> {
  for (const table of tables) {
    const sql = schema.sql(table);
    const before = await roughRows(db, sql);
    if (before === undefined) continue;
    await db.query(`vacuum ${before > 0 ? "" : "analyze"} ${sql}`);
    // Of a table of years that takes ten times as long as to load a day: now and then, as it grows, does as on a server.
    if (before > 0 && tenthsOf(before) !== tenthsOf(await roughRows(db, sql) ?? 0)) await db.query(`analyze ${sql}`);
  }
}

/** How many rows a table had when it was last tidied up, below 1 where it never was; nothing if there is no such table. */
async function roughRows(db: Database, table: string): Promise<number | undefined> {
  const [found] = await db.query<{ rows: number }>(
    "select reltuples::float8 as rows from pg_class where oid = to_regclass($1)",
    [table],
  );
  return found?.rows;
}

/** How often a table has grown by a tenth to have so many rows. */
function tenthsOf(rows: number): number {
  return Math.floor(Math.log(Math.max(rows, 1)) / Math.log(1.1));
}

function report({ written, fresh, removed, rows }: Loaded, repeats: ReadonlyMap<Feed, number>, context: Context): void {
  context.metric("units_loaded", written);
  context.metric("units_fresh", fresh);
  context.metric("units_removed", removed);
  context.metric("rows_loaded", rows);
  for (const [{ file }, count] of repeats) {
    context.warn(`"${file.name}" repeats a ts in ${count} rows: the first of each was loaded`);
  }
}
