import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type Connection, DatabaseError, EMBEDDED, openDatabase } from "myx";
import { PASSWORD, type Server, startServer, withDatabase } from "../postgres_server.ts";
import { interrupted, type Point, POINTS } from "./to_postgres_faulty.ts";
import { runTogether } from "./to_postgres_together.ts";
import { dayTable, joined, makeWorld, type Rows, type World } from "./to_postgres_world.ts";
import { makeTempDir } from "../temp_dir.ts";

const PARAMS = { table_template: "all_{aggregation}" };
const file = (device: string, day: number) => `EXP_${device}__bio__2026-01-${20 + day}__10s.parquet`;
const device = (column: string, name: string) => `${name.split("__")[0]!.slice(4)}__${column}`;

/** Two devices over two days; `version` changes every value and the number of rows. */
function fill(world: World, version: number): void {
  for (const day of [0, 1]) {
    for (const [d, name] of ["a", "b"].entries()) {
      const seconds = Array.from({ length: 2000 + 100 * version }, (_, row) => 10 * row + 5 * d);
      world.put(
        file(name, day),
        dayTable(day, seconds, { m0: seconds.map((second) => second % 7 ? second + version : null) }),
      );
    }
  }
}

const server = await startServer();

async function killAt(world: World, point: Point, times: number): Promise<void> {
  const program = fromFileUrl(new URL("to_postgres_faulty.ts", import.meta.url));
  const dir = world.dir.slice(0, world.dir.lastIndexOf("/"));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "-A", "--no-check", `--config=${config}`, program],
      JSON.stringify([world.connection, dir, world.schema, PARAMS, point, times]),
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  assertEquals(signal, "SIGKILL", `${point}: ${new TextDecoder().decode(stderr)}`);
}

/** Kills loads at `points` and checks that each leaves whole days, and that one run more leaves what the files say. */
async function killEverywhere(world: World, points: readonly Point[]): Promise<void> {
  fill(world, 0);
  await world.load(PARAMS);
  for (const [i, point] of points.entries()) {
    const before = joined(world, world.names(), device);
    fill(world, i + 1);
    const after = joined(world, world.names(), device);
    // Where the second day begins, the first is loaded.
    await killAt(world, point, point === "begin" || point === "lock" ? 2 : 1);
    const days = Map.groupBy(await world.rows("ALL_10S"), ({ ts }) => Math.floor(Number(ts) / 86_400e6));
    for (const [day, rows] of days) {
      const of = (all: typeof before) => all.filter(({ ts }) => Math.floor(Number(ts) / 86_400e6) === day);
      const whole = [of(before), of(after)].some((state) => JSON.stringify(sort(state)) === JSON.stringify(sort(rows)));
      assert(whole, `killed at ${point}, day ${day} is neither as before nor as after`);
    }
    await world.load(PARAMS);
    assertEquals(await world.rows("ALL_10S"), after, point);
  }
}

const sort = (rows: Rows) => rows.map((row) => Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1));

Deno.test("to_postgres leaves whole days wherever it is killed: embedded", async () => {
  const state = makeTempDir();
  const base = { port: 5432, dbname: "postgres", user: "postgres", sslmode: "prefer" } as const;
  try {
    using world = makeWorld({ ...base, host: EMBEDDED, state });
    await killEverywhere(world, ["commit"]);
  } finally {
    Deno.removeSync(state, { recursive: true });
  }
});

if (server) againstServer(server);

function againstServer(server: Server): void {
  Deno.test("to_postgres leaves whole days wherever it is killed: server", async () => {
    using world = makeWorld(await server.createDatabase());
    await killEverywhere(world, POINTS);
  });

  const cuts: [string, (pid: number) => Promise<unknown>][] = [
    [
      "its connection is ended",
      (pid) => withDatabase(server.admin, (db) => db.query("select pg_terminate_backend($1::int)", [pid])),
    ],
    ["the server crashes", async () => {
      await server.stop("immediate");
      await server.start();
    }],
    ["the server is stopped and started", async () => {
      await server.stop("fast");
      await server.start();
    }],
  ];
  for (const [what, cut] of cuts) {
    Deno.test(`to_postgres undoes a day in whose COPY ${what}, and loads it afterwards`, async () => {
      using world = makeWorld(await server.createDatabase());
      fill(world, 0);
      await world.load(PARAMS);
      const before = await world.rows("ALL_10S");
      fill(world, 1);
      // The first row of a COPY sleeps: no race, and nothing to wait for.
      await world.query(
        `create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
         create trigger nap before insert on "ALL_10S" for each row execute function nap()`,
      );
      const failing = assertRejects(() => world.load(PARAMS), DatabaseError);
      await cut(await sleeper(server, world.connection));
      const error = await failing;
      assert(error.lost, error.message);
      assert(!Deno.inspect(error, { depth: 10 }).includes(PASSWORD));
      assertEquals(await world.rows("ALL_10S"), before);
      await world.query("drop function nap cascade");
      await world.load(PARAMS);
      assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
    });
  }

  Deno.test("to_postgres says that the server's disk is full, and leaves the day as it was", async () => {
    const disk = `${server.dir}/tiny`;
    Deno.mkdirSync(disk);
    if (!(await run("mount", "-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs", disk))) {
      console.error("*** SKIPPED: no small disk can be mounted here ***");
      return;
    }
    const connection = await server.createDatabase();
    try {
      await run("chown", "postgres:postgres", disk);
      const admin = { ...server.admin, dbname: connection.dbname };
      await withDatabase(admin, (db) => db.query(`create tablespace tiny location '${disk}'`));
      await withDatabase(admin, (db) => db.query("grant create on tablespace tiny to myx"));
      await withDatabase(admin, (db) => db.query(`alter database ${connection.dbname} set default_tablespace = tiny`));
      using world = makeWorld(connection);
      fill(world, 0);
      await world.load(PARAMS);
      const before = await world.rows("ALL_10S");
      const seconds = Array.from({ length: 80_000 }, (_, row) => row);
      world.put(file("a", 0), dayTable(0, seconds, { m0: seconds }));
      await assertRejects(() => world.load(PARAMS), DatabaseError, "its disk is full");
      assertEquals(await world.rows("ALL_10S"), before);
      await run("mount", "-o", "remount,size=20m", disk);
      fill(world, 1);
      await world.load(PARAMS);
      assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
    } finally {
      await withDatabase(server.admin, (db) => db.query(`drop database ${connection.dbname} with (force)`));
      await withDatabase(server.admin, (db) => db.query("drop tablespace tiny"));
      await run("umount", "-l", disk);
    }
  });

  Deno.test("to_postgres says who may not write where, and what to do", async () => {
    const connection = await server.createDatabase();
    await withDatabase(
      { ...server.admin, dbname: connection.dbname },
      (db) => db.query("revoke all on schema public from myx, public; alter schema public owner to postgres"),
    );
    using world = makeWorld(connection);
    fill(world, 0);
    await assertRejects(() => world.load(PARAMS), DatabaseError, "ask its owner to grant");
  });

  const obstacles: [string, (dbname: string) => string, string, string][] = [
    [
      "is a view",
      () => 'alter table "ALL_10S" rename to kept; create view "ALL_10S" as select * from kept',
      'drop view "ALL_10S"; alter table kept rename to "ALL_10S"',
      "a view has its name; drop or rename that",
    ],
    [
      "has a rule of somebody's",
      () => 'alter table "ALL_10S" add constraint small check (a__m0 < 100)',
      'alter table "ALL_10S" drop constraint small',
      "drop or change that rule",
    ],
    [
      "is in a database that has no patience",
      (dbname) =>
        `alter database ${dbname} set statement_timeout = 300;
         create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(60); return new; end';
         create trigger nap before insert on "ALL_10S" for each row execute function nap()`,
      "drop function nap cascade",
      "let the user have a longer one: alter role ... set statement_timeout",
    ],
  ];
  for (const [what, hinder, mend, message] of obstacles) {
    Deno.test(`to_postgres says what to do where a table ${what}, and loads it afterwards`, async () => {
      using world = makeWorld(await server.createDatabase());
      world.put(file("a", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
      await world.load(PARAMS);
      const before = await world.rows("ALL_10S");
      await world.query(hinder(world.connection.dbname));
      world.put(file("a", 0), dayTable(0, [0, 10, 20], { m0: [100, 200, 300] }));
      await assertRejects(() => world.load(PARAMS), Error, message);
      assertEquals(await world.rows("ALL_10S"), before);
      await world.query(mend);
      await world.load(PARAMS);
      assertEquals(await world.rows("ALL_10S"), joined(world, world.names(), device));
    });
  }

  Deno.test("to_postgres says what to do where another session holds the table longer than it may wait", async () => {
    using world = makeWorld(await server.createDatabase());
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
    await world.load(PARAMS);
    const patience = () => withDatabase(world.connection, (db) => db.query("show lock_timeout"));
    assertEquals([...await patience()], [{ lock_timeout: "10min" }]);
    await world.query(`alter database ${world.connection.dbname} set lock_timeout = 100`);
    assertEquals([...await patience()], [{ lock_timeout: "100ms" }]);
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [100, 200] }));
    await withDatabase(world.connection, (db) =>
      db.transaction(async (db) => {
        await db.query('lock table "ALL_10S"');
        await assertRejects(() => world.load(PARAMS), DatabaseError, "run again once that has ended");
      }));
    await world.load(PARAMS);
    assertEquals((await world.rows("ALL_10S")).map((row) => row.a__m0), [100, 200]);
  });

  Deno.test("to_postgres loads whole days of UTC, whatever zone and style of dates the user has set", async () => {
    const connection = await server.createDatabase();
    // There this day of UTC has an hour less: clocks are put forward in it.
    const settings = [
      "timezone = 'America/New_York'",
      "datestyle = 'German'",
      "extra_float_digits = -15",
      "quote_all_identifiers = on",
    ];
    for (const setting of settings) {
      await withDatabase(server.admin, (db) => db.query(`alter database ${connection.dbname} set ${setting}`));
    }
    using world = makeWorld(connection);
    const name = "EXP_a__bio__2026-03-08__10s.parquet";
    for (const value of [0.1 + 0.2, 0.7 + 0.1]) {
      world.put(name, dayTable(47, [0, 86_390], { m0: [1, value] }));
      assertEquals((await world.load(PARAMS)).loaded, 1);
      assertEquals(await world.rows("ALL_10S"), joined(world, [name], device));
      assertEquals((await world.load(PARAMS)).loaded, 0);
    }
    const long = { layout: "long", table_template: "long" };
    for (const loaded of [1, 0]) assertEquals((await world.load(long)).loaded, loaded);
  });

  Deno.test("to_postgres loads a day again that the server has undone for a deadlock", async () => {
    using world = makeWorld(await server.createDatabase());
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
    await world.load(PARAMS);
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [100, 200] }));
    const deadlock = () => {
      throw new DatabaseError("deadlock detected", { code: "40P01", lost: false });
    };
    const open = async (to: Connection) => interrupted(await openDatabase(to), /insert into \S+myx_ledger/, deadlock);
    assertEquals((await world.load(PARAMS, { open })).loaded, 1);
    assertEquals((await world.rows("ALL_10S")).map((row) => row.a__m0), [100, 200]);
  });

  Deno.test("to_postgres sends rows of the types that the table has, even where it is altered meanwhile", async () => {
    using world = makeWorld(await server.createDatabase());
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [1, 2] }));
    await world.load(PARAMS);
    world.put(file("a", 0), dayTable(0, [0, 10], { m0: [100, 200] }));
    const statement = 'alter table "ALL_10S" alter a__m0 type double precision';
    let altered = () => Promise.resolve();
    await world.load(PARAMS, {
      open: async (to) =>
        interrupted(await openDatabase(to), /^delete from \S+ALL_10S/, async () => {
          altered = await runAside(server, world.connection, statement);
        }),
    });
    await altered();
    assertEquals((await world.rows("ALL_10S")).map((row) => row.a__m0), [100, 200]);
    assertEquals((await world.load(PARAMS)).loaded, 0);
  });

  const misfits: [string, string, Record<string, unknown>, string][] = [
    ["wide", `alter table "ALL_10S" alter a__m0 type bigint`, PARAMS, 'column "a__m0"'],
    ["wide", `alter table "ALL_10S" drop a__m0`, PARAMS, "it is missing there"],
    [
      "long",
      `alter table "LONG" alter value type bigint`,
      { layout: "long", table_template: "long" },
      'column "value"',
    ],
  ];
  for (const [layout, statement, params, message] of misfits) {
    Deno.test(`to_postgres refuses a ${layout} table that no longer fits: ${statement}`, async () => {
      using world = makeWorld(await server.createDatabase());
      world.put(file("a", 0), dayTable(0, [0, 10], { m0: [1.5, 2.5] }));
      await world.load(params);
      world.put(file("a", 0), dayTable(0, [0, 10], { m0: [3.5, 4.5] }));
      const admin = { ...server.admin, dbname: world.connection.dbname };
      const open = async (to: Connection) =>
        interrupted(await openDatabase(to), /myx_ledger" where target = \$1 and unit|lock table/, async () => {
          await withDatabase(admin, (db) => db.query(statement));
        });
      await assertRejects(() => world.load(params, { open }), TypeError, message);
    });
  }

  Deno.test("to_postgres leaves what the files say where two runs meet", async () => {
    const connection = await server.createDatabase();
    for (let seed = 0; seed < 3; seed++) await runTogether(connection, seed);
  });

  Deno.test("to_postgres leaves what the files say where two runs meet, however the user's transactions are isolated", async () => {
    const connection = await server.createDatabase();
    await withDatabase(
      server.admin,
      (db) => db.query(`alter database ${connection.dbname} set default_transaction_isolation = 'repeatable read'`),
    );
    for (let seed = 0; seed < 3; seed++) await runTogether(connection, seed);
  });
}

/** Runs `statement` from another connection until it is done or waits for a lock; resolves to what ends it. */
async function runAside(server: Server, { dbname }: Connection, statement: string): Promise<() => Promise<void>> {
  const admin = { ...server.admin, dbname };
  let done = false;
  const running = withDatabase(admin, (db) => db.query(statement)).then(() => {}).finally(() => done = true);
  running.catch(() => {});
  await withDatabase(admin, async (db) => {
    const waits = "select 1 from pg_stat_activity where datname = $1 and query = $2 and wait_event_type = 'Lock'";
    while (!done && (await db.query(waits, [dbname, statement])).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  return () => running;
}

async function run(command: string, ...args: string[]): Promise<boolean> {
  return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
}

async function sleeper(server: Server, { dbname }: Connection): Promise<number> {
  const db = await openDatabase(server.admin);
  try {
    for (;;) {
      const [row] = await db.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = $1 and wait_event = 'PgSleep' and query like 'copy%'",
        [dbname],
      );
      if (row) return row.pid;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await db.close();
  }
}
