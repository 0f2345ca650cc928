import { assert } from "@std/assert";
import { startServer } from "../postgres_server.ts";
import { runTogether } from "../treatments/to_postgres_together.ts";

const server = await startServer();

if (server) {
  Deno.test("to_postgres leaves what the files say in 20 schedules of two runs at once", async () => {
    const connection = await server.createDatabase();
    for (let seed = 100; seed < 120; seed++) await runTogether(connection, seed);
  });
}

Deno.test("copy() into the embedded one takes no more memory the more it copies", async () => {
  // A process of its own: what earlier tests took and gave back would count as room for it, or against it.
  const args = ["run", "-q", "-P=test", "tests/long/copy_memory.ts"];
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  const grown = Number(text.decode(stdout));
  assert(grown < 200, `It took ${grown} MB more for 400 MB than for 20`);
});
