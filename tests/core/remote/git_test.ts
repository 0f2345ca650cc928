/** The life of a treatment from a git server: added, run, run offline, moved, changed, fetched again, removed. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { parseRemoteUrl } from "../../../core/contract/remote_url.ts";
import { openGit } from "../../../core/remote/git.ts";
import { LIMITS } from "../../../core/remote/limits.ts";
import { makeRemoteProject, makeRepository, say, shout } from "./remote_project.ts";
import { serveGit } from "./servers.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("add pins a treatment from a git server, and flows run it offline, as it was", async () => {
  const root = makeTempDir();
  const lib = { "lib/text.ts": "export const end = '!';\n" };
  const code = say("text.toUpperCase() + end", 'import { end } from "../../lib/text.ts";');
  const params = { loud: { type: "boolean", default: true, description: "How to shout." } };
  const repository = await makeRepository(`${root}/lab.git`, {
    ...lib,
    ...shout("treatments/shout/", { params }, code),
    "data/big.csv": "not wanted",
  });
  const server = await serveGit(root);
  using project = makeRemoteProject(server);
  const url = `git+https://${server.host}/lab.git@v1#treatments/shout`;

  const asked = await project.myx("add", url);
  assertEquals(asked.code, 2);
  for (const text of ["Treatment shout 1.0.0", "Writes its input in capitals.", "loud", "asks for nothing", "--yes"]) {
    assertStringIncludes(asked.stderr, text);
  }
  assertEquals([...Deno.readDirSync(project.dir)].map(({ name }) => name).includes("myx.lock"), false);
  assertEquals([...Deno.readDirSync(`${project.dir}/.myx/cache`)].length, 0, "what nobody granted leaves nothing");

  const early = await project.myx("flow", "f");
  assertEquals(early.code, 2);
  assertStringIncludes(early.stderr, "Cannot use steps[0].treatment");

  assertEquals((await project.myx("add", url, "--yes")).code, 0);
  const { treatments } = project.lock();
  assertEquals(treatments.shout!.commit, repository.first);
  assertEquals(Object.keys(treatments.shout!.files), [
    "lib/text.ts",
    "treatments/shout/run.ts",
    "treatments/shout/treatment.json",
  ]);
  const listed = await project.myx("list", "treatments");
  assertStringIncludes(listed.stdout, url);

  // A moved tag changes nothing until somebody looks at it.
  const moved = await repository.commit(shout("treatments/shout/", { version: "2.0.0" }, say("'moved'")), "v1");
  await server[Symbol.asyncDispose]();
  const first = await project.myx("flow", "f");
  assertEquals(first.code, 0, first.stderr);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "ONE\nTWO\n!");
  // By its URL, too.
  project.write({ "flows/g.json": { ...flow("g"), steps: [{ treatment: url, input: "00_raw", output: "11_out" }] } });
  assertEquals((await project.myx("flow", "g")).code, 0);
  assertEquals(project.read("datasets/d/11_out/out.csv"), "ONE\nTWO\n!");
  assert(moved !== repository.first);
  Deno.removeSync(root, { recursive: true });
});

function flow(name: string) {
  return { name, dataset: "d" };
}

Deno.test("update shows what a moved tag stands for and asks again; remove takes it away", async () => {
  const root = makeTempDir();
  const repository = await makeRepository(`${root}/lab.git`, shout("shout/"));
  await using server = await serveGit(root);
  using project = makeRemoteProject(server);
  const url = `git+https://${server.host}/lab.git@v1#shout`;
  assertEquals((await project.myx("add", url, "--yes", "--as", "cry")).code, 0);
  assertStringIncludes((await project.myx("update", "cry", "--yes")).stderr, "cry is up-to-date");

  const permissions = { net: ["db.example.org:5432"] };
  const moved = await repository.commit(shout("shout/", { version: "1.1.0", permissions }, say("'moved'")), "v1");
  const before = project.read("myx.lock");
  const asked = await project.myx("update");
  assertEquals(asked.code, 2);
  for (
    const text of [
      `commit ${repository.first} -> ${moved}`,
      "version 1.0.0 -> 1.1.0",
      "changed file shout/run.ts",
      "ASKS FOR MORE: to connect to db.example.org:5432",
    ]
  ) assertStringIncludes(asked.stderr, `cry: ${text}`);
  assertEquals(project.read("myx.lock"), before, "without consent nothing changes");

  assertEquals((await project.myx("update", "cry", "--yes")).code, 0);
  assertEquals(project.lock().treatments.cry!.commit, moved);
  project.write({ "flows/f.json": { ...flow("f"), steps: [{ treatment: "cry", input: "00_raw", output: "10_out" }] } });
  assertEquals((await project.myx("flow", "f")).code, 0);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "moved");

  assertStringIncludes((await project.myx("remove", "cri")).stderr, 'did you mean "cry"?');
  assertEquals((await project.myx("remove", "cry")).code, 0);
  assertEquals(project.lock().treatments, {});
  assertEquals((await project.myx("flow", "f")).code, 2);
  Deno.removeSync(root, { recursive: true });
});

Deno.test("update tells what is new though it is named like a member of every object", async () => {
  using project = makeRemoteProject();
  const root = project.outside;
  const step = (name: string) => ({ treatment: `../${name}`, input: "00_raw", output: `10_${name}` });
  const night = (...names: string[]) => ({
    "flows/night.json": { name: "night", dataset: "d", steps: names.map(step) },
  });
  const repository = await makeRepository(`${root}/lab`, { ...shout("shout/"), ...night("shout") });
  assertEquals((await project.myx("add", `git+file://${root}/lab@v1#flows/night.json`, "--yes")).code, 0);
  const more = { ...shout("constructor/", { name: "constructor" }), "shout/toString": "more" };
  await repository.commit({ ...more, ...night("shout", "constructor") }, "v1");
  const { stderr } = await project.myx("update", "night");
  assertMatch(stderr, /constructor: is new/);
  assertMatch(stderr, /: new file shout\/toString/);
});

Deno.test("names beyond ASCII are pinned as they are written, fetched again and updated, from older locks, too", async () => {
  using project = makeRemoteProject();
  const root = project.outside;
  const repository = await makeRepository(`${root}/lüb.git`, { ...shout("übung/"), ...shout("old/", { name: "old" }) });
  const url = `git+file://${root}/lüb.git@v1#übung`;
  const added = await project.myx("add", url, "--yes");
  assertEquals(added.code, 0, added.stderr);
  assertEquals(project.lock().treatments.shout!.url, url);
  assertEquals((await project.myx("add", `git+file://${root}/lüb.git@v1#old`, "--yes")).code, 0);
  project.write({ "myx.lock": project.read("myx.lock").replaceAll("lüb.git", "l%C3%BCb.git") });

  const lock = project.lock();
  const { files } = lock.treatments.old!;
  project.write({
    "myx.lock": { ...lock, treatments: { ...lock.treatments, old: { ...lock.treatments.old, files: others(files) } } },
  });
  Deno.removeSync(`${project.dir}/.myx/cache`, { recursive: true });
  const some = await project.myx("add");
  assertEquals(some.code, 2);
  assertMatch(some.stderr, /^Error: Cannot fetch .*old: the file .* has changed since myx\.lock pinned it\n/);
  assertStringIncludes(some.stderr, "\n2 pins in myx.lock; 1 fetched, 1 could not be had\n");
  project.write({ "myx.lock": lock });
  Deno.removeSync(`${project.dir}/.myx/cache`, { recursive: true });
  const again = await project.myx("add");
  assertStringIncludes(again.stderr, "2 fetched");
  assertStringIncludes((await project.myx("add", url)).stderr, "is pinned already");
  await repository.commit({ note: "none of theirs" });
  const updated = await project.myx("update", "--yes");
  assertEquals(updated.code, 0, updated.stderr);
  assertStringIncludes(updated.stderr, "shout is up-to-date");
  assertStringIncludes(updated.stderr, "old is up-to-date");
  assertEquals((await project.myx("flow", "f")).code, 0);
});

Deno.test("flows refuse a changed, added or missing file of the cache, and add fetches the very bytes again", async () => {
  const root = makeTempDir();
  const repository = await makeRepository(`${root}/lab.git`, shout("shout/"));
  await using server = await serveGit(root);
  using project = makeRemoteProject(server);
  await project.myx("add", `git+https://${server.host}/lab.git@v1#shout`, "--yes");
  await repository.commit(shout("shout/", {}, say("'moved'")), "v1");

  const cached = project.cached("shout/run.ts");
  assertEquals(Deno.lstatSync(`${cached}/shout/run.ts`).mode! & 0o222, 0, "files in the cache are read-only");
  const damages: [string, string, () => void][] = [
    ['"shout/run.ts" in the cache is not the one', "changed", () => change(`${cached}/shout/run.ts`)],
    [
      '"shout/more.ts" in the cache is not pinned',
      "added",
      () => Deno.writeTextFileSync(`${cached}/shout/more.ts`, ""),
    ],
    ['"shout/run.ts" in the cache is missing', "one missing", () => Deno.removeSync(`${cached}/shout/run.ts`)],
    ["is a link or no regular file", "linked", () => {
      Deno.renameSync(`${cached}/shout/run.ts`, `${project.outside}/run.ts`);
      Deno.symlinkSync(`${project.outside}/run.ts`, `${cached}/shout/run.ts`);
    }],
    ["are not in the cache", "all missing", () => Deno.removeSync(cached, { recursive: true })],
  ];
  for (const [message, what, damage] of damages) {
    damage();
    const { code, stderr } = await project.myx("flow", "f");
    assertEquals(code, 2, what);
    assertStringIncludes(stderr, message);
    assertStringIncludes(stderr, "deno task add");
    const again = await project.myx("add");
    assertEquals(again.code, 0, again.stderr);
  }
  assertEquals((await project.myx("flow", "f")).code, 0);
  assertEquals(project.read("datasets/d/10_out/out.csv"), "ONE\nTWO\n");
  Deno.removeSync(root, { recursive: true });
});

/** The same files, with other bytes. */
function others(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(files).map((path) => [path, "0".repeat(64)]));
}

function change(path: string): void {
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("Upper", "Lower"));
}

Deno.test("add names the URL where git is stopped or a tag stands for no commit: others may be fetched with it", async () => {
  using project = makeRemoteProject();
  const repository = await makeRepository(`${project.outside}/lab`, shout("shout/"));
  await repository.git("tag", "tree", "HEAD:shout");
  const url = `git+file://${project.outside}/lab@tree#shout`;
  const { code, stderr } = await project.myx("add", url, "--yes");
  assertEquals(code, 1);
  assertStringIncludes(stderr, `Cannot use ${url}: git could not find its commit: `);

  const scratch = `${project.outside}/scratch`;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const mute = parseRemoteUrl(`git+https://127.0.0.1:${listener.addr.port}/lab.git#shout`);
  if (mute.kind !== "git") throw new Error("no git URL");
  await assertRejects(
    () => openGit(mute, { scratch, limits: { ...LIMITS, seconds: 1 } }),
    MyxError,
    `Cannot fetch ${mute.url}: git was stopped: it took longer than 1 s`,
  );
});
