/** What may happen to files, table and connections; after the next run the table must be what the files say. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Connection, Database } from "myx";
import { openFor, type Server, withDatabase } from "../postgres_server.ts";
import { expectedRows, type Lab, lines, makeLab } from "./raw_to_postgres_lab.ts";

const NAMES = ["a_2026-01-20.csv", "a_2026-01-20b.csv", "a_2026-01-21.csv.gz", "b_2026-01-20.csv"];

/** Lines of few times and sensors, so that files meet. */
const text = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 9 })),
  { maxLength: 12 },
).map((rows) =>
  rows.map(([hour, minute, value]) => {
    const sensors = ["m0", "m1", "outdoor_temp"].filter((_, i) => (value + i) % 3 > 0);
    const stamp = `2026-01-2${Math.floor(hour / 4)}T${hour % 4 ? "0" : "1"}${hour % 4}:3${minute}:00.5Z`;
    return `${stamp};${sensors.map((sensor) => `${sensor}:${value || ""}`).join(";")}\n`;
  }).join("")
);

const operation = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), name: fc.constantFrom(...NAMES), text }),
  fc.record({ kind: fc.constant("append" as const), name: fc.constantFrom(...NAMES), text }),
  fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("delete" as const), where: fc.constantFrom("true", "sensor = 'm0'", "value < 5") }),
  fc.record({ kind: fc.constant("update" as const), where: fc.constantFrom("sensor = 'm1'", "device_id = 'b'") }),
  fc.record({ kind: fc.constant("forget" as const), where: fc.constantFrom("true", "unit like 'file:%'", "rows > 2") }),
);

/** Any sequence of changes of files, table and ledger, and loads in between. */
export async function anyChanges(connection: Connection, runs: number): Promise<void> {
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom("none", "10s"),
      fc.record({
        budget: fc.integer({ min: 1, max: 30 }),
        batch: fc.integer({ min: 1, max: 30 }),
        hours: fc.integer({ min: 1, max: 8 }),
      }),
      async (rounds, aggregation, tuning) => {
        using lab = makeLab(connection);
        await apply(lab, { kind: "put", name: NAMES[0]!, text: "2026-01-20T05:00:00Z;m0:1\n" });
        for (const round of rounds) {
          for (const step of round) await apply(lab, step);
          await lab.load({ mode: "replace", aggregation }, { tuning });
          const expected = expectedRows(lab.files(), aggregation === "none" ? {} : { window: 10 });
          assertEquals(await lab.rows(), expected);
          rows += expected.length;
        }
      },
    ),
    { numRuns: runs },
  );
  assert(rows > 0, "there was something to load");
}

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function apply(lab: Lab, step: Operation): Promise<void> {
  const there = lab.files();
  if (step.kind === "put") lab.put(step.name, step.text);
  else if (step.kind === "append") lab.put(step.name, (there.get(step.name) ?? "") + step.text);
  else if (step.kind === "remove") {
    if (there.has(step.name)) lab.remove(step.name);
  } else {
    const [known] = await lab.query("select 1 from pg_tables where schemaname = $1", [lab.schema]);
    const [table, ledger] = [`"${lab.schema}"."RAW"`, `"${lab.schema}".myx_ledger`];
    if (!known) return;
    if (step.kind === "delete") await lab.query(`delete from ${table} where ${step.where}`);
    if (step.kind === "update") await lab.query(`update ${table} set value = value + 1 where ${step.where}`);
    // What is not in the ledger any more is nobody's to remove, but what files have is loaded.
    if (step.kind === "forget") {
      await lab.query(`delete from ${ledger} where ${step.where}; delete from ${table}`);
    }
  }
}

/** A database that is broken at its statement number `at`, counted from 0; says how many there were. */
function breaking(at: number, harm: (db: Database) => Promise<void>) {
  const state = { statements: 0 };
  const wrap = (db: Database): Database => {
    const count = async () => {
      if (state.statements++ === at) await harm(db);
    };
    return {
      ...db,
      query: async (text, values) => {
        await count();
        return await db.query(text, values);
      },
      copy: async (table, columns, chunks) => {
        await count();
        return await db.copy(table, columns, chunks);
      },
      transaction: (body) =>
        db.transaction(async (inner) => {
          const result = await body(wrap(inner));
          await count();
          return result;
        }),
    };
  };
  return { state, open: async (connection: Connection) => wrap(await openFor(connection)) };
}

/** Breaks a load at its statements `first`, `first + step`, ... and runs it again. */
export async function everyPoint(
  connection: Connection,
  { first = 0, step = 1 }: { first?: number; step?: number },
  harm: (db: Database) => Promise<void>,
): Promise<void> {
  let points = Infinity;
  let broken = 0;
  for (let at = first; at < points; at += step) {
    using lab = makeLab(connection);
    lab.put("EXP_pil-90_2026-01-20.csv", lines("08:59:00", 200));
    lab.put("EXP_pil-91_2026-01-20.csv", lines("08:59:30", 30));
    await lab.load();
    lab.put("EXP_pil-90_2026-01-20.csv", lines("08:59:00", 150) + lines("10:00:00", 3));
    lab.put("EXP_pil-91_2026-01-20.csv", lines("08:59:30", 31));
    const { state, open } = breaking(at, harm);
    const failed = await lab.load({}, { open }).then(() => false, () => true);
    if (failed) broken++;
    points = Math.min(points, state.statements < at ? at : Infinity);
    await lab.load();
    assertEquals(await lab.rows(), expectedRows(lab.files()), `broken at statement ${at}`);
    assertEquals((await lab.load()).loaded, 0);
  }
  assert(broken >= Math.floor((points - first) / step) - 1, `${broken} runs were broken`);
}

/** Cuts the connection that a load has. */
export function cutFrom(server: Server, { dbname }: Connection): (db: Database) => Promise<void> {
  return async (db) => {
    const [own] = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
    await withDatabase({ ...server.admin, dbname }, async (admin) => {
      await admin.query("select pg_terminate_backend($1)", [own!.pid]);
    });
  };
}

/** Two runs at once, of which the first has looked at the files before they changed and stops at a statement for a while. */
export async function twoRuns(connection: Connection, statement: number): Promise<void> {
  using lab = makeLab(connection);
  const [a, b] = ["EXP_pil-90_2026-01-20.csv", "EXP_pil-91_2026-01-20.csv"];
  // The table is there: what is raced for are its rows.
  await lab.load();
  lab.put(a, lines("08:00:00", 40, { step: 300 }));
  lab.put(b, lines("08:00:00", 40, { step: 300 }));
  if (statement % 2) await lab.load();
  // The slow one has looked at the files before they changed, and stops before one of its statements.
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { open } = breaking(statement, async () => {
    reached.resolve();
    await gate.promise;
  });
  const slow = lab.load({}, { open });
  await Promise.race([reached.promise, slow.catch(() => {})]);
  lab.put(a, lines("08:00:00", 39, { step: 300 }).replaceAll("m0:3;", "m0:4;"));
  lab.put(b, lines("08:00:00", 44, { step: 300 }));
  const quick = lab.load();
  await new Promise((resolve) => setTimeout(resolve, 50));
  gate.resolve();
  await Promise.all([slow, quick]);
  await lab.load();
  assertEquals(await lab.rows(), expectedRows(lab.files()), `stopped at statement ${statement}`);
  const [doubled] = await lab.query(
    `select 1 from "${lab.schema}"."RAW" group by "Time", device_id, sensor having count(*) > 1`,
  );
  assertEquals(doubled, undefined);
}
