/** raw_to_postgres broken at every point, killed at any, and raced at many. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { embedded } from "../postgres_embedded.ts";
import { startServer } from "../postgres_server.ts";
import { makeProject } from "../project.ts";
import { anyChanges, cutFrom, everyPoint, twoRuns } from "../treatments/raw_to_postgres_faults.ts";
import { lines } from "../treatments/raw_to_postgres_lab.ts";
import { DENO_RUN } from "../deno_run.ts";

const server = await startServer();
const database = await server?.createDatabase();

function test(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({ name: `raw_to_postgres ${name}`, sanitizeResources: false, sanitizeOps: false, ignore, fn });
}

test("makes the table equal to the files after any changes (a server)", () => anyChanges(database!, 60), !server);

test("makes the table equal to the files after any changes (embedded)", () => anyChanges(embedded, 20));

test("survives a connection cut before each statement", async () => {
  await everyPoint(database!, {}, cutFrom(server!, database!));
}, !server);

test("survives an error before each statement (embedded)", async () => {
  await everyPoint(embedded, {}, () => Promise.reject(new Error("broken")));
});

test("lets two runs at once end in what the files say, wherever one of them stops", async () => {
  for (let statement = 10; statement < 26; statement++) await twoRuns(database!, statement);
}, !server);

test("is killed at any moment and whole after the next run (embedded, sandboxed)", async () => {
  const name = "EXP_pil-90_2026-01-20.csv";
  const raw = `datasets/lab/00_raw/${name}`;
  const flow = {
    name: "live",
    dataset: "lab",
    steps: [{
      treatment: "raw_to_postgres",
      input: "00_raw",
      output: "55_raw_live",
      params: { host: "embedded" },
    }],
  };
  using project = makeProject({ "flows/live.json": flow, [raw]: lines("08:00:00", 4000) });
  const main = fromFileUrl(new URL("../../main.ts", import.meta.url));
  const start = () =>
    new Deno.Command("deno", {
      args: [...DENO_RUN, "-A", main, "flow", "live", "--project", project.dir],
      stdout: "null",
      stderr: "piped",
    }).spawn();
  const finish = async () => {
    const { success, stderr } = await start().output();
    assert(success, new TextDecoder().decode(stderr));
  };
  const sql = async () => {
    const { stdout } = await new Deno.Command("deno", {
      args: [...DENO_RUN, "-A", main, "sql", "lab", COUNT, "--format", "json", "--project", project.dir],
      stderr: "inherit",
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  await finish();
  for (let round = 0; round < 12; round++) {
    const count = 4000 + 40 * round;
    project.write({ [raw]: lines("08:00:00", count) });
    const child = start();
    await new Promise((resolve) => setTimeout(resolve, 300 + 150 * round));
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.output();
    await finish();
    assertEquals(await sql(), { rows: 3 * count, sum: sumOf(count) });
  }
});

const COUNT = 'select count(*) as rows, sum(value) as sum from "RAW"';

function sumOf(count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (i % 800) + ((7 * i) % 800) + (i % 30) + 0.5;
  return sum;
}
