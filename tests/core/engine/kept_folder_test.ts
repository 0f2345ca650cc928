import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { isWanted, lockKept } from "../../../core/engine/kept_folder.ts";
import { FILES, FLOW } from "../../database_project.ts";
import { makeProject } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("lockKept() lets one in at a time, tells the holder that it is wanted, and gives up when told to", async () => {
  const folder = `${makeTempDir()}/state/postgres`;
  const first = await lockKept(folder, { command: "first" });
  assertEquals(isWanted(folder), false);
  // What lies in it is for nobody else.
  assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
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
