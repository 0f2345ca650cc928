/** A folder of raw files and a database that they are loaded into, and what the table must hold according to the files. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Connection, type Context, type Database, type InputFile, type Params, quoteName } from "myx";
import { loadInto } from "../../treatments/raw_to_postgres/run.ts";
import type { Tuning } from "../../treatments/raw_to_postgres/settings.ts";
import { openFor, withDatabase } from "../postgres_server.ts";
import { makeTempDir } from "../temp_dir.ts";

/** How a load differs from one that sees all files as they are. */
export interface LoadOptions {
  readonly replace?: boolean;
  readonly settled?: boolean;
  /** The step that loads, by its output folder. */
  readonly step?: string;
  readonly tuning?: Partial<Tuning>;
  readonly open?: (connection: Connection) => Promise<Database>;
  /** Hears what is about to happen, with the files already looked at. */
  readonly before?: () => void;
}

/** What a load did and said. */
export interface LoadReport {
  readonly metrics: Readonly<Record<string, number>>;
  readonly rejects: readonly Record<string, unknown>[];
  readonly warnings: readonly string[];
  readonly loaded: number;
  readonly fresh: number;
  readonly removed: number;
}

/** Microseconds since 1970, device, sensor, value. */
export type Row = readonly [number, string, string, number | null];

export interface Lab extends Disposable {
  readonly dir: string;
  readonly connection: Connection;
  readonly schema: string;
  /** Writes a raw file; a name that ends in `.gz` is compressed. */
  put(name: string, text: string): void;
  remove(name: string): void;
  /** Texts of the files there are, in name order. */
  files(): Map<string, string>;
  load(params?: Record<string, unknown>, options?: LoadOptions): Promise<LoadReport>;
  query<R = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** All rows of the table by time, device and sensor. */
  rows(table?: string): Promise<Row[]>;
}

const PARAMS = JSON.parse(
  Deno.readTextFileSync(new URL("../../treatments/raw_to_postgres/treatment.json", import.meta.url)),
).params as Record<string, { default?: unknown }>;
/** The params, as treatment.json gives them. */
export const DEFAULTS: Params = Object.fromEntries(
  Object.entries(PARAMS).map(([name, spec]) => [name, spec.default ?? null]),
);

let schemas = 0;

/** Makes an empty folder; its table goes into a schema of its own of the database of `connection`. */
export function makeLab(connection: Connection, schema = `lab ${++schemas} ${crypto.randomUUID().slice(0, 8)}`): Lab {
  const root = makeTempDir();
  const [dir, state] = [`${root}/00_raw`, `${root}/state`];
  Deno.mkdirSync(dir);
  Deno.mkdirSync(state);
  const texts = new Map<string, string>();
  const lab: Lab = {
    dir,
    connection,
    schema,
    put(name, text) {
      texts.set(name, text);
      const bytes = new TextEncoder().encode(text);
      Deno.writeFileSync(`${dir}/${name}`, name.endsWith(".gz") ? gzipSync(bytes) : bytes);
    },
    remove(name) {
      texts.delete(name);
      Deno.removeSync(`${dir}/${name}`);
    },
    files: () => new Map([...texts].sort(([a], [b]) => a < b ? -1 : 1)),
    async load(params = {}, { replace = false, settled = false, step = "55_raw", open, before, tuning } = {}) {
      const metrics: Record<string, number> = {};
      const rejects: Record<string, unknown>[] = [];
      const warnings: string[] = [];
      const context: Context = {
        files: [...lab.files().keys()].map((name) => inputFile(`${dir}/${name}`, settled)),
        partition: {},
        replace,
        folder: step,
        state,
        signal: new AbortController().signal,
        progress: () => {},
        metric: (key, value) => metrics[key] = (metrics[key] ?? 0) + value,
        reject: (reject) => rejects.push({ ...reject }),
        warn: (message) => warnings.push(message),
      };
      before?.();
      const { host, port, dbname, user, password = null, sslmode } = connection;
      const values = { ...DEFAULTS, schema, host, port, dbname, user, password, sslmode, ...params };
      // The embedded database stays where it is; what a dataset keeps beside it is its own.
      const reach = (to: Connection) => connection.state === undefined ? to : { ...to, state: connection.state };
      await loadInto((to) => (open ?? openFor)(reach(to)), dir, values, context, tuning);
      const { units_loaded: loaded = 0, units_fresh: fresh = 0, units_removed: removed = 0 } = metrics;
      return { metrics, rejects, warnings, loaded, fresh, removed };
    },
    query: <R>(text: string, values: readonly unknown[] = []) =>
      withDatabase(connection, async (db) => [...await db.query<R>(text, values)]),
    async rows(table = "RAW") {
      const rows = await lab.query<{ t: number; device_id: string; sensor: string; value: number | null }>(
        `select (extract(epoch from "Time") * 1000000)::bigint as t, device_id, sensor, value
         from ${quoteName(schema, table)} order by 1, device_id collate "C", sensor collate "C"`,
      );
      return rows.map(({ t, device_id, sensor, value }): Row => [t, device_id, sensor, value]);
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
  return lab;
}

/** A raw file, as the engine describes it. */
export function inputFile(path: string, settled: boolean): InputFile {
  const bytes = Deno.readFileSync(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, path, role: "own", size: bytes.length, settled, sha256 };
}

/** How the expected rows are worked out. */
export interface ExpectOptions {
  /** Whether a last line without its line end counts. */
  readonly settled?: boolean;
  /** Seconds of a window. */
  readonly window?: number;
}

/** What the table must hold: plain key:value lines split and put into a map, the first of each key staying. */
export function expectedRows(files: ReadonlyMap<string, string>, options: ExpectOptions = {}): Row[] {
  const first = new Map<string, Row>();
  for (const [name, text] of files) {
    const device = name.replace(/_?\d{4}-\d\d-\d\d.*$/, "").split("_").at(-1)!;
    const lines = text.split("\n");
    const last = lines.pop()!;
    if (options.settled && last) lines.push(last);
    for (const line of lines) {
      const [stamp, ...pairs] = line.split(";");
      const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(stamp!);
      if (!match) continue;
      const time = Date.parse(`${match[1]}Z`) * 1000 + Number((match[2] ?? "").padEnd(6, "0").slice(0, 6));
      for (const [sensor, text] of new Map(pairs.map((pair) => pair.split(":") as [string, string]))) {
        const whole = /^m\d+$/.test(sensor);
        if (!whole && sensor !== "outdoor_temp") continue;
        const number = text === "" ? NaN : Number(text);
        const value = Number.isNaN(number) || (whole && !Number.isInteger(number)) ? null : number;
        const key = JSON.stringify([time, device, sensor]);
        if (!first.has(key)) first.set(key, [time, device, sensor, value]);
      }
    }
  }
  const rows = sorted([...first.values()]);
  return options.window ? averaged(rows, options.window * 1e6) : rows;
}

function averaged(rows: readonly Row[], window: number): Row[] {
  const groups = Map.groupBy(rows, ([time, device, sensor]) => JSON.stringify([time - time % window, device, sensor]));
  return sorted([...groups].map(([key, group]): Row => {
    const values = group.flatMap(([, , , value]) => value === null ? [] : [value]);
    const mean = values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
    return [...JSON.parse(key) as [number, string, string], mean];
  }));
}

function sorted(rows: Row[]): Row[] {
  const order = (a: string | number, b: string | number) => a < b ? -1 : a > b ? 1 : 0;
  return rows.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]) || order(a[2], b[2]));
}

/** Key:value lines, one a step of seconds from a time of 2026-01-20. */
export function lines(
  start: string,
  count: number,
  options: { step?: number; value?: (i: number) => string; day?: string } = {},
): string {
  const { step = 1, value = (i) => `m0:${i % 800};m1:${(7 * i) % 800};outdoor_temp:${i % 30}.5`, day = "2026-01-20" } =
    options;
  const first = Date.parse(`${day}T${start}Z`);
  return Array.from({ length: count }, (_, i) => {
    const stamp = new Date(first + Math.round(i * step * 1000)).toISOString();
    return `${stamp};${value(i)}\n`;
  }).join("");
}
