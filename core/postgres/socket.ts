import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { PGlite } from "@electric-sql/pglite";
import { prefixStatement } from "./statement_names.ts";

/** All of them share one session, so that more cost nothing. */
const CONNECTIONS = 64;

/** Messages that bring SQL: Query and Parse. */
const QUERIES = new Set([..."QP"].map((type) => type.charCodeAt(0)));
const COPY_IN = /\bcopy\b.*\bfrom\s+stdin\b/is;
const COMMENTS = /--[^\n]*|\/\*.*?\*\//gs;
const REFUSAL = "do $$begin raise feature_not_supported using message = 'COPY FROM STDIN does not work here'; end$$";

/** Messages of the extended protocol that a Sync must follow: Parse, Bind, Describe, Execute, Close, Flush. */
const OPENING = new Set([..."PBDECH"].map((type) => type.charCodeAt(0)));

/**
 * Serves `pglite` on a port of the loopback, to as many clients as it may be, one exchange after the other.
 *
 * @returns What ends it.
 */
export async function openSocket(pglite: PGlite, port: number): Promise<() => Promise<void>> {
  const server = new PGLiteSocketServer({ db: oneByOne(pglite), host: "127.0.0.1", port, maxConnections: CONNECTIONS });
  adaptMessages(server);
  try {
    await server.start();
  } catch (cause) {
    throw new Error(`Cannot listen on 127.0.0.1:${port}: ${(cause as Error).message}; choose another port`, { cause });
  }
  return () => server.stop();
}

/**
 * The package lets a client alone with the database from the first statement of a transaction to the last, but not from
 * Parse to Sync: what one client has prepared another would run. To it, a transaction is what we say is one.
 */
function oneByOne(pglite: PGlite): PGlite {
  let open = false;
  const own: Partial<PGlite> = {
    isInTransaction: () => open || pglite.isInTransaction(),
    execProtocolRawStream(message, options) {
      open = OPENING.has(message[0]!);
      return pglite.execProtocolRawStream(message, options);
    },
  };
  return new Proxy(pglite, {
    get(target, key) {
      const value = own[key as keyof PGlite] ?? target[key as keyof PGlite];
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** What the package passes all messages through; private to it, and the one place that knows whose they are. */
interface Queue {
  enqueue(client: number, message: Uint8Array, onData: (data: Uint8Array) => void): Promise<number>;
}

function adaptMessages(server: PGLiteSocketServer): void {
  const { queryQueue: queue } = server as unknown as { readonly queryQueue: Queue };
  const enqueue = queue.enqueue.bind(queue);
  queue.enqueue = (client, message, onData) =>
    enqueue(client, prefixStatement(refuseCopy(message), `client${client}_`), onData);
}

/** PGlite ends in the middle of it, and with it the session of all. */
function refuseCopy(message: Uint8Array): Uint8Array {
  if (!QUERIES.has(message[0]!) || !COPY_IN.test(new TextDecoder().decode(message).replace(COMMENTS, " "))) {
    return message;
  }
  const type = String.fromCharCode(message[0]!);
  // Parse has the statement's name before the query, here none, and the types of its values behind it.
  const refusal = new TextEncoder().encode(type === "P" ? `P....\0${REFUSAL}\0\0\0` : `Q....${REFUSAL}\0`);
  new DataView(refusal.buffer).setUint32(1, refusal.length - 1);
  return refusal;
}
