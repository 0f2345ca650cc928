/**
 * PostgreSQL inside this process (PGlite), with its files in the folder of the connection. It syncs what it commits, as a
 * server does: what a transaction has written survives `kill -9` and a power cut.
 */
import { concat } from "@std/bytes/concat";
import { fsyncSync } from "node:fs";
import type { Connection, Database, Rows, Texts } from "./connection.ts";
import { COPY_HEADER, COPY_TRAILER } from "./copy_format.ts";
import { embeddedCode } from "./embedded_code.ts";
import { DatabaseError, explainError } from "./errors.ts";
import { type Driver, makeDatabase, parseBigint, TYPES } from "./session.ts";

/**
 * After so many bytes that were copied into it a checkpoint is made: nobody else makes one while we work, and up to the next
 * PostgreSQL keeps all that it has logged, as much again as the rows take. A server makes its own about as often.
 */
const CHECKPOINT_BYTES = 2 ** 28;

/**
 * PostgreSQL fills all of these with zeros when it opens, and ours takes by itself 128 MB: that was half of the memory and of
 * the time of a run that had a few rows to load. What it does not hold there, the machine has in its own cache.
 */
const SHARED_BUFFERS = "16MB";

type PGlite = import("@electric-sql/pglite").PGlite;
type Results = import("@electric-sql/pglite").Results;

// deno-lint-ignore no-explicit-any -- a function of Emscripten's, whose arguments are its own
type Call = (...values: any[]) => unknown;

/** What PGlite's WebAssembly module has of a file system. */
interface Module {
  readonly FS: { readonly filesystems: { readonly NODEFS: { readonly stream_ops: Record<string, Call> } } };
}

/** Opens the database in `connection.state`, and makes it where there is none: that takes some seconds. */
export async function openEmbedded(
  connection: Connection,
  { checkpointBytes = CHECKPOINT_BYTES }: { readonly checkpointBytes?: number } = {},
): Promise<Database> {
  if (connection.state === undefined) {
    throw new TypeError("Cannot open the embedded database: there is no folder for it");
  }
  const { state } = connection;
  try {
    return makeDatabase(makeDriver(await startEmbedded(state), checkpointBytes), connection);
  } catch (cause) {
    if (!/Aborted|unreachable|PGlite failed/.test(String(cause))) throw explainError(cause, connection, { lost: true });
    // It ends with the same words where the disk fails for a moment, and rows of files that are gone are nowhere else.
    throw new DatabaseError(
      `Cannot open the embedded database in "${state}": its files cannot be read, or are damaged; run again, and if that does ` +
        "not help, move that folder away and run the flow without --last, which loads all anew",
      { code: "XX001", lost: true, cause },
    );
  }
}

/** Starts the database in folder `state`, and makes it where there is none. */
export async function startEmbedded(state: string): Promise<PGlite> {
  const folder = `${state}/data`;
  if (!isThere(folder)) await createFolder(state, folder);
  // A full disk or a kill while PostgreSQL starts leaves this empty, and then it never starts again. Who may open the
  // database is told by the lock of its folder.
  const lock = `${folder}/postmaster.pid`;
  if (isThere(lock)) Deno.removeSync(lock);
  return await start(folder);
}

function makeDriver(pglite: PGlite, checkpointBytes: number): Driver {
  let alive = true;
  let copied = 0;
  const asText = Object.fromEntries(Object.keys(pglite.parsers).map((type) => [type, keep]));
  return {
    embedded: true,
    alive: () => alive,
    async run(text, values) {
      return toRows(values.length ? await pglite.query(text, [...values]) : (await pglite.exec(text)).at(-1));
    },
    single: async (text) => toTexts(await pglite.query(text, [], { rowMode: "array", parsers: asText })),
    async copy(into, chunks) {
      // One copy per chunk: PGlite holds all of a blob in memory.
      const copyChunk = async (chunk: Uint8Array) => {
        if (copied > checkpointBytes) {
          await pglite.exec("checkpoint");
          copied = 0;
        }
        copied += chunk.length;
        const blob = asBlob(COPY_HEADER, chunk, COPY_TRAILER);
        const { affectedRows } = await pglite.query(`copy ${into} from '/dev/blob' (format binary)`, [], { blob });
        return affectedRows ?? 0;
      };
      // Without any rows, too, it says whether there is such a table.
      let rows = await copyChunk(new Uint8Array(0));
      for (const chunk of chunks) rows += await copyChunk(chunk);
      return rows;
    },
    async close() {
      if (!alive) return;
      alive = false;
      await pglite.close();
    },
  };
}

/**
 * What PGlite asks of a blob. One of Deno's own has its bytes where V8 does not count them: 2 GB of them were waiting to be
 * collected after 100 device-days.
 */
function asBlob(...parts: readonly Uint8Array[]): Blob {
  return { arrayBuffer: () => Promise.resolve(concat(parts).buffer) } as Blob;
}

function toRows({ rows = [], fields = [] }: Partial<Results> = {}): Rows<unknown> {
  return Object.assign([...rows], { columns: fields.map(({ name }) => name) });
}

function toTexts({ rows, fields }: Results): Texts {
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
    rows: rows as unknown as Texts["rows"],
  };
}

function keep(text: string): string {
  return text;
}

async function start(folder: string): Promise<PGlite> {
  const { PGlite } = await import("@electric-sql/pglite");
  const { NodeFS } = await import("@electric-sql/pglite/nodefs");
  /** PGlite's file system on that of the machine, with the call that it leaves out, and an end where the disk is full. */
  class SyncedFS extends NodeFS {
    override async init(...args: Parameters<InstanceType<typeof NodeFS>["init"]>) {
      const { emscriptenOpts } = await super.init(...args);
      const mend = (module: unknown) => {
        const calls = (module as Module).FS.filesystems.NODEFS.stream_ops;
        calls.fsync = ({ nfd }) => endWhereFull(() => fsyncSync(nfd as number)) ?? 0;
        const { write } = calls;
        calls.write = (...values) => endWhereFull(() => write!(...values));
      };
      return { emscriptenOpts: { ...emscriptenOpts, preRun: [...emscriptenOpts.preRun ?? [], mend] } };
    }
  }
  const code = embeddedCode();
  // By itself it would read them through node:fs, which does not find what a compiled binary holds.
  const compile = (name: string) => WebAssembly.compile(Deno.readFileSync(`${code}/${name}`));
  const pglite = await PGlite.create({
    fs: new SyncedFS(folder),
    pgliteWasmModule: await compile("pglite.wasm"),
    initdbWasmModule: await compile("initdb.wasm"),
    fsBundle: new Blob([Deno.readFileSync(`${code}/pglite.data`)]),
    // -F would turn syncing off.
    startParams: [
      ...PGlite.defaultStartParams.filter((param) => param !== "-F"),
      ...["-c", `shared_buffers=${SHARED_BUFFERS}`],
    ],
    parsers: Object.fromEntries([[TYPES.bigint, parseBigint], ...TYPES.times.map((type) => [type, keep])]),
  });
  await pglite.exec("set TimeZone = 'UTC'");
  return pglite;
}

/** Emscripten's number of ENOSPC. */
const FULL = 51;

/** On a full disk PostgreSQL would try again for ever: what is committed is safe, and the rest is undone when it opens again. */
function endWhereFull<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { errno, code } = error as { errno?: number; code?: string };
    if (errno !== FULL && code !== "ENOSPC") throw error;
    console.error("error: Cannot write the embedded database: the disk is full; free some space and run again");
    Deno.exit(1);
  }
}

/** Makes it beside its place: one that a kill left half made is never taken for a database. */
async function createFolder(state: string, folder: string): Promise<void> {
  const fresh = `${state}/new`;
  if (isThere(fresh)) Deno.removeSync(fresh, { recursive: true });
  Deno.mkdirSync(fresh, { recursive: true, mode: 0o700 });
  await (await start(fresh)).close();
  Deno.renameSync(fresh, folder);
}

/** Whether there is anything at a path. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
