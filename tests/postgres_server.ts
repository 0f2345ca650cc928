/**
 * A real PostgreSQL server for tests: its own folder, a random port of the loopback and a unix socket, and, as it does not
 * run as root, the user `postgres` where the tests do. It ends with the process that started it.
 */
import { type Connection, type Database, openDatabase } from "myx";
import { embedded, openShared } from "./postgres_embedded.ts";
import { makeTempDir } from "./temp_dir.ts";

/** A running server. */
export interface Server {
  /** Folder of everything it has, the unix socket included. */
  readonly dir: string;
  readonly port: number;
  /** As the owner of all, through the socket. */
  readonly admin: Connection;
  /** As a user with a password, over TCP. */
  readonly user: Connection;
  /** Makes an empty database and says how `user` reaches it. */
  createDatabase(): Promise<Connection>;
  start(): Promise<void>;
  /** `fast` breaks all connections, `immediate` is a crash. */
  stop(how?: "fast" | "immediate"): Promise<void>;
}

/** Where the files for TLS are, if the server shall have it. */
export interface ServerOptions {
  readonly tls?: boolean;
}

export const PASSWORD = "s3cret-Pass_word";

const BIN = findPrograms();

function findPrograms(): string | undefined {
  for (const version of [17, 16, 15, 14]) {
    const folder = `/usr/lib/postgresql/${version}/bin`;
    try {
      Deno.statSync(`${folder}/initdb`);
      return folder;
    } catch {
      // The next one.
    }
  }
  console.error("\n*** SKIPPED: no PostgreSQL server here; on Debian: apt-get install postgresql-15 ***\n");
  return undefined;
}

/** Starts a server, or returns `undefined` where there is none to start, having said so. */
export async function startServer(options: ServerOptions = {}): Promise<Server | undefined> {
  if (!BIN) return undefined;
  let child: Deno.ChildProcess | undefined;
  // Ends before its folder, which is made after this, is removed.
  globalThis.addEventListener("unload", () => {
    try {
      child?.kill("SIGQUIT");
    } catch {
      // It has ended.
    }
  });
  const dir = makeTempDir("myx-pg-");
  const data = `${dir}/data`;
  const port = freePort();
  const owner = ownIds();
  if (owner) Deno.chownSync(dir, owner.uid, owner.gid);
  await runAs(owner, `${BIN}/initdb`, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]);
  const hosts = [
    "local all all trust",
    ...(options.tls ? ["hostnossl tls all 127.0.0.1/32 reject"] : []),
    "host all all 127.0.0.1/32 scram-sha-256",
    "host all all ::1/128 scram-sha-256",
  ];
  Deno.writeTextFileSync(`${data}/pg_hba.conf`, hosts.join("\n") + "\n");
  if (options.tls) await makeCertificate(dir, owner);

  const base = { port, sslmode: "prefer", dbname: "postgres" } as const;
  const admin: Connection = { ...base, host: dir, user: "postgres" };
  const server: Server = {
    dir,
    port,
    admin,
    user: { ...base, host: "127.0.0.1", user: "myx", password: PASSWORD },
    async createDatabase() {
      const dbname = `db_${crypto.randomUUID().slice(0, 8)}`;
      await withDatabase(admin, async (db) => {
        await db.query(`create database ${dbname} owner myx`);
      });
      return { ...server.user, dbname };
    },
    async start() {
      const tls = ["-c", "ssl=on", "-c", `ssl_cert_file=${dir}/server.crt`, "-c", `ssl_key_file=${dir}/server.key`];
      child = command(owner, `${BIN}/postgres`, [
        ...["-D", data, "-p", String(port), "-k", dir, "-h", "127.0.0.1,::1", "-F"],
        ...["-c", "log_min_messages=fatal", "-c", "max_connections=30", "-c", "shared_buffers=32MB"],
        ...(options.tls ? tls : []),
      ], ["--pdeathsig", "INT"]).spawn();
      child.status.catch(() => {});
      await untilReady(admin);
    },
    async stop(how = "fast") {
      child?.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
      await child?.status;
      child = undefined;
    },
  };
  await server.start();
  await withDatabase(admin, (db) => db.query(`create role myx login password '${PASSWORD}'`));
  return server;
}

/** Opens a database for as long as `use` takes. */
export async function withDatabase<T>(connection: Connection, use: (db: Database) => Promise<T>): Promise<T> {
  const db = await openFor(connection);
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}

/** Opens a database; the embedded one of this worker is shared. */
export function openFor(connection: Connection): Promise<Database> {
  return connection.host === embedded.host && connection.state === embedded.state
    ? openShared()
    : openDatabase(connection);
}

/** Whether this machine has the loopback of IPv6. */
export function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

function ownIds(): Ids | undefined {
  if (Deno.uid() !== 0) return undefined;
  const { uid, gid } = Deno.statSync(`/var/lib/postgresql`);
  return { uid: uid!, gid: gid! };
}

function command(owner: Ids | undefined, program: string, args: readonly string[], extra: readonly string[] = []) {
  const setpriv = owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"] : [];
  return new Deno.Command("setpriv", {
    args: [...setpriv, ...extra, program, ...args],
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
}

async function runAs(owner: Ids | undefined, program: string, args: readonly string[]): Promise<void> {
  const { success } = await command(owner, program, args).output();
  if (!success) throw new Error(`Cannot run "${program}"`);
}

async function makeCertificate(dir: string, owner: Ids | undefined): Promise<void> {
  const { success } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-keyout", `${dir}/server.key`, "-out", `${dir}/server.crt`],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ],
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error("Cannot make a certificate: openssl failed");
  Deno.chmodSync(`${dir}/server.key`, 0o600);
  if (owner) {
    for (const file of ["server.key", "server.crt"]) {
      Deno.chownSync(`${dir}/${file}`, owner.uid, owner.gid);
    }
  }
}

async function untilReady(admin: Connection): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await withDatabase(admin, async () => {});
    } catch (error) {
      if (tries > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
