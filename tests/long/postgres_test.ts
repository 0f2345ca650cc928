import { startServer } from "../postgres_server.ts";
import { runTogether } from "../treatments/to_postgres_together.ts";

const server = await startServer();

if (server) {
  Deno.test("to_postgres leaves what the files say in 20 schedules of two runs at once", async () => {
    const connection = await server.createDatabase();
    for (let seed = 100; seed < 120; seed++) await runTogether(connection, seed);
  });
}
