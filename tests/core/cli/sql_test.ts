/** `sql` as a process, under the grants that `init` gives a project. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { denoCommand, projectGrants } from "../../../core/cli/grants.ts";
import { databaseProject, FILES, FLOW } from "../../database_project.ts";
import { PASSWORD, startServer, withDatabase } from "../../postgres_server.ts";
import { makeProject } from "../../project.ts";

const HOME = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

async function myx(dir: string, args: readonly string[], env: Record<string, string> = {}) {
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: dir,
    env: { NO_COLOR: "1", INIT_CWD: dir, ...env },
  }).output();
  const text = (bytes: Uint8Array<ArrayBuffer>) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The same, for a reader of stdout that goes away before anything comes, as `head` does once it has enough. */
async function myxUnread(dir: string, args: readonly string[]) {
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: dir,
    env: { NO_COLOR: "1", INIT_CWD: dir },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  return { code: (await child.status).code, stderr };
}

Deno.test("sql prints data of the embedded database on stdout and errors on stderr, and leaves nothing behind", async () => {
  using project = await databaseProject();
  const { dir } = project;
  const tables = await myx(dir, ["sql", "mussels"]);
  assertEquals([tables.code, tables.stderr], [0, ""]);
  assertMatch(tables.stdout, /^table +days +rows +last load\n-+ .*\nEXP_PIL_90__BIO_SIGNAL__10S +1 +60 +2/);
  const wrong = await myx(dir, ["sql", "mussels", "drop table myx_ledger", "--format", "csv"]);
  assertEquals([wrong.code, wrong.stdout], [1, ""]);
  assertEquals(
    wrong.stderr,
    'Error: Cannot run the query: found "drop", expected select, with, values, table, explain or show: sql only reads\n',
  );
  assertEquals(await myxUnread(dir, ["sql", "mussels"]), { code: 0, stderr: "" });
  assertEquals([...Deno.readDirSync(`${dir}/datasets/mussels/.myx/staging`)], []);
});

Deno.test("sql says what to do where there is no database, or more than one", async () => {
  const { steps } = FLOW;
  using project = makeProject({
    ...FILES,
    "flows/none.json": { ...FLOW, name: "none", steps: steps.slice(0, 2) },
    "flows/two.json": {
      ...FLOW,
      name: "two",
      steps: [...steps, {
        ...steps[2],
        name: "other",
        output: "63_postgres",
        params: { host: "example.org", user: "u" },
      }],
    },
  });
  for (
    const [flow, more, code, message] of [
      ["none", [], 2, 'no step of flow "none" loads one\nAdd a step with the treatment "'],
      ["small", [], 1, "nothing was loaded into it\nRun the flow first\n"],
      ["two", [], 2, 'its steps load different ones\nSay whose with --step, "to_postgres" or "other"'],
      ["two", ["--step", "to_postgre"], 2, '(did you mean "to_postgres"?)'],
      ["two", ["--step", "to_postgres"], 1, "nothing was loaded into it"],
    ] as const
  ) {
    const { code: ended, stderr } = await myx(project.dir, ["sql", "mussels", "select 1", "--flow", flow, ...more]);
    assertEquals(ended, code, stderr);
    assertStringIncludes(stderr, message);
  }
  assert(!project.list("datasets/mussels").includes(".myx"));
});

Deno.test("sql asks a server as the step would, with its password from the environment", async () => {
  const server = await startServer();
  if (!server) return;
  const connection = await server.createDatabase();
  const { host, port, dbname, user } = connection;
  const steps = FLOW.steps.map((step) =>
    step.params && "host" in step.params ? { ...step, params: { host, port, dbname, user } } : step
  );
  using project = makeProject({ ...FILES, "flows/small.json": { ...FLOW, steps } });
  const { dir } = project;
  const env = { POSTGRES_PASSWORD: PASSWORD };
  assertEquals((await myx(dir, ["flow", "small"], env)).code, 0);
  const { code, stdout, stderr } = await myx(dir, [
    "sql",
    "mussels",
    "select count(*) from myx_ledger",
    "--format",
    "csv",
  ], env);
  assertEquals([code, stdout], [0, "count\n9\n"], stderr);
  // A source may be called by a date: that of a file named 2026-01-20_2026-01-26.csv is.
  await withDatabase(
    connection,
    (db) =>
      db.query(
        `update myx_ledger set unit = '2026-01-26__bio_signal__' || unit where unit like '2026%' and target like '%10S';
      insert into myx_ledger select target, '2026-01-26__bio_signal__2026-01-21', '', 0, now(), '{}' from myx_ledger
      where unit like '2026-01-26%'`,
      ),
  );
  assertMatch((await myx(dir, ["sql", "mussels"], env)).stdout, /\nEXP_PIL_90__BIO_SIGNAL__10S +2 +60 +2/);
  const refused = await myx(dir, ["sql", "mussels", "select 1"], { POSTGRES_PASSWORD: "wrong" });
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "password authentication failed");
  await server.stop();
});
