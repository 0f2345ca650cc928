/** The embedded database for tests: opened once per worker, as that takes seconds, and closed with it. */
import { type Connection, type Database, EMBEDDED, openDatabase } from "myx";
import { makeTempDir } from "./temp_dir.ts";

let dir: string | undefined;

/** Reaches the database of this worker. */
export const embedded: Connection = {
  host: EMBEDDED,
  port: 5432,
  dbname: "postgres",
  user: "postgres",
  sslmode: "prefer",
  /** Made when it is asked for: a process that kills itself, and only imports this, would leave it. */
  get state() {
    return dir ??= makeTempDir("myx-embedded-");
  },
};

let opened: Promise<Database> | undefined;

/** The database of this worker; closing it does nothing. */
export async function openShared(): Promise<Database> {
  const db = await (opened ??= openDatabase(embedded));
  return { ...db, close: () => Promise.resolve() };
}
