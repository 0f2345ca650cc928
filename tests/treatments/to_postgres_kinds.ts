/** Tests of to_postgres on the kinds of database that there are, and what they load. */
import type { Connection } from "myx";
import { embedded } from "../postgres_embedded.ts";
import { startServer } from "../postgres_server.ts";
import { dayTable, makeWorld, type World } from "./to_postgres_world.ts";

const server = await startServer();
const databases: Readonly<Record<string, () => Promise<Connection>>> = {
  embedded: () => Promise.resolve(embedded),
  ...(server ? { server: server.createDatabase } : {}),
};

let schemas = 0;

/** The same test on each of the databases there are, in a schema of its own. */
export function check(rule: string, body: (world: World) => Promise<void>, kinds = ["embedded", "server"]): void {
  for (const kind of kinds) {
    const connect = databases[kind];
    if (!connect) continue;
    Deno.test(`to_postgres ${rule}: ${kind}`, async () => {
      using world = makeWorld(await connect(), `s_${++schemas}"; --`);
      await body(world);
    });
  }
}

export const ALL = { table_template: "all_{aggregation}" };

export const file = (device: string, domain: string, day: number, window = "10s") =>
  `EXP_${device}__${domain}__2026-01-${20 + day}__${window}.parquet`;

export const device = (column: string, name: string) => `${name.split("__")[0]!.slice(4)}__${column}`;

/** Two devices, two domains, two days; the days of one device differ from the other's. */
export function fill(world: World): void {
  for (const day of [0, 1]) {
    world.put(file("a", "bio", day), dayTable(day, [0, 10, 20], { m0: [1, null, 3], m1: [day, 0.5, null] }));
    world.put(file("a", "env", day), dayTable(day, [10, 20, 86_399.999999], { t: [1.25, null, 7.5] }));
    world.put(file("b", "bio", day), dayTable(day, [5, 10], { m0: [7, 8 + day] }));
  }
}
