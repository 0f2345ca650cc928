import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import { type ClientSettings, keepSettings } from "./client_settings.ts";
import { textOf, withoutComments } from "./message_text.ts";
import { prefixStatement, statementPrefix } from "./statement_names.ts";

/** All of them share one session, so that more cost nothing. */
const CONNECTIONS = 64;

const COPY_IN = /\bcopy\b.*\bfrom\s+stdin\b/is;
const REFUSAL = "do $$begin raise feature_not_supported using message = 'COPY FROM STDIN does not work here'; end$$";

/** Messages of the extended protocol that a Sync must follow: Parse, Bind, Describe, Execute, Close, Flush. */
const OPENING = new Set([..."PBDECH"].map((type) => type.charCodeAt(0)));

/**
 * Serves `pglite` on a port of the loopback, to as many clients as it may be, one exchange after the other.
 *
 * @returns What ends it.
 */
export async function openSocket(pglite: PGlite, port: number): Promise<() => Promise<void>> {
  const settings = await keepSettings(pglite);
  const senders: Senders = new WeakMap();
  const db = oneByOne(pglite, settings, senders);
  const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port, maxConnections: CONNECTIONS });
  adaptMessages(server, settings, senders);
  endCancelRequests(server);
  try {
    await server.start();
  } catch (cause) {
    throw new Error(`Cannot listen on 127.0.0.1:${port}: ${(cause as Error).message}; choose another port`, { cause });
  }
  return () => server.stop();
}

/** Whose messages they are. */
type Senders = WeakMap<Uint8Array, number>;

/**
 * The package lets a client alone with the database from the first statement of a transaction to the last, but not from
 * Parse to Sync: what one client has prepared another would run. To it, a transaction is what we say is one.
 */
function oneByOne(pglite: PGlite, settings: ClientSettings, senders: Senders): PGlite {
  let open = false;
  const own: Partial<PGlite> = {
    isInTransaction: () => open || pglite.isInTransaction(),
    async execProtocolRawStream(message, options) {
      await settings.enter(senders.get(message)!, message, !own.isInTransaction!());
      open = OPENING.has(message[0]!);
      return await pglite.execProtocolRawStream(message, options);
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
  /** Called when a client goes, maybe twice. */
  clearTransactionIfNeeded(client: number): Promise<void>;
}

function adaptMessages(server: PGLiteSocketServer, settings: ClientSettings, senders: Senders): void {
  const { queryQueue: queue } = server as unknown as { readonly queryQueue: Queue };
  const enqueue = queue.enqueue.bind(queue);
  queue.enqueue = (client, message, onData) => {
    const own = prefixStatement(refuseCopy(message), statementPrefix(client));
    senders.set(own, client);
    return enqueue(client, own, onData);
  };
  const clear = queue.clearTransactionIfNeeded.bind(queue);
  queue.clearTransactionIfNeeded = (client) => {
    settings.leave(client);
    return clear(client);
  };
}

/** What each connection is passed to; private to the package. */
interface Accepting {
  handleConnection(socket: Socket): Promise<void>;
}

/** The length of a CancelRequest and its number, which no other message begins with. */
const CANCEL = [16, 80_877_102];

/**
 * A query cannot be cancelled, and the package passes over the request. The client that sent it, on a connection of its own,
 * waits until that is closed.
 */
function endCancelRequests(server: PGLiteSocketServer): void {
  const accepting = server as unknown as Accepting;
  const handle = accepting.handleConnection.bind(server);
  accepting.handleConnection = async (socket) => {
    await handle(socket);
    socket.on("data", (bytes: string | Uint8Array) => {
      if (typeof bytes === "string" || bytes.length !== CANCEL[0]) return;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const isCancel = CANCEL.every((word, i) => view.getInt32(4 * i) === word);
      if (isCancel) socket.destroy();
    });
  };
}

/** PGlite ends in the middle of it, and with it the session of all. */
function refuseCopy(message: Uint8Array): Uint8Array {
  const text = textOf(message);
  if (text === undefined || !COPY_IN.test(withoutComments(text))) return message;
  const type = String.fromCharCode(message[0]!);
  // Parse has the statement's name before the query, here none, and the types of its values behind it.
  const refusal = new TextEncoder().encode(type === "P" ? `P....\0${REFUSAL}\0\0\0` : `Q....${REFUSAL}\0`);
  new DataView(refusal.buffer).setUint32(1, refusal.length - 1);
  return refusal;
}
