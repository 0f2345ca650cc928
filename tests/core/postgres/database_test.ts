import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type Connection, DatabaseError, encodeRows, nameFault, openDatabase, quoteName, readConnection } from "myx";
import { openEmbedded } from "../../../core/postgres/embedded.ts";
import { embedded } from "../../postgres_embedded.ts";
import { hasIPv6, PASSWORD, type Server, startServer, withDatabase } from "../../postgres_server.ts";
import { makeTempDir } from "../../temp_dir.ts";

const server = await startServer({ tls: true });
const databases: [string, Connection][] = [
  ["embedded", embedded],
  ...(server ? [["server", await server.createDatabase()] as [string, Connection]] : []),
];

const times = (values: readonly number[]) => ({ type: "timestamptz" as const, values: Float64Array.from(values) });

for (const [name, connection] of databases) {
  Deno.test(`query() gives the same values on every database: ${name}`, async () => {
    await withDatabase(connection, async (db) => {
      const rows = await db.query(
        `select 1::bigint as a, 9007199254740993::bigint as b, timestamptz '2026-01-20 01:02:03.000004+02' as c, null as d,
           1.50::numeric as e, $1::text::jsonb as f, $2::int as g, 'NaN'::float8 as h, 'Infinity'::float8 as i, true as j,
           date '2026-01-20' as k`,
        ['{"x": ["y"]}', 5],
      );
      assertEquals([...rows], [{
        ...{ a: 1, b: 9007199254740993n, c: "2026-01-19 23:02:03.000004+00", d: null, e: "1.50" },
        ...{ f: { x: ["y"] }, g: 5, h: NaN, i: Infinity, j: true, k: "2026-01-20" },
      }]);
    });
  });

  Deno.test(`query() names the columns where there are no rows, and takes several statements: ${name}`, async () => {
    await withDatabase(connection, async (db) => {
      assertEquals((await db.query("select 1 as a, 2 as b where false")).columns, ["a", "b"]);
      assertEquals([...await db.query("select 1 as a; select 2 as b")], [{ b: 2 }]);
    });
  });

  Deno.test(`transaction() undoes all where something fails, and the next one works: ${name}`, async () => {
    await withDatabase(connection, async (db) => {
      await db.query("create table undone (a int)");
      const failed = db.transaction(async (db) => {
        await db.query("insert into undone values (1)");
        throw new RangeError("mine");
      });
      await assertRejects(() => failed, RangeError, "mine");
      await assertRejects(() => db.transaction((db) => db.query("select 1 / 0")), DatabaseError, "division by zero");
      await db.transaction((db) => db.query("insert into undone values (2)"));
      assertEquals([...await db.query("select a from undone")], [{ a: 2 }]);
      await db.query("drop table undone");
    });
  });

  Deno.test(`copy() says what failed, even at its very end, and can be used again: ${name}`, async () => {
    await withDatabase(connection, async (db) => {
      await db.query("create table copied (ts timestamptz primary key)");
      const copy = (...values: number[]) => db.copy("copied", ["ts"], encodeRows([times(values)], values.length));
      assertEquals(await copy(1e15, 1e15 + 1), 2);
      const { code } = await assertRejects(() => copy(2e15, 1e15), DatabaseError, "duplicate key");
      assertEquals(code, "23505");
      function* broken(): Generator<Uint8Array> {
        yield* encodeRows([times([3e15])], 1);
        throw new RangeError("cannot read the file");
      }
      await assertRejects(() => db.copy("copied", ["ts"], broken()), RangeError, "cannot read the file");
      await assertRejects(() => db.copy("copied", ["nothing"], []), DatabaseError, "nothing");
      assertEquals(await copy(4e15), 1);
      assertEquals(await db.copy("copied", ["ts"], []), 0);
      const [row] = await db.query<{ all: string }>(
        `select string_agg((extract(epoch from ts) * 1000000)::bigint::text, ' ' order by ts) as all from copied`,
      );
      assertEquals(row!.all, "1000000000000000 1000000000000001 4000000000000000");
      await db.query("drop table copied");
    });
  });
}

Deno.test("quoteName() quotes what would end a name, and nameFault() counts bytes", () => {
  assertEquals(quoteName('x"; drop table y; --'), '"x""; drop table y; --"');
  assertEquals(quoteName("a.b", "select"), '"a.b"."select"');
  assertThrows(() => quoteName("a\0b"), TypeError);
  assertThrows(() => quoteName(""), TypeError);
  assertEquals(nameFault("ü".repeat(31)), undefined);
  assertStringIncludes(nameFault("ü".repeat(32))!, "64 bytes");
});

Deno.test("readConnection() takes as ssl_ca what stands in a PEM file, and no path of it", () => {
  const params = { host: "db.example.org", port: 5432, user: "myx", sslmode: "verify-full" } as const;
  const pem = "lab CA\r\n-----BEGIN CERTIFICATE-----\r\nMIIB\r\n-----END CERTIFICATE-----\r\n";
  assertEquals(readConnection({ ...params, ssl_ca: pem }, undefined).ca, pem);
  for (const ssl_ca of ["/etc/ssl/lab.pem", "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"]) {
    assertThrows(() => readConnection({ ...params, ssl_ca }, undefined), TypeError, "Cannot use ssl_ca: expected what");
  }
});

Deno.test("openDatabase() asks once where whoever listens hangs up, as one does that passes on to a server that is down", async () => {
  for (const sslmode of ["disable", "prefer", "verify-full"] as const) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    let calls = 0;
    const serving = (async () => {
      for await (using socket of listener) {
        await socket.read(new Uint8Array(1024));
        if (++calls === 2) listener.close();
      }
    })();
    const connection = { host: "127.0.0.1", port, dbname: "lab", user: "lab", sslmode };
    const { message, lost } = await assertRejects(() => openDatabase(connection), DatabaseError);
    assertStringIncludes(message, "it hung up before it let us in; check that it is PostgreSQL that listens there");
    assertEquals([calls, lost], [1, true]);
    listener.close();
    await serving;
  }
});

Deno.test("openDatabase() of the embedded one opens it after a start that a full disk or a kill has ended", async () => {
  const state = makeTempDir();
  const open = () => openDatabase({ ...embedded, state });
  const made = await open();
  await made.query("create table kept as select 7 as n");
  await made.close();
  Deno.writeTextFileSync(`${state}/data/postmaster.pid`, "");
  const db = await open();
  try {
    assertEquals([...await db.query("select n from kept")], [{ n: 7 }]);
  } finally {
    await db.close();
    Deno.removeSync(state, { recursive: true });
  }
});

Deno.test("copy() into the embedded one makes checkpoints: else all that it has logged stays until it is closed", async () => {
  const state = makeTempDir();
  const db = await openEmbedded({ ...embedded, state }, { checkpointBytes: 2 ** 16 });
  try {
    const checkpoint = async () => (await db.query("select redo_lsn::text from pg_control_checkpoint()"))[0];
    const values = Float64Array.from({ length: 5000 }, (_, i) => i);
    const copy = () => db.copy("copied", ["a"], encodeRows([{ type: "double precision", values }], values.length));
    await db.query("create table copied (a float8)");
    const first = await checkpoint();
    await copy();
    assertEquals(await checkpoint(), first); // 5000 rows of 14 bytes; counted when the next are to come.
    await copy();
    assertNotEquals(await checkpoint(), first);
    assertEquals([...await db.query("select count(*)::int as rows from copied")], [{ rows: 10_000 }]);
  } finally {
    await db.close();
    Deno.removeSync(state, { recursive: true });
  }
});

Deno.test("openDatabase() of the embedded one has few buffers of its own, as it fills all of them when it opens", async () => {
  await withDatabase(embedded, async (db) => {
    const [found] = await db.query<{ bytes: number }>(
      "select pg_size_bytes(current_setting('shared_buffers')) as bytes",
    );
    assertEquals(found!.bytes, 16 * 2 ** 20);
  });
});

Deno.test("openDatabase() of the embedded one starts anew where its making was killed", async () => {
  const state = makeTempDir();
  try {
    Deno.mkdirSync(`${state}/new/base`, { recursive: true });
    Deno.writeTextFileSync(`${state}/new/PG_VERSION`, "18\n");
    const db = await openDatabase({ ...embedded, state });
    assertEquals([...await db.query("select 1 as a")], [{ a: 1 }]);
    await db.close();
    assertEquals([...Deno.readDirSync(state)].map(({ name }) => name), ["data"]);
  } finally {
    Deno.removeSync(state, { recursive: true });
  }
});

if (server) againstServer(server);

function againstServer(server: Server): void {
  const fails = async (change: Partial<Connection>) => {
    const error = await assertRejects(() => openDatabase({ ...server.user, ...change }), DatabaseError);
    // What is printed for people, and all that a log of the error itself would show.
    const shown = `${error.message}\n${error.stack}\n${Deno.inspect(error, { showHidden: true, depth: 10 })}`;
    assert(!shown.includes(PASSWORD) && !shown.includes("wr0ng"), `the password is in: ${shown}`);
    assert(error.lost);
    return error.message;
  };

  Deno.test("openDatabase() says why it cannot connect, what to do, and no password", async () => {
    const cases: [Partial<Connection>, RegExp][] = [
      [{ port: 1 }, /nobody listens.*start the server, or set host and port/],
      [{ host: "nosuch.invalid" }, /no such host/],
      [{ password: "wr0ng" }, /the server refused.*password_env/],
      [{ user: "nobody" }, /the server refused/],
      [{ dbname: "nosuch" }, /does not exist.*set dbname/],
      [{ host: "/nosuch" }, /nobody listens/],
    ];
    for (const [change, message] of cases) {
      const found = await fails(change);
      assert(message.test(found), found);
    }
  });

  Deno.test("openDatabase() encrypts and checks as sslmode says", async () => {
    const encrypted = (change: Partial<Connection>) =>
      withDatabase({ ...server.user, ...change }, async (db) => {
        const [row] = await db.query<{ ssl: boolean }>("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
        return row!.ssl;
      });
    assertEquals(await encrypted({ sslmode: "disable" }), false);
    assertEquals(await encrypted({ sslmode: "prefer" }), true);
    assertEquals(await encrypted({ sslmode: "require" }), true);
    for (const sslmode of ["verify-ca", "verify-full"] as const) {
      const message = await fails({ sslmode });
      assertStringIncludes(message, "its certificate is not accepted");
    }
    const ca = Deno.readTextFileSync(`${server.dir}/server.crt`);
    assertEquals(await encrypted({ sslmode: "verify-full", ca, host: "localhost" }), true);
    assertEquals(await encrypted({ sslmode: "verify-ca", ca }), true);
    // Signed by one we trust, and made out to somebody else.
    const message = await fails({ sslmode: "verify-full", ca });
    assertStringIncludes(message, "its certificate is made out to another name");
    assertStringIncludes(message, "set host to a name that stands in it");
    assertStringIncludes(await fails({ sslmode: "disable", dbname: "tls" }), "whether sslmode encrypts as it asks for");
  });

  Deno.test("openDatabase() sends nothing to read to a server that does not encrypt, and says what it lacks", async () => {
    const got: string[] = [];
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const socket of listener) {
        using _ = socket;
        const bytes = new Uint8Array(1024);
        const read = async () => got.push(new TextDecoder().decode(bytes.subarray(0, await socket.read(bytes) ?? 0)));
        await read();
        await socket.write(new TextEncoder().encode("N"));
        await read();
      }
    })();
    for (const sslmode of ["require", "verify-ca", "verify-full"] as const) {
      const message = await fails({ port: listener.addr.port, sslmode });
      assertStringIncludes(message, `Cannot connect to database "postgres" on "127.0.0.1:${listener.addr.port}"`);
      assertStringIncludes(message, `and that it encrypts, as sslmode "${sslmode}" asks for`);
    }
    listener.close();
    await serving;
    assert(!got.some((text) => text.includes("user") || text.includes("myx")), got.join("\n"));
  });

  Deno.test({
    name: "openDatabase() reaches an address of IPv6, with brackets and without",
    ignore: !hasIPv6(),
    fn: async () => {
      const { port, user, password = "" } = server.user;
      for (const host of ["::1", "[::1]"]) {
        const params = { host, port, user, password, dbname: "postgres", sslmode: "prefer" } as const;
        const connection = readConnection(params, undefined);
        const rows = await withDatabase(connection, (db) => db.query("select host(inet_server_addr()) as address"));
        assertEquals([...rows], [{ address: "::1" }]);
        const nobody = { ...connection, port: 1 };
        await assertRejects(() => openDatabase(nobody), DatabaseError, 'on "[::1]:1" as "myx": nobody listens there');
      }
    },
  });

  Deno.test("openDatabase() goes through a unix socket", async () => {
    // Which is never encrypted: there is nothing to check.
    for (const sslmode of ["prefer", "require", "verify-full"] as const) {
      const connection = { ...server.admin, sslmode };
      const rows = await withDatabase(connection, (db) => db.query("select inet_server_addr() is null as socket"));
      assertEquals([...rows], [{ socket: true }]);
    }
  });

  Deno.test("copy() ends with a clear error where its connection is cut in the middle", async () => {
    const connection = await server.createDatabase();
    const db = await openDatabase(connection);
    await db.query("create table cut (ts timestamptz)");
    const [session] = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
    const kill = () =>
      withDatabase(server.admin, (admin) => admin.query("select pg_terminate_backend($1::int)", [session!.pid]));
    const values = times(Array.from({ length: 200_000 }, (_, row) => 1e15 + row));
    let killed: Promise<unknown> | undefined;
    function* cutting(): Generator<Uint8Array> {
      for (let part = 0; part < 40; part++) {
        yield* encodeRows([values], values.values.length);
        if (part === 1) killed = kill();
      }
    }
    const failed = db.transaction((db) => db.copy("cut", ["ts"], cutting()));
    const error = await assertRejects(() => failed, DatabaseError);
    assert(error.lost, error.message);
    await killed;
    await assertRejects(() => db.query("select 1"), DatabaseError, "Lost the connection");
    await db.close();
    assertEquals([...await withDatabase(connection, (db) => db.query("select count(*) from cut"))], [{ count: 0 }]);
  });

  Deno.test("query() ends where the server stops, and a new connection works once it is back", async () => {
    const db = await openDatabase(server.user);
    const sleeping = assertRejects(() => db.query("select pg_sleep(60)"), DatabaseError);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.stop();
    assert((await sleeping).lost);
    await db.close();
    assertStringIncludes(await fails({}), "nobody listens");
    await server.start();
    assertEquals([...await withDatabase(server.user, (db) => db.query("select 1 as a"))], [{ a: 1 }]);
  });
}

Deno.test("openEmbedded() advises to run again before to give a database up: the disk may have failed for a moment", async () => {
  const state = makeTempDir();
  Deno.mkdirSync(`${state}/data`);
  Deno.writeTextFileSync(`${state}/data/PG_VERSION`, "17\n");
  await assertRejects(
    () => openEmbedded({ ...embedded, state }),
    DatabaseError,
    `Cannot open the embedded database in "${state}": its files cannot be read, or are damaged; run again, and if`,
  );
});
