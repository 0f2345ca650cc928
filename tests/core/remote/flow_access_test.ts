/** What a flow from elsewhere reaches, and that people are told of it before they let it in. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeRemoteProject, makeRepository, shout } from "./remote_project.ts";

Deno.test("a flow's unix sockets are shown before consent, pinned, and no other is reached", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const load = (host: string) => ({
    name: "load",
    dataset: "d",
    steps: [{ treatment: "raw_to_postgres", input: "00_raw", output: "51_live", params: { host, user: "u" } }],
  });
  const { commit } = await makeRepository(dir, { "load.json": load("/run/postgresql") }, "v1");
  const added = await project.myx("add", `git+file://${dir}@v1#load.json`, "--yes");
  assertEquals(added.code, 0, added.stderr);
  assertStringIncludes(added.stderr, "\nIts steps connect to: /run/postgresql/.s.PGSQL.5432\n");
  assertEquals(project.lock().flows.load!.permissions.net, ["/run/postgresql/.s.PGSQL.5432"]);
  assertEquals((await project.myx("flow", "load", "--dry-run")).code, 0);
  const lock = project.lock();
  lock.flows.load!.permissions.net = [];
  project.write({ "myx.lock": lock });
  const refused = await project.myx("flow", "load", "--dry-run");
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    'its steps connect to "/run/postgresql/.s.PGSQL.5432", which myx.lock does not grant',
  );
  await commit({ "load.json": load("/home/other") }, "v1");
  const { stderr } = await project.myx("update", "load");
  assertStringIncludes(stderr, "load: ASKS FOR MORE: to connect to /home/other/.s.PGSQL.5432");
});

Deno.test("add of a flow tells which dataset its steps write into", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const night = { name: "night", steps: [{ treatment: "clean", input: "10_parsed", output: "20_clean" }] };
  await makeRepository(dir, { "night.json": { ...night, dataset: "d" }, "any.json": { ...night, name: "any" } });
  const { stderr } = await project.myx("add", `git+file://${dir}@v1#night.json`, "--yes");
  assertStringIncludes(
    stderr,
    "\n  10_parsed -> clean -> 20_clean\nThey read and write in datasets/d, unless --dataset names another\n",
  );
  const any = await project.myx("add", `git+file://${dir}@v1#any.json`, "--yes");
  assertStringIncludes(any.stderr, "\n  10_parsed -> clean -> 20_clean\n\n");
});

Deno.test("consent shows every host of many, of a flow and of what a treatment's params mean", async () => {
  using project = makeRemoteProject();
  const dir = `${project.outside}/lab`;
  const hosts = Array.from({ length: 40 }, (_, i) => `${i}.a-rather-long-name-of-a-host.example.org`);
  const params = Object.fromEntries(hosts.map((host, i) => [`h${i}`, { type: "string", default: host }]));
  const permissions = { net: hosts.map((_, i) => `{h${i}}`) };
  await makeRepository(dir, {
    ...shout("shout/", { params, permissions }),
    "load.json": {
      name: "load",
      steps: hosts.map((host, i) => ({
        treatment: "raw_to_postgres",
        input: "00_raw",
        output: `${i}_live`,
        params: { host, user: "u" },
      })),
    },
  });
  for (const path of ["shout", "load.json"]) {
    const { stderr } = await project.myx("add", `git+file://${dir}@v1#${path}`, "--yes");
    const [, said = ""] = /(?:by default|steps connect to):([^]*)/.exec(stderr) ?? [];
    assertEquals(hosts.filter((host) => !said.includes(host)), []);
  }
});
