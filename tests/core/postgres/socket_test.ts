import { assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { startEmbedded } from "../../../core/postgres/embedded.ts";
import { openSocket } from "../../../core/postgres/socket.ts";
import { makeTempDir } from "../../temp_dir.ts";

type Client = postgres.Sql;

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const state = makeTempDir("myx-socket-");
const pglite = await startEmbedded(state);

Deno.test.afterAll(async () => {
  await pglite.close();
  Deno.removeSync(state, { recursive: true });
});

/** Serves the database to the clients of `use`, which it makes and ends. */
async function withClients(use: (connect: () => Client) => Promise<void>): Promise<void> {
  const port = freePort();
  const close = await openSocket(pglite, port);
  const clients: Client[] = [];
  const options = { host: "127.0.0.1", port, user: "postgres", database: "postgres", max: 1, fetch_types: false };
  try {
    await use(() => {
      const client = postgres({ ...options, onnotice: () => {} });
      clients.push(client);
      return client;
    });
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
    await close();
  }
}

/** What a client has set, as it sees it. */
async function settingsOf(client: Client) {
  const [row] = await client`select current_setting('timezone') as zone, current_setting('search_path') as path,
    current_setting('default_transaction_read_only') as read_only, current_user::text as user, now()::text as now`;
  const { zone, path, read_only, user, now } = row!;
  return [zone, path, read_only, user, now.slice(now.length - 3)];
}

const FIRST = ["UTC", "public", "off", "postgres", "+00"];

Deno.test("openSocket() gives each client its own settings, and none those of one that is gone", async () => {
  await withClients(async (connect) => {
    const [tokyo, kabul, plain] = [connect(), connect(), connect()];
    assertEquals(await settingsOf(plain), FIRST);
    await plain`create role reader`;
    await tokyo.unsafe("/* mine */ set timezone = 'Asia/Tokyo'; set default_transaction_read_only = on");
    await kabul`select set_config('timezone', 'Asia/Kabul', false)`;
    await kabul`set role reader`;
    await kabul`set search_path to pg_catalog, "it's"`;
    for (let times = 0; times < 2; times++) {
      assertEquals(await settingsOf(plain), FIRST);
      assertEquals(await settingsOf(tokyo), ["Asia/Tokyo", "public", "on", "postgres", "+09"]);
      assertEquals(await settingsOf(kabul), ["Asia/Kabul", `pg_catalog, "it's"`, "off", "reader", ":30"]);
    }
    await assertRejects(() => tokyo`create table refused (a int)`, postgres.PostgresError, "read-only transaction");
    await assertRejects(() => kabul`create role refused`, postgres.PostgresError, "permission denied");
    await tokyo`reset all`;
    await kabul`select 1`;
    assertEquals((await settingsOf(tokyo))[2], "off");
    await kabul.end({ timeout: 1 });
    assertEquals(await settingsOf(connect()), FIRST);
    await plain`set timezone = 'Asia/Tokyo'`;
    await plain.end({ timeout: 1 });
    assertEquals(await settingsOf(connect()), FIRST);
  });
});

Deno.test("openSocket() keeps the settings of a transaction, of a prepared set and of a failure with their client", async () => {
  await withClients(async (connect) => {
    const [one, other] = [connect(), connect()];
    await one.begin(async (sql) => {
      await sql`set local timezone = 'Asia/Tokyo'`;
      const waiting = settingsOf(other);
      assertEquals((await settingsOf(sql as unknown as Client))[0], "Asia/Tokyo");
      await sql`set search_path = pg_catalog`;
      queueMicrotask(async () => assertEquals(await waiting, FIRST));
    });
    assertEquals((await settingsOf(one)).slice(0, 2), ["UTC", "pg_catalog"]);
    await one.begin((sql) => sql`set search_path = other; select 1 / 0`.simple()).catch(() => {});
    assertEquals(await settingsOf(other), FIRST);
    assertEquals((await settingsOf(one))[1], "pg_catalog");
    // Prepared once, run at each call.
    const set = (zone: string) => other`select set_config('timezone', ${zone}, false)`;
    for (const zone of ["Asia/Tokyo", "Asia/Kabul"]) {
      await set(zone);
      assertEquals((await settingsOf(one))[0], "UTC");
      assertEquals((await settingsOf(other))[0], zone);
    }
  });
});

Deno.test("openSocket() forgets what clients prepared, and their temporary tables, when those are gone", async () => {
  await withClients(async (connect) => {
    const [one, two, other] = [connect(), connect(), connect()];
    await one`create temp table passing (a int)`;
    await two.unsafe("prepare passing as select 7 as n");
    assertEquals((await two.unsafe("execute passing"))[0]!.n, 7);
    await one`select ${1}::int`;
    await other`select ${2}::int`;
    const left = () =>
      other`select (select count(*)::int from pg_prepared_statements where name like 'client%') as own,
        (select count(*)::int from pg_prepared_statements where from_sql) as prepared, to_regclass('passing')::text as temp`;
    const [before] = await left();
    // A client's end is noticed a moment later.
    const becomes = async (wanted: Record<string, unknown>) => {
      const isThere = ([row]: readonly postgres.Row[]) => Object.keys(wanted).every((key) => row![key] === wanted[key]);
      for (let tries = 0; tries < 100 && !isThere(await left()); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assertEquals((await left())[0], wanted);
    };
    await one.end({ timeout: 1 });
    await becomes({ ...before, own: before!.own - 2 });
    await two.end({ timeout: 1 });
    await becomes({ own: before!.own - 2, prepared: 0, temp: null });
    assertEquals((await other`select ${3}::int as n`)[0]!.n, 3);
  });
});

Deno.test("openSocket() ends the connection of a request to cancel, for whose end psql waits", async () => {
  const port = freePort();
  const close = await openSocket(pglite, port);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = new DataView(new ArrayBuffer(16));
  [16, 80_877_102, 42, 1].forEach((word, i) => request.setInt32(4 * i, word));
  await connection.write(new Uint8Array(request.buffer));
  const late = setTimeout(() => connection.close(), 5000);
  assertEquals(await connection.read(new Uint8Array(1)), null);
  clearTimeout(late);
  await close();
});
