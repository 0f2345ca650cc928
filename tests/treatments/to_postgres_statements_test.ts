/** How much to_postgres asks of a database: what is asked once per table takes minutes where there are tens of thousands. */
import { assert, assertEquals } from "@std/assert";
import type { Connection, Database } from "myx";
import { openFor } from "../postgres_server.ts";
import { check, file } from "./to_postgres_kinds.ts";
import { dayTable, joined, type World } from "./to_postgres_world.ts";

const TABLES = 130;
const name = (i: number, domain = "bio") => file(`d${i}`, domain, 0);
const tableOf = (i: number) => `EXP_D${i}__BIO__10S`;

/** Loads, and says which statements were run besides copies, and how many transactions. */
async function statementsOf(world: World, params: Record<string, unknown>) {
  const texts: string[] = [];
  let transactions = 0;
  const wrap = (db: Database): Database => ({
    ...db,
    query: (text, values) => {
      texts.push(text);
      return db.query(text, values);
    },
    transaction: (body) => {
      transactions++;
      return db.transaction((inner) => body(wrap(inner)));
    },
  });
  const report = await world.load(params, { open: async (to: Connection) => wrap(await openFor(to)) });
  const count = (pattern: RegExp) => texts.filter((text) => pattern.test(text)).length;
  return { report, transactions, all: texts.length, count };
}

for (const layout of ["wide", "long"]) {
  check(`looks tables up, and makes them, many at a time (${layout})`, async (world) => {
    const put = (version: number) => {
      for (let i = 0; i < TABLES; i++) world.put(name(i), dayTable(0, [0, 10], { m0: [i, version] }));
    };
    put(1);
    const first = await statementsOf(world, { layout });
    assertEquals(first.report.loaded, TABLES);
    assertEquals(first.count(/^create table "/), 3);
    // Three that make tables, and one that makes the ledger.
    assertEquals(first.transactions, TABLES + 4);
    const none = await statementsOf(world, { layout });
    assertEquals(none.report.fresh, TABLES);
    assertEquals([none.transactions, none.count(/pg_attribute/)], [0, 3]);
    // One count per table, and little else.
    assert(none.all < TABLES + 10, String(none.all));
    put(2);
    const all = await statementsOf(world, { layout });
    assertEquals(all.report.loaded, TABLES);
    assertEquals([all.transactions, all.count(/^create table "/)], [TABLES, 0]);
    assertEquals(all.count(/pg_attribute/), 3 + TABLES);
  });
}

check("makes those tables of many that are missing, and alters those that lack a column", async (world) => {
  for (let i = 0; i < 5; i++) world.put(name(i), dayTable(0, [0], { m0: [1] }));
  await world.load();
  await world.query(`drop table "${world.schema.replaceAll('"', '""')}"."${tableOf(1)}"`);
  world.put(name(1), dayTable(0, [0, 10], { m0: [5, 6] }));
  world.put(name(2), dayTable(0, [0, 10], { m0: [1, 2], m1: [0.5, 1.5] }));
  world.put(name(3), dayTable(0, [0], { m0: [0.5] }));
  world.put(name(5), dayTable(0, [0], { m0: [3] }));
  const { report, count, transactions } = await statementsOf(world, {});
  assertEquals(report.loaded, 4);
  assertEquals([count(/^create table "/), count(/^alter table/)], [1, 2]);
  assertEquals(transactions, 4 + 1 + 2);
  for (const i of [0, 1, 2, 3, 4, 5]) assertEquals(await world.rows(tableOf(i)), joined(world, [name(i)]));
});
