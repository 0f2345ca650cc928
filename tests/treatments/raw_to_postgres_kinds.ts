/** Tests of raw_to_postgres on the kinds of database that there are, and what they look at. */
import { assertEquals } from "@std/assert";
import { embedded } from "../postgres_embedded.ts";
import { startServer } from "../postgres_server.ts";
import { expectedRows, type Lab, makeLab } from "./raw_to_postgres_lab.ts";

const server = await startServer();
const database = await server?.createDatabase();

export const A = "EXP_pil-90_2026-01-20.csv";
export const B = "EXP_pil-91_2026-01-20.csv";

const EMBEDDED = ["embedded", embedded] as const;
const SERVER = ["a server", database] as const;

/** The same test on the embedded database and on a real server. */
export function both(
  name: string,
  body: (lab: Lab) => Promise<void>,
  kinds: readonly (typeof EMBEDDED | typeof SERVER)[] = [EMBEDDED, SERVER],
): void {
  for (const [kind, connection] of kinds) {
    if (!connection) continue;
    Deno.test({
      name: `raw_to_postgres ${name} (${kind})`,
      sanitizeResources: false,
      sanitizeOps: false,
      fn: async () => {
        using lab = makeLab(connection);
        await body(lab);
      },
    });
  }
}

/** What does not depend on the database, on one of them. */
export function once(name: string, body: (lab: Lab) => Promise<void>): void {
  both(name, body, [database ? SERVER : EMBEDDED]);
}

/** What only databases that several datasets share have, on a server. */
export function shared(name: string, body: (lab: Lab) => Promise<void>): void {
  both(name, body, [SERVER]);
}

/** What only the database of one dataset has, on the embedded one. */
export function alone(name: string, body: (lab: Lab) => Promise<void>): void {
  both(name, body, [EMBEDDED]);
}

/** The table must be what the files say. */
export async function check(lab: Lab, options: Parameters<typeof expectedRows>[1] = {}): Promise<void> {
  assertEquals(await lab.rows(), expectedRows(lab.files(), options));
}

/** Which transaction wrote the rows of each hour. */
export async function writers(lab: Lab): Promise<Record<string, string[]>> {
  const rows = await lab.query<{ hour: string; writers: string }>(
    `select device_id || ' ' || extract(hour from "Time") as hour, string_agg(distinct xmin::text, ',') as writers
     from "${lab.schema}"."RAW" group by 1`,
  );
  return Object.fromEntries(rows.map(({ hour, writers }) => [hour, writers.split(",")]));
}
