/** Whatever happens to files, table and connections: after the next run the table is what the files say. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Connection, type Database, DatabaseError, openDatabase, quoteName } from "myx";
import { embedded } from "../postgres_embedded.ts";
import { startServer, withDatabase } from "../postgres_server.ts";
import { anyChanges, cutFrom, everyPoint, twoRuns } from "./raw_to_postgres_faults.ts";
import { interrupted } from "./to_postgres_faulty.ts";
import { expectedRows, lines, makeLab } from "./raw_to_postgres_lab.ts";

const server = await startServer();
const database = await server?.createDatabase();

function test(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({ name: `raw_to_postgres ${name}`, sanitizeResources: false, sanitizeOps: false, ignore, fn });
}

test("makes the table equal to the files after any changes (a server)", () => anyChanges(database!, 10), !server);

test("makes the table equal to the files after any changes (embedded)", () => anyChanges(embedded, server ? 4 : 10));

test("survives a connection cut between statements", async () => {
  await everyPoint(database!, { first: 2, step: 6 }, cutFrom(server!, database!));
}, !server);

test("survives an error between statements (embedded)", async () => {
  await everyPoint(embedded, { first: 1, step: 6 }, () => Promise.reject(new Error("broken")));
});

test("is cut in mid-copy without a trace", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 9000));
  let cut = false;
  const open = async (connection: Connection): Promise<Database> => {
    const db = await openDatabase(connection);
    const [own] = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
    const copy: Database["copy"] = (table, columns, chunks) =>
      db.copy(
        table,
        columns,
        function* () {
          for (const chunk of chunks) {
            yield chunk;
            if (!cut) Deno.kill(own!.pid, "SIGTERM");
            cut = true;
          }
        }(),
      );
    return { ...db, copy, transaction: (body) => db.transaction((inner) => body({ ...inner, copy })) };
  };
  await assertRejects(() => lab.load({}, { open }), DatabaseError);
  assert(cut);
  assertEquals(await lab.rows(), []);
  await lab.load();
  assertEquals(await lab.rows(), expectedRows(lab.files()));
}, !server || Deno.uid() !== 0);

test("refuses a table that is altered before a batch is sent", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 3));
  await lab.load();
  lab.put("EXP_pil-90_2026-01-20b.csv", lines("09:00:00", 3));
  const statement = `alter table ${quoteName(lab.schema, "RAW")} alter value type bigint`;
  const open = async (to: Connection) =>
    interrupted(await openDatabase(to), /hashtextextended/, async () => {
      await withDatabase(database!, (db) => db.query(statement));
    });
  await assertRejects(() => lab.load({}, { open }), TypeError, "exists in another form");
}, !server);

test("loads hours again that the server has undone for a deadlock", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 3));
  const deadlock = () => {
    throw new DatabaseError("deadlock detected", { code: "40P01", lost: false });
  };
  const open = async (to: Connection) => interrupted(await openDatabase(to), /^lock table/, deadlock);
  assertEquals((await lab.load({}, { open })).loaded, 1);
  assertEquals(await lab.rows(), expectedRows(lab.files()));
}, !server);

test("finds nothing to do where another run has done it while it waited", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 3));
  await lab.load();
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 4));
  const another = async () => void await lab.load();
  const open = async (to: Connection) => interrupted(await openDatabase(to), /advisory_xact_lock/, another);
  const { loaded, fresh } = await lab.load({}, { open });
  assertEquals([loaded, fresh], [0, 1]);
  assertEquals(await lab.rows(), expectedRows(lab.files()));
}, !server);

test("lets two runs at once, of which one has seen older files, end in what the files say", async () => {
  for (const statement of [10, 12, 13, 14]) await twoRuns(database!, statement);
}, !server);

test("lets first loads of one and of several tables of a schema run at once", async () => {
  for (let round = 0; round < 3; round++) {
    using lab = makeLab(database!);
    lab.put("EXP_pil-90_2026-01-20.csv", lines("09:00:00", 5));
    await lab.query(`create schema ${quoteName(lab.schema)}`);
    const tables = [..."AABBCD"];
    await Promise.all(tables.map((table) => lab.load({ aggregation: "none", table })));
    for (const table of tables) assertEquals(await lab.rows(table), expectedRows(lab.files()));
  }
}, !server);

test("knows its table whatever the user has quoted", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("09:00:00", 5));
  const admin = { ...server!.admin, dbname: database!.dbname };
  const set = (how: string) => withDatabase(admin, (db) => db.query(`alter role myx ${how}`));
  await set("set quote_all_identifiers = on");
  try {
    await lab.load();
    assertEquals((await lab.load()).loaded, 0);
  } finally {
    await set("reset quote_all_identifiers");
  }
}, !server);

test("hears of rows that are taken out while it loads their hour", async () => {
  using lab = makeLab(database!);
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 60));
  await lab.load();
  lab.put("EXP_pil-90_2026-01-20.csv", lines("08:00:00", 61));
  let harm: Promise<unknown> | undefined;
  const open = async (connection: Connection): Promise<Database> => {
    const db = await openDatabase(connection);
    const query: Database["query"] = async (text, values) => {
      if (text.startsWith("insert into") && text.includes("myx_ledger")) {
        harm = lab.query(`delete from "${lab.schema}"."RAW" where "Time" < '2026-01-20 08:00:30+00'`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return await db.query(text, values);
    };
    return { ...db, transaction: (body) => db.transaction((inner) => body({ ...inner, query })) };
  };
  await lab.load({}, { open });
  assert(harm);
  await harm;
  assertEquals((await lab.rows()).length, 93);
  await lab.load();
  assertEquals(await lab.rows(), expectedRows(lab.files()));
}, !server);
