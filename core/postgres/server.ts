/**
 * PostgreSQL servers, through postgres.js. Transactions are ours: its `begin` sends a rollback into a connection that is
 * gone, which ends the process.
 */
import net from "node:net";
import process from "node:process";
import type { Connection, Database, Rows, TextColumn, Texts } from "./connection.ts";
import { COPY_HEADER, COPY_TRAILER } from "./copy_format.ts";
import { explainError } from "./errors.ts";
import { type Driver, makeDatabase, parseBigint, TYPES } from "./session.ts";

type Options = import("postgres").Options<Record<string, never>>;

const CONNECT_S = 15;
/** How long a lock of another session is waited for, as PostgreSQL writes it, where the user's own settings say nothing. */
const LOCK_WAIT = "10min";

/** Connects to a server. */
export async function openServer(connection: Connection): Promise<Database> {
  const { default: postgres } = await import("postgres");
  const line = watchLine();
  let dialed = false;
  const options = {
    host: connection.host,
    port: connection.port,
    database: connection.dbname,
    user: connection.user,
    // A function, or an empty one would be looked for in the environment.
    password: () => connection.password ?? "",
    ssl: sslOptions(connection),
    max: 1,
    connect_timeout: CONNECT_S,
    // For one that ends before the server has let us in postgres.js makes the next at once, and for ever.
    socket: () => {
      if (dialed) throw new Error("it hung up before it let us in");
      dialed = true;
      return dial(connection);
    },
    fetch_types: false,
    onnotice: () => {},
    onclose: line.cut,
    connection: { application_name: "myx", TimeZone: "UTC", DateStyle: "ISO", extra_float_digits: 1 },
    types: {
      bigint: { to: TYPES.bigint, from: [TYPES.bigint], serialize: String, parse: parseBigint },
      date: { to: TYPES.times[2], from: TYPES.times, serialize: String, parse: String },
    },
  };
  const sql = withoutEnvironment(() => postgres(options as unknown as Options));
  try {
    // postgres.js never says that a connection is reserved which is not open yet, unless it first asks for all types.
    await sql.unsafe(
      `select set_config('lock_timeout', '${LOCK_WAIT}', false) where current_setting('lock_timeout') = '0'`,
    );
    // One connection for good: a new one would have lost the transaction.
    const session = await sql.reserve();
    const driver: Driver = {
      embedded: false,
      alive: line.alive,
      run: async (text, values) => toRows(await line.during(session.unsafe(text, [...values] as never[]))),
      single: async (text) => toTexts(await line.during(session.unsafe(text, [], { simple: false } as never).raw())),
      copy: (into, chunks) => copyIn(session.unsafe(`copy ${into} from stdin (format binary)`), chunks, line),
      async close() {
        if (line.alive()) session.release();
        line.cut();
        await sql.end({ timeout: 1 });
      },
    };
    return makeDatabase(driver, connection);
  } catch (error) {
    await sql.end({ timeout: 0 }).catch(() => {});
    // postgres.js knows no address of a socket of ours.
    const isLate = (error as { code?: string }).code === "CONNECT_TIMEOUT";
    throw explainError(isLate ? noAnswer() : error, connection, { lost: true, opening: true });
  }
}

function noAnswer(): Error {
  return Object.assign(new Error(`nothing within ${CONNECT_S} s`), { code: "CONNECT_TIMEOUT" });
}

/**
 * A socket that sends at once. postgres.js leaves its own to collect small messages, and then what follows a copy waits
 * 40 ms for the acknowledgement of its last bytes.
 */
function dial({ host, port }: Connection): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = host.startsWith("/") ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
    const timer = setTimeout(() => socket.destroy(noAnswer()), CONNECT_S * 1000);
    socket.once("close", () => clearTimeout(timer));
    socket.once("error", reject);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** Whether a connection can still be used, and a way to stop waiting once it cannot. */
interface Line {
  alive(): boolean;
  cut(): void;
  /** Notes what `error` says about the connection: whatever the server itself did not say, or said last, is its end. */
  note(error: unknown): void;
  /** The outcome of `work`, or an error where the connection ends first: postgres.js forgets what was sent just before. */
  during<T>(work: PromiseLike<T>): Promise<T>;
}

function watchLine(): Line {
  let alive = true;
  const waiting = new Set<(error: unknown) => void>();
  const line: Line = {
    alive: () => alive,
    cut() {
      alive = false;
      for (const reject of waiting) reject(new Error("the connection was cut"));
    },
    note(error) {
      if ((error as { severity?: string }).severity !== "ERROR") alive = false;
    },
    during: (work) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        work.then((result) => {
          waiting.delete(reject);
          resolve(result);
        }, (error) => {
          waiting.delete(reject);
          line.note(error);
          reject(error);
        });
      }),
  };
  return line;
}

/** postgres.js looks for a dozen variables; a sandboxed process may not look for any. */
function withoutEnvironment<T>(make: () => T): T {
  const { env } = process;
  process.env = {};
  try {
    return make();
  } finally {
    process.env = env;
  }
}

function sslOptions({ host, sslmode, ca }: Connection) {
  if (sslmode === "disable" || host.startsWith("/")) return false;
  if (sslmode === "prefer" || sslmode === "require") return sslmode;
  return {
    rejectUnauthorized: true,
    // postgres.js leaves addresses out, and then the certificate would have to be that of "localhost".
    host,
    ...(ca === undefined ? {} : { ca }),
    ...(sslmode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  };
}

interface Result extends Array<Record<string, unknown>> {
  readonly columns?: readonly { readonly name: string }[];
}

function toRows(result: unknown): Rows<unknown> {
  const list = result as Result | Result[];
  // Several statements give a list of results.
  const last = (Array.isArray(list[0]) ? list.at(-1) : list) as Result;
  return Object.assign([...last], { columns: (last.columns ?? []).map(({ name }) => name) });
}

interface RawResult extends Array<(Uint8Array | null)[]> {
  readonly columns?: readonly TextColumn[];
}

function toTexts(result: unknown): Texts {
  const rows = result as RawResult;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    columns: (rows.columns ?? []).map(({ name, type }) => ({ name, type })),
    rows: rows.map((row) => row.map((bytes) => bytes && decoder.decode(bytes))),
  };
}

/** The part of a postgres.js query that copying needs. */
interface CopyQuery {
  writable(): Promise<CopyStream>;
  reject(error: unknown): void;
  resolve(result: unknown): void;
}

interface CopyStream {
  on(event: "error", listener: (error: unknown) => void): void;
  write(bytes: Uint8Array, done: () => void): void;
  end(): void;
  destroy(error: unknown): void;
}

/**
 * postgres.js resolves the query with the stream, and forgets the stream with the last byte: what the server says after
 * that it tells the query a second time, where nobody hears it. A copy that fails at its very end would never end.
 */
async function copyIn(pending: unknown, chunks: Iterable<Uint8Array>, line: Line): Promise<number> {
  const query = pending as CopyQuery;
  const { resolve: open, reject: refuse } = query;
  const { promise, resolve, reject: fail } = Promise.withResolvers<number>();
  const done = line.during(promise);
  done.catch(() => {});
  let givenUp = false;
  const reject = (error: unknown) => {
    // A stream that we destroy says so with our own error, which says nothing about the connection.
    if (givenUp) return;
    line.note(error);
    fail(error);
  };
  query.resolve = (stream) => {
    query.resolve = (result) => resolve((result as { count: number }).count);
    open(stream);
  };
  query.reject = (error) => {
    reject(error);
    refuse(error);
  };
  const stream = await line.during(query.writable());
  stream.on("error", reject);
  const send = (bytes: Uint8Array) =>
    Promise.race([new Promise<void>((sent) => stream.write(bytes, () => sent())), done]);
  try {
    await send(COPY_HEADER);
    for (const chunk of chunks) await send(chunk);
    await send(COPY_TRAILER);
    stream.end();
    return await done;
  } catch (error) {
    givenUp = true;
    stream.destroy(error);
    resolve(0);
    throw error;
  }
}
