/** The settings of clients that share one session of PostgreSQL: each finds its own, and no other's, when it is served. */
import { type PGlite, protocol } from "@electric-sql/pglite";
import { quoteName } from "./identifier.ts";
import { textOf, withoutComments } from "./message_text.ts";
import { statementPrefix } from "./statement_names.ts";

/** SQL that may change settings or the role; `execute`, `do` and `call` run what does not stand there. */
const CHANGES = /(?:^|[;\0])\s*(?:set|reset|discard|execute|do|call)\b|\bset_config\b/i;
/** SQL that makes what all clients see: temporary tables, and statements prepared by SQL. */
const SHARES =
  /(?:^|[;\0])\s*prepare\b|\b(?:create|into)\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp(?:orary)?\b|\bpg_temp\b/i;

/** What a client has set. */
interface Settings {
  readonly user: string;
  readonly role: string;
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** Keeps the settings of clients apart. */
export interface ClientSettings {
  /**
   * Makes the session that of `client`, which is about to send `message`.
   *
   * @param idle Whether no transaction is open, nor an exchange of several messages.
   */
  enter(client: number, message: Uint8Array, idle: boolean): Promise<void>;
  /** Says that `client` is gone. */
  leave(client: number): void;
}

/**
 * Begins to keep settings apart; those of now are what every client starts with. Clients that change nothing cost nothing, a
 * change to or from one that does takes some milliseconds.
 */
export async function keepSettings(pglite: PGlite): Promise<ClientSettings> {
  const session = openSession(pglite);
  const first = await session.read();
  await session.write(first);
  const changing = new Set<number>();
  const sharing = new Set<number>();
  const kept = new Map<number, Settings>();
  const gone = new Set<number>();
  let current: number | undefined;

  const change = async (client: number) => {
    const changed = current !== undefined && changing.has(current);
    if (!changed && !kept.has(client) && gone.size === 0) return;
    const left = await session.read();
    if (changed && !gone.has(current!)) kept.set(current!, left);
    await session.write(first);
    await clear();
    const settings = kept.get(client);
    if (settings) await session.write(settings);
  };
  const clear = async () => {
    const shared = sharing.size > 0;
    for (const client of gone) {
      await session.deallocate(`starts_with(name, '${statementPrefix(client)}')`);
      for (const clients of [changing, sharing, gone]) clients.delete(client);
    }
    if (shared && sharing.size === 0) await session.clear();
  };
  return {
    async enter(client, message, idle) {
      if (client !== current || idle && gone.size > 0) await change(client);
      current = client;
      const text = textOf(message);
      if (text === undefined) return;
      const texts = [text, withoutComments(text)];
      if (texts.some((text) => CHANGES.test(text))) changing.add(client);
      if (texts.some((text) => SHARES.test(text))) sharing.add(client);
    },
    leave(client) {
      gone.add(client);
      kept.delete(client);
    },
  };
}

function openSession(pglite: PGlite) {
  const run = async (sql: string) => {
    const message = protocol.serialize.query(sql);
    const messages = await pglite.execProtocolStream(message, { syncToFs: false, throwOnError: false });
    return messages.flatMap((message) =>
      message.name === "dataRow" ? [(message as unknown as { readonly fields: readonly string[] }).fields] : []
    );
  };
  const session = {
    /** The settings of now; what comes next runs as the owner of all. */
    async read(): Promise<Settings> {
      const [[user, role] = []] = await run(
        "select pg_catalog.current_setting('session_authorization'), pg_catalog.current_setting('role')",
      );
      await run("reset session authorization; reset role");
      const values = await run("select name, setting from pg_catalog.pg_settings where source = 'session'");
      return { user: user!, role: role!, values: values as unknown as Settings["values"] };
    },
    /** Sets these and no others. */
    async write({ user, role, values }: Settings): Promise<void> {
      await run("reset all");
      const calls = values.map(([name, value]) => `pg_catalog.set_config(${quote(name)}, ${quote(value)}, false)`);
      if (calls.length) await run(`select ${calls.join(", ")}`);
      await run(`set session authorization ${quote(user)}`);
      if (role !== "none") await run(`set role ${quote(role)}`);
    },
    /** Forgets prepared statements. */
    async deallocate(which: string): Promise<void> {
      const names = await run(`select name from pg_catalog.pg_prepared_statements where ${which}`);
      for (const [name] of names) await run(`deallocate ${quoteName(name!)}`);
    },
    /** Forgets what clients share. */
    async clear(): Promise<void> {
      await run("discard temp");
      await session.deallocate("from_sql");
    },
  };
  return session;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
