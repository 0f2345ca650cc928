import type { Connection, Database, Rows, Texts } from "./connection.ts";
import { explainError } from "./errors.ts";
import { quoteName } from "./identifier.ts";

/** What a driver has to do; all else is the same for all databases. */
export interface Driver {
  readonly embedded: boolean;
  run(text: string, values: readonly unknown[]): Promise<Rows<unknown>>;
  /** Runs one statement by the extended protocol, which takes no second. */
  single(text: string): Promise<Texts>;
  /** Runs the statement `COPY <into> FROM ... (format binary)`. */
  copy(into: string, chunks: Iterable<Uint8Array>): Promise<number>;
  /** Whether the connection can still be used. */
  alive(): boolean;
  close(): Promise<void>;
}

/** The types that drivers would make something else of, by number. */
export const TYPES = {
  bigint: 20,
  /** date, timestamp and timestamptz: text keeps their microseconds. */
  times: [1082, 1114, 1184],
} as const;

/** A bigint as a number where that says the same. */
export function parseBigint(text: string): number | bigint {
  const value = Number(text);
  return String(value) === text ? value : BigInt(text);
}

/** A database on top of `driver`. */
export function makeDatabase(driver: Driver, connection: Connection): Database {
  const guard = async <T>(action: () => Promise<T>): Promise<T> => {
    if (!driver.alive()) throw explainError(new Error("it was closed"), connection, { lost: true });
    try {
      return await action();
    } catch (error) {
      throw explainError(error, connection, { lost: !driver.alive() });
    }
  };
  let open = false;
  const db: Database = {
    embedded: driver.embedded,
    query: <Row>(text: string, values: readonly unknown[] = []) =>
      guard(() => driver.run(text, values)) as Promise<Rows<Row>>,
    single: (text) => guard(() => driver.single(text)),
    async transaction(body) {
      // Whatever the user's are by default: who has waited for a lock has to see what was committed meanwhile.
      await db.query("begin isolation level read committed");
      open = true;
      try {
        const result = await body(db);
        await db.query("commit");
        return result;
      } catch (error) {
        // A connection that is gone has rolled back by itself, and what went wrong first is what people need to know.
        await db.query("rollback").catch(() => {});
        throw error;
      } finally {
        open = false;
      }
    },
    async copy(table, columns, chunks) {
      // The embedded one copies piece by piece.
      if (!open) return await db.transaction((db) => db.copy(table, columns, chunks));
      const names = columns.map((name) => quoteName(name)).join(", ");
      const rows = watched(chunks);
      try {
        return await guard(() => driver.copy(`${table} (${names})`, rows.chunks));
      } catch (error) {
        // What makes the rows has failed, not the database.
        throw rows.failure ? rows.failure.error : error;
      }
    },
    close: () => driver.close(),
  };
  return db;
}

/** The same chunks, and what is thrown while they are made. */
function watched(chunks: Iterable<Uint8Array>): { chunks: Iterable<Uint8Array>; failure?: { error: unknown } } {
  const result: { chunks: Iterable<Uint8Array>; failure?: { error: unknown } } = { chunks: watch() };
  function* watch() {
    try {
      yield* chunks;
    } catch (error) {
      result.failure = { error };
      throw error;
    }
  }
  return result;
}
