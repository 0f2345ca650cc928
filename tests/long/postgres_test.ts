import { assert, assertEquals } from "@std/assert";
import { encodeRows } from "myx";
import { embedded } from "../postgres_embedded.ts";
import { startServer, withDatabase } from "../postgres_server.ts";
import { runTogether } from "../treatments/to_postgres_together.ts";

const server = await startServer();

if (server) {
  Deno.test("to_postgres leaves what the files say in 20 schedules of two runs at once", async () => {
    const connection = await server.createDatabase();
    for (let seed = 100; seed < 120; seed++) await runTogether(connection, seed);
  });
}

Deno.test("copy() into the embedded one takes no more memory the more it copies", async () => {
  await withDatabase(embedded, async (db) => {
    await db.query("create table long (a text)");
    const row = { type: "text" as const, text: "x".repeat(2 ** 20) };
    function* megabytes(count: number) {
      for (let i = 0; i < count; i++) yield* encodeRows([row], 1);
    }
    await db.copy("long", ["a"], megabytes(20));
    const before = Deno.memoryUsage().rss;
    assertEquals(await db.copy("long", ["a"], megabytes(400)), 400);
    const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
    await db.query("drop table long");
    assert(grown < 300, `It took ${grown.toFixed(0)} MB more for 400 MB`);
  });
});
