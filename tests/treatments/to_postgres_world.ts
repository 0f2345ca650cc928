/** A folder of files and a database that they are loaded into, and what the tables must hold according to the files. */
import {
  type Connection,
  type Context,
  type Database,
  type InputFile,
  parseFileName,
  quoteName,
  readParquet,
  type Table,
  writeParquet,
} from "myx";
import { loadInto } from "../../treatments/to_postgres/run.ts";
import { openFor, withDatabase } from "../postgres_server.ts";
import { makeTempDir } from "../temp_dir.ts";

/** How a load differs from one that appends with the default params. */
export interface LoadOptions {
  readonly replace?: boolean;
  readonly days?: Context["days"];
  readonly anew?: boolean;
  /** The step that loads, by its output folder. */
  readonly step?: string;
  /** Names of the files that the run does not see. */
  readonly without?: readonly string[];
  readonly open?: (connection: Connection) => Promise<Database>;
}

/** What a load did and said. */
export interface LoadReport {
  readonly loaded: number;
  readonly fresh: number;
  readonly removed: number;
  readonly rows: number;
  readonly warnings: readonly string[];
}

/** One cell's place is its row; a value is a number, a text or null. */
export type Rows = readonly Readonly<Record<string, number | string | null>>[];

export interface World extends Disposable {
  readonly dir: string;
  readonly connection: Connection;
  readonly schema: string;
  /** Another folder of the same dataset, loaded into the same tables; it goes with this one. */
  beside(folder: string): Omit<World, typeof Symbol.dispose>;
  put(name: string, table: Table): void;
  remove(...names: string[]): void;
  names(): string[];
  load(params?: Record<string, unknown>, options?: LoadOptions): Promise<LoadReport>;
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** All rows of a table by time, `ts` in microseconds. */
  rows(table: string): Promise<Rows>;
  /** Names of the tables there are, the ledger left out. */
  tables(): Promise<string[]>;
}

const PARAMS = JSON.parse(
  Deno.readTextFileSync(new URL("../../treatments/to_postgres/treatment.json", import.meta.url)),
).params as Record<string, { default?: unknown }>;

/** Makes an empty folder; its tables go into the database of `connection`. */
export function makeWorld(connection: Connection, schema = "public"): World {
  const dir = makeTempDir();
  Deno.mkdirSync(`${dir}/40_aggregated`);
  Deno.mkdirSync(`${dir}/state`);
  return openWorld(connection, schema, dir);
}

/** The world in the folder `dir`, which is there. */
export function openWorld(connection: Connection, schema: string, dir: string, name = "40_aggregated"): World {
  const folder = `${dir}/${name}`;
  const state = `${dir}/state`;
  const world: World = {
    dir: folder,
    connection,
    schema,
    beside(name) {
      Deno.mkdirSync(`${dir}/${name}`);
      return openWorld(connection, schema, dir, name);
    },
    put: (name, table) => writeParquet(`${folder}/${name}`, table),
    remove: (...names) => names.forEach((name) => Deno.removeSync(`${folder}/${name}`)),
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    async load(params = {}, { replace = false, days, anew = false, step = "50_postgres", without = [], open } = {}) {
      const metrics: Record<string, number> = {};
      const warnings: string[] = [];
      const names = world.names().filter((name) => !without.includes(name));
      const context: Context = {
        files: await Promise.all(names.map((name) => inputFile(`${folder}/${name}`))),
        partition: {},
        replace,
        ...(days ? { days } : {}),
        anew,
        folder: step,
        state,
        signal: new AbortController().signal,
        progress: () => {},
        metric: (key, value) => metrics[key] = (metrics[key] ?? 0) + value,
        reject: () => {},
        warn: (message) => warnings.push(message),
      };
      const defaults = Object.fromEntries(Object.entries(PARAMS).map(([name, spec]) => [name, spec.default ?? null]));
      const { host, port, dbname, user, password = null, sslmode } = connection;
      const values = { ...defaults, schema, host, port, dbname, user, password, sslmode, ...params };
      // The embedded database stays where it is; what a dataset keeps beside it is its own.
      const reach = (to: Connection) => connection.state === undefined ? to : { ...to, state: connection.state };
      await loadInto((to) => (open ?? openFor)(reach(to)), folder, values, context);
      return {
        loaded: metrics.units_loaded ?? 0,
        fresh: metrics.units_fresh ?? 0,
        removed: metrics.units_removed ?? 0,
        rows: metrics.rows_loaded ?? 0,
        warnings,
      };
    },
    query: <Row>(text: string, values: readonly unknown[] = []) =>
      withDatabase(connection, async (db) => [...await db.query<Row>(text, values)]),
    async rows(table) {
      const rows = await world.query<Record<string, number | string | null>>(
        `select t.*, (extract(epoch from t.ts) * 1000000)::bigint as ts from ${
          quoteName(schema, table)
        } t order by t.ts`,
      );
      return rows;
    },
    async tables() {
      const rows = await world.query<{ name: string }>(
        "select table_name as name from information_schema.tables where table_schema = $1 and table_name <> 'myx_ledger'",
        [schema],
      );
      return rows.map(({ name }) => name).sort();
    },
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
  return world;
}

async function inputFile(path: string): Promise<InputFile> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const bytes = Deno.readFileSync(path);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { name, path, role: "own", size: bytes.length, settled: true, sha256, ...parseFileName(name) };
}

/** What a wide table must hold: the outer join of `files` on `ts`, worked out the slow way. */
export function joined(
  world: World,
  files: readonly string[],
  nameOf: (column: string, file: string) => string = (column) => column,
): Rows {
  const rows = new Map<number, Record<string, number | null>>();
  const columns = new Set<string>();
  for (const file of files) {
    const table = readParquet(`${world.dir}/${file}`);
    for (const { name, values } of table.columns) {
      columns.add(nameOf(name, file));
      table.ts.forEach((ts, i) => {
        if (!rows.has(ts)) rows.set(ts, {});
        rows.get(ts)![nameOf(name, file)] = Number.isNaN(values[i]!) ? null : values[i]!;
      });
    }
  }
  return [...rows].sort(([a], [b]) => a - b).map(([ts, row]) => ({
    ...Object.fromEntries([...columns].map((column) => [column, row[column] ?? null])),
    ts,
  }));
}

/** A table of one day, `start` seconds into 2026-01-20, with the given columns; `float` ones end in f. */
export function dayTable(
  day: number,
  seconds: readonly number[],
  columns: Record<string, readonly (number | null)[]>,
): Table {
  const start = Date.UTC(2026, 0, 20 + day) * 1000;
  return {
    ts: Float64Array.from(seconds, (second) => start + Math.round(second * 1e6)),
    columns: Object.entries(columns).map(([name, values]) => ({
      name,
      type: values.every((value) => value === null || Number.isInteger(value)) ? "int64" : "float64",
      values: Float64Array.from(values, (value) => value ?? NaN),
    })),
  };
}
