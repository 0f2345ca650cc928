/** When `serve-db` cannot serve. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { denoCommand, projectGrants } from "../../../core/cli/grants.ts";
import { databaseProject, FILES, FLOW } from "../../database_project.ts";
import { makeProject } from "../../project.ts";

const HOME = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

async function myx(dir: string, ...args: string[]) {
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const env = { NO_COLOR: "1", INIT_CWD: dir };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: [...words, ...args], cwd: dir, env })
    .output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("serve-db says why it cannot: the database is a server's, or gone with its dataset", async () => {
  const steps = FLOW.steps.map((step) =>
    step.treatment === "to_postgres" ? { ...step, params: { host: "example.org", user: "u" } } : step
  );
  using other = makeProject({ ...FILES, "flows/small.json": { ...FLOW, steps } });
  const remote = await myx(other.dir, "serve-db", "mussels", "--flow", "small", "--project", ".");
  assertEquals(remote.code, 2);
  assertStringIncludes(
    remote.stderr,
    'it is on the server "example.org:5432" already\nConnect to it there, or ask it with: ',
  );
  assertStringIncludes(remote.stderr, ' sql mussels --flow small --project . "select ..."');
  using project = await databaseProject();
  const deleted = myx(project.dir, "serve-db", "mussels", "--port", String(freePort()));
  const lock = `${project.dir}/datasets/mussels/.myx/state/postgres.lock`;
  for (let held = false; !held; held = isHeld(lock)) await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals((await myx(project.dir, "delete", "mussels", "--archive")).code, 0);
  const gone = await deleted;
  assertEquals(gone.code, 1);
  assertStringIncludes(gone.stderr, "nothing was loaded into it\nRun the flow first\n");
  assertEquals([...Deno.readDirSync(`${project.dir}/datasets`)].map(({ name }) => name), ["_archive"]);
});

function isHeld(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    return !file.tryLockSync(true);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("serve-db ends without complaint where Ctrl-C reaches the database, too", async () => {
  using project = await databaseProject();
  // A terminal sends it to all processes at once, and so does this.
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const port = String(freePort());
  const args = ["-s", "INT", "600", Deno.execPath(), ...words, "serve-db", "mussels", "--port", port];
  const env = { NO_COLOR: "1", INIT_CWD: project.dir };
  const server = new Deno.Command("timeout", { args, cwd: project.dir, env, stderr: "piped" }).spawn();
  let said = "";
  for await (const chunk of server.stderr.pipeThrough(new TextDecoderStream())) {
    if (!said.includes("Serving: ") && (said + chunk).includes("Serving: ")) server.kill("SIGINT");
    said += chunk;
  }
  const { code } = await server.status;
  assertEquals(code, 130, said);
  assert(!said.includes("Error"), said);
});

Deno.test("serve-db ends where its dataset was moved away, and makes none in its place", async () => {
  using project = await databaseProject();
  const [, ...words] = denoCommand(projectGrants(".", HOME), HOME);
  const port = String(freePort());
  const args = ["-s", "INT", "60", Deno.execPath(), ...words, "serve-db", "mussels", "--port", port];
  const env = { NO_COLOR: "1", INIT_CWD: project.dir };
  const server = new Deno.Command("timeout", { args, cwd: project.dir, env, stderr: "piped" }).spawn();
  const datasets = `${project.dir}/datasets`;
  let said = "";
  for await (const chunk of server.stderr.pipeThrough(new TextDecoderStream())) {
    const serves = !said.includes("Serving: ") && (said + chunk).includes("Serving: ");
    if (serves) Deno.renameSync(`${datasets}/mussels`, `${datasets}/oysters`);
    said += chunk;
  }
  assertEquals((await server.status).code, 1, said);
  assertStringIncludes(said, "nothing was loaded into it\nRun the flow first\n");
  assertEquals([...Deno.readDirSync(datasets)].map(({ name }) => name), ["oysters"]);
});

Deno.test("serve-db says why it cannot listen", async () => {
  using project = await databaseProject();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const taken = await myx(project.dir, "serve-db", "mussels", "--port", String(port));
  assertEquals(taken.code, 1);
  assertStringIncludes(taken.stderr, `Cannot listen on 127.0.0.1:${port}: `);
  assertStringIncludes(taken.stderr, "choose another port");
});
