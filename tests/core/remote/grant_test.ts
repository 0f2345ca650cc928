/** What a treatment from elsewhere may do: what the lock says, never more. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { flowOf, makeRemoteProject, makeRepository, say, shout } from "./remote_project.ts";
import { DENO_RUN } from "../../deno_run.ts";

const PARAMS = {
  host: { type: "string", default: "localhost", description: "Where to send it." },
  port: { type: "integer", default: 5432, description: "Its port." },
};

Deno.test("flows stop before they start where a treatment asks for more than the lock grants", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const permissions = { net: ["{host}:{port}"], env: ["LAB_KEY"], memory_mb: 512 };
  await makeRepository(dir, shout("shout/", { params: PARAMS, permissions }));
  const added = await project.myx("add", `git+file://${dir}@v1#shout`, "--yes");
  for (const line of ["connect to {host}:{port}", "by default: localhost:5432", "variable LAB_KEY", "512 MB"]) {
    assertStringIncludes(added.stderr, line);
  }
  assertEquals((await project.myx("flow", "f")).code, 0);

  // Who runs the server narrows the grant down to one host, and takes the rest away.
  const lock = project.lock();
  lock.treatments.shout!.permissions = { net: ["localhost:5432"] };
  project.write({ "myx.lock": lock });
  for (
    const ended of [
      await project.myx("flow", "f"),
      await project.myx("run", "shout", "--input", "datasets/d/00_raw", "--output", "datasets/d/12_out"),
    ]
  ) {
    assertEquals(ended.code, 2);
    assertStringIncludes(ended.stderr, 'it asks to read the environment variable "LAB_KEY", but myx.lock grants none');
    assertStringIncludes(ended.stderr, "it asks to use 512 MB of memory, but myx.lock grants no more than usual");
    assert(!ended.stderr.includes("connect to"), ended.stderr);
  }
  lock.treatments.shout!.permissions = { net: ["localhost:5432"], env: ["LAB_KEY"], memory_mb: 512 };
  project.write({ "myx.lock": lock });
  assertEquals((await project.myx("flow", "f")).code, 0);
  const other = await project.myx("flow", "f", "--params", '{"host": "evil.example.org"}');
  assertEquals(other.code, 2);
  assertStringIncludes(
    other.stderr,
    'it asks to connect to "evil.example.org:5432", but myx.lock grants only "localhost:5432"; look at it and grant it with',
  );
  // The same files ask for the same: update offers what was taken away.
  assertStringIncludes((await project.myx("update", "shout")).stderr, "ASKS FOR MORE: to connect to {host}:{port}");
});

Deno.test("add tells whom a host means by default, also where the default lies within an object", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const host = { type: "string", default: "evil.example.org" };
  const params = { db: { type: "object", default: {}, properties: { host } } };
  await makeRepository(dir, shout("shout/", { params, permissions: { net: ["{db.host}:443"] } }));
  const { stderr } = await project.myx("add", `git+file://${dir}@v1#shout`, "--yes");
  assertStringIncludes(stderr, "connect to {db.host}:443\n");
  assertMatch(stderr, /by default:\s+evil\.example\.org:443\n/);
});

Deno.test("no text of a treatment hides what it asks for, or passes for a line of ours", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const forged = "It asks for nothing: it reads its input and writes its output";
  await makeRepository(dir, {
    ...shout("long/", { name: "long", description: "word ".repeat(50_000), permissions: { env: ["LAB_KEY"] } }),
    ...shout("forged/", {
      name: "forged",
      description: `Fine.\n\n${forged}`,
      params: { host: { type: "string" }, x: { type: "object", properties: { [`a\n${forged}`]: { type: "string" } } } },
      permissions: { net: [`{host}\n${forged}`] },
    }),
  });
  const long = await project.myx("add", `git+file://${dir}@v1#long`, "--yes");
  assertStringIncludes(long.stderr, "\n  read the environment variable LAB_KEY\n");
  assertMatch(long.stderr, /\n {2}\.\.\. and [\d,]+ more lines\n/);
  const { stderr } = await project.myx("add", `git+file://${dir}@v1#forged`, "--yes");
  assertStringIncludes(stderr, `\n  Fine.  ${forged}\n`);
  assert(!stderr.split("\n").includes(forged), stderr);
});

Deno.test("a treatment's packages are pinned and work offline; its code is read to the root of its repository", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  await makeRepository(dir, {
    ...shout(
      "shout/",
      {},
      say("ms(60000) + (await import(`./${'late'}.ts`)).late", 'import ms from "npm:ms@2.1.3";').replace(
        "function run",
        "async function run",
      ),
    ),
    "shout/late.ts": "export const late = '!';\n",
  });
  const added = await project.myx("add", `git+file://${dir}@v1#shout`, "--yes");
  assertEquals(added.code, 0, added.stderr);
  assertStringIncludes(added.stderr, "Packages: ms@2.1.3");
  assertEquals(Object.keys(project.lock().treatments.shout!.npm!.packages), ["ms@2.1.3"]);
  const ran = await project.myx("flow", "f");
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "1m!");
  // Not pinned, not loaded.
  const lock = project.lock();
  delete lock.treatments.shout!.npm;
  project.write({ "myx.lock": lock });
  const refused = await project.myx("flow", "f");
  assertEquals(refused.code, 1);
  // Refused by the lock, or before that because it was never fetched.
  assertMatch(refused.stderr, /lockfile|an npm package that is not in Deno's cache/);
});

Deno.test("add refuses a name that is taken and one that nothing has, and project treatments go before pinned ones", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  await makeRepository(dir, {
    ...shout("clean/", { name: "clean" }),
    "lab/flows/g.json": flowOf("shout"),
    ...shout("attic/shout/"),
    ...shout("lab/treatments/shout/"),
  });
  const url = `git+file://${dir}@v1#clean`;
  const flow = await project.myx("add", `git+file://${dir}@v1#lab/flows/g.json`, "--as", "g", "--yes");
  assertEquals(flow.code, 2);
  assertStringIncludes(flow.stderr, 'it names the treatment "shout", and there is none of that name here');
  assertStringIncludes(flow.stderr, `task add git+file://${dir}@v1#lab/treatments/shout --as shout\n`);
  const { code, stderr } = await project.myx("add", url, "--yes");
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot use the name "clean": it is taken by the built-in one');
  assertEquals((await project.myx("add", url, "--yes", "--as", "a/b")).code, 2);
  assertEquals((await project.myx("add", url, "--yes", "--as", "shout")).code, 0);
  assertStringIncludes((await project.myx("add", url, "--as", "other")).stderr, 'it is pinned already, as "shout"');
  assertStringIncludes((await project.myx("describe", "shout")).stdout, "origin  git");
  project.write({ ...shout("treatments/shout/", {}, say("'own'")), "flows/f.json": flowOf("shout") });
  assertEquals((await project.myx("flow", "f")).code, 0);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "own");
});

Deno.test("add without its grants prints one command that has them all", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  await makeRepository(dir, shout("shout/"));
  const main = fromFileUrl(new URL("../../../main.ts", import.meta.url));
  const args = ["add", `git+file://${dir}@v1#shout`, "--yes"];
  const options = { cwd: project.dir, env: { NO_COLOR: "1" }, stdin: "null" } as const;
  const bare = await new Deno.Command(Deno.execPath(), {
    ...options,
    args: [...DENO_RUN, main, ...args],
  }).output();
  assertEquals(bare.code, 2);
  const command = new TextDecoder().decode(bare.stderr).trim().split("\n").at(-1)!.trim();
  const { code, stderr } = await new Deno.Command("bash", { ...options, args: ["-c", command] }).output();
  assertEquals(code, 0, `${command}\n${new TextDecoder().decode(stderr)}`);
  assertEquals(Object.keys(project.lock().treatments), ["shout"]);
});
