/** The embedded database for tests: opened once per worker, as that takes seconds, and closed with it. */
import { type Connection, type Database, EMBEDDED, openDatabase } from "myx";

const dir = Deno.makeTempDirSync({ prefix: "myx-embedded-" });
globalThis.addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));

/** Reaches the database of this worker. */
export const embedded: Connection = {
  host: EMBEDDED,
  port: 5432,
  dbname: "postgres",
  user: "postgres",
  sslmode: "prefer",
  state: dir,
};

let opened: Promise<Database> | undefined;

/** The database of this worker; closing it does nothing. */
export async function openShared(): Promise<Database> {
  const db = await (opened ??= openDatabase(embedded));
  return { ...db, close: () => Promise.resolve() };
}
