/** Several commands that change one `myx.lock`. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { formatLock, lockPath, type PinnedTreatment, readLock } from "../../../core/contract/lock_file.ts";
import { mergeLocks } from "../../../core/remote/write_lock.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { makeRemoteProject, shout } from "./remote_project.ts";
import { serveFiles } from "./servers.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

Deno.test("adds at the same time pin all that they fetched", async () => {
  const files = NAMES.map((name) => shout(`${name}/`, { name }));
  await using server = await serveFiles(Object.assign({}, ...files));
  using project = makeRemoteProject(server);
  const add = (name: string) => project.myx("add", `https://${server.host}/${name}/`, "--yes");
  for (const { code, stderr } of await Promise.all(NAMES.map(add))) assertEquals(code, 0, stderr);
  assertEquals(Object.keys(project.lock().treatments), NAMES);
  const removed = await Promise.all(NAMES.slice(0, 3).map((name) => project.myx("remove", name)));
  assertEquals(removed.map(({ code }) => code), [0, 0, 0]);
  assertEquals(Object.keys(project.lock().treatments), NAMES.slice(3));
  const left = [...Deno.readDirSync(`${project.dir}/.myx`)].map(({ name }) => name).sort();
  assertEquals(left, [".gitignore", "cache", "myx.lock.held"]);
});

function lockOf(...names: string[]) {
  const pin = (name: string): PinnedTreatment => ({
    url: `https://host/${name}/`,
    path: "",
    files: {},
    version: "1.0.0",
    permissions: {},
  });
  return { treatments: Object.fromEntries(names.map((text) => [text[0]!, pin(text)])), flows: {} };
}

Deno.test("mergeLocks() keeps what others pinned and removed", () => {
  assertEquals(mergeLocks(lockOf("a"), lockOf("a", "b"), lockOf("a", "c")), lockOf("a", "c", "b"));
  assertEquals(mergeLocks(lockOf("a", "b"), lockOf("a"), lockOf("a", "b", "c")), lockOf("a", "c"));
  assertEquals(mergeLocks(lockOf("a"), lockOf("a", "b"), lockOf()), lockOf("b"));
});

Deno.test("mergeLocks() takes an entry that another wrote alike, whatever the order of its keys", () => {
  const { treatments: { b }, flows } = lockOf("b");
  const turned = { treatments: { b: Object.fromEntries(Object.entries(b!).reverse()) as typeof b & object }, flows };
  assertEquals(mergeLocks(lockOf(), lockOf("b"), turned as ReturnType<typeof lockOf>), lockOf("b"));
});

Deno.test("mergeLocks() refuses an entry that another changed", () => {
  for (const now of [lockOf("a2"), lockOf()]) {
    assertThrows(() => mergeLocks(lockOf("a"), lockOf("a3"), now), UsageError, 'Cannot pin "a"');
  }
});

Deno.test("readLock() takes whole hashes alone: git and the cache are handed them", () => {
  const dir = makeTempDir();
  const { treatments: { a }, flows } = lockOf("a");
  const read = (change: Partial<PinnedTreatment>) => {
    Deno.writeTextFileSync(lockPath(dir), formatLock({ treatments: { a: { ...a!, ...change } }, flows }));
    return readLock(dir).treatments.a;
  };
  const [commit, hash] = ["1f".repeat(20), "1f".repeat(32)];
  assertEquals(read({ commit, files: { "run.ts": hash } }), { ...a!, commit, files: { "run.ts": hash } });
  for (const [before, behind] of [["--output=", ""], ["", "^{/x}"], ["a", ""], ["", "a"]]) {
    assertThrows(() => read({ commit: before + commit + behind }), UsageError, "a commit of 40 hexadecimal digits");
    const files = { "run.ts": before + hash + behind };
    assertThrows(() => read({ files }), UsageError, "a SHA-256 of 64 hexadecimal digits");
  }
});
