import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { isWanted, lockKept, makeKept } from "../../../core/engine/kept_folder.ts";
import { FILES, FLOW } from "../../database_project.ts";
import { makeProject } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("lockKept() lets one in at a time, tells the holder that it is wanted, and gives up when told to", async () => {
  const folder = `${makeTempDir()}/state/postgres`;
  const first = await lockKept(folder, { command: "first" });
  assertEquals(isWanted(folder), false);
  const said: string[] = [];
  const second = lockKept(folder, { command: "second", wait: true, onWait: (message) => said.push(message) });
  const stop = new AbortController();
  const third = lockKept(folder, { command: "third", wait: true, signal: stop.signal });
  while (!isWanted(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert(said[0]!.includes("(first)") && said[0]!.endsWith("; waiting for it"), said[0]);
  stop.abort();
  await assertRejects(() => third, Error, "Interrupted");
  first.close();
  const held = await second;
  assertEquals(isWanted(folder), false);
  held.close();
});

Deno.test("a step that loads a server does not wait for another one that does", async () => {
  const params = { host: "127.0.0.1", port: 1, user: "lab" };
  using project = makeProject({
    ...FILES,
    "flows/small.json": { ...FLOW, steps: [...FLOW.steps.slice(0, 2), { ...FLOW.steps[2], params }] },
  });
  using _held = await lockKept(`${project.dir}/datasets/mussels/.myx/state/postgres`, { command: "other" });
  const { exit_code, steps } = await project.run("small");
  assertEquals(exit_code, 1);
  assertStringIncludes(JSON.stringify(steps), "nobody listens there");
});

Deno.test("makeKept() lets all of a group load one server, and keeps an embedded database for its user", async () => {
  const dir = makeTempDir();
  Deno.chmodSync(dir, 0o2775);
  const before = Deno.umask(0o022);
  const kept = `${dir}/.myx/state/postgres`;
  const modes = () => ["/..", "", "/data"].map((path) => Deno.statSync(kept + path).mode! & 0o777);
  const { lstatSync } = Deno;
  try {
    // As they were made once.
    Deno.mkdirSync(`${kept}/data`, { recursive: true });
    Deno.chmodSync(`${dir}/.myx`, 0o775);
    for (const path of ["/..", ""]) Deno.chmodSync(kept + path, 0o700);
    makeKept(kept);
    assertEquals(modes(), [0o770, 0o770, 0o700]);
    Deno.removeSync(`${dir}/.myx`, { recursive: true });
    makeKept(kept);
    Deno.mkdirSync(`${kept}/data`);
    assertEquals(modes(), [0o775, 0o775, 0o755]);
    Deno.lstatSync = (path) => {
      if (String(path).startsWith(`${kept}/data/`)) throw new Deno.errors.PermissionDenied("Permission denied");
      return lstatSync(path);
    };
    const taken = () => lockKept(kept, { command: "archive mussels" });
    const { fix } = await assertRejects(taken, MyxError, "it is another user's alone");
    assertStringIncludes(fix!, "Leave what needs it to that user");
  } finally {
    Deno.lstatSync = lstatSync;
    Deno.umask(before);
    Deno.removeSync(dir, { recursive: true });
  }
});
