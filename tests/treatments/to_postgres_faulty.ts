/**
 * A database that tells when a load comes to each of its points. As a program, `CONNECTION WORLD POINT`, it loads a folder
 * and kills itself there.
 */
import { type Connection, type Database, openDatabase } from "myx";
import { openWorld } from "./to_postgres_world.ts";

/** The moments of a transaction at which a load may die, each before it happens; `committed` is after the last. */
export const POINTS = ["begin", "lock", "delete", "copy", "copied", "ledger", "commit", "committed"] as const;

export type Point = typeof POINTS[number];

const STATEMENTS: readonly (readonly [Point, RegExp])[] = [
  ["lock", /advisory_xact_lock/],
  ["delete", /^delete from (?!\S+myx_ledger)/],
  ["ledger", /^insert into \S+myx_ledger/],
];

/** `db`, calling `at` at each point of its transactions; in the middle of a copy without waiting for it. */
export function faulty(db: Database, at: (point: Point) => Promise<void> | void): Database {
  const wrapped: Database = {
    ...db,
    async query(text, values) {
      const point = STATEMENTS.find(([, statement]) => statement.test(text))?.[0];
      if (point) await at(point);
      return await db.query(text, values);
    },
    async transaction(body) {
      await at("begin");
      const result = await db.transaction(async (inner) => {
        const result = await body({ ...wrapped, copy: (...args) => copy(inner, ...args) });
        await at("commit");
        return result;
      });
      await at("committed");
      return result;
    },
  };
  const copy = async (inner: Database, ...[table, columns, chunks]: Parameters<Database["copy"]>) => {
    function* watched() {
      for (const chunk of chunks) {
        yield chunk;
        at("copy");
      }
    }
    const rows = await inner.copy(table, columns, watched());
    await at("copied");
    return rows;
  };
  return wrapped;
}

/** `db`, calling `action` once, before the first statement that matches; inside transactions, too. */
export function interrupted(db: Database, statement: RegExp, action: () => Promise<void>): Database {
  let due = true;
  const wrapped: Database = {
    ...db,
    async query(text, values) {
      if (due && statement.test(text)) {
        due = false;
        await action();
      }
      return await db.query(text, values);
    },
    transaction: (body) => db.transaction(() => body(wrapped)),
    copy: (...args) => db.copy(...args),
  };
  return wrapped;
}

if (import.meta.main) {
  const [connection, dir, schema, params, point, times] = JSON.parse(Deno.args[0]!) as [
    Connection,
    string,
    string,
    Record<string, unknown>,
    Point,
    number,
  ];
  let left = times;
  const world = openWorld(connection, schema, dir);
  await world.load(params, {
    open: async (to) =>
      faulty(await openDatabase(to), (at) => {
        if (at === point && --left === 0) Deno.kill(Deno.pid, "SIGKILL");
      }),
  });
}
