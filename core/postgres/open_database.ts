import { type Connection, type Database, EMBEDDED } from "./connection.ts";

/**
 * Opens the database. The package that it needs is loaded only now.
 *
 * @throws {DatabaseError} If it cannot be reached, or does not let us in.
 */
export async function openDatabase(connection: Connection): Promise<Database> {
  if (connection.host === EMBEDDED) {
    const { openEmbedded } = await import("./embedded.ts");
    return await openEmbedded(connection);
  }
  const { openServer } = await import("./server.ts");
  return await openServer(connection);
}
