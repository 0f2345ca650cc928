import { assertEquals, assertRejects } from "@std/assert";
import { basename, dirname } from "node:path";
import { MyxError } from "../../../core/contract/errors.ts";
import { callDatabase, databaseStep } from "../../../core/engine/database_call.ts";
import { FILES, FLOW } from "../../database_project.ts";
import { makeProject } from "../../project.ts";

Deno.test("callDatabase() says of an answer that is too large what to ask for, and nothing of a treatment", async () => {
  using project = makeProject(FILES);
  project.write({
    "greedy/call.ts": "export function run() { const all = []; for (;;) all.push(Array(1e5).fill({})); }",
  });
  Deno.mkdirSync(`${project.dir}/datasets/mussels/.myx/state/postgres/data`, { recursive: true });
  const flow = project.resolve("small");
  const state = databaseStep(flow, "to_postgres");
  const { step } = state;
  const permissions = { ...step.treatment.permissions, memory_mb: 64 };
  const little = { ...state, step: { ...step, treatment: { ...step.treatment, permissions } } };
  const entry = `${project.dir}/greedy/call.ts`;
  const error = await assertRejects(
    () => callDatabase(little, { entry, params: {}, command: "sql" }, () => {}),
    MyxError,
    "An answer of the database was larger than the memory it may use",
  );
  assertEquals(error.fix, "Ask for fewer rows and columns at a time, or for a longer window");
});

Deno.test("callDatabase() leaves alone what another call at work on a server's database has, and clears what a killed one left", async () => {
  const load = { ...FLOW.steps[2]!, params: { host: "127.0.0.1", user: "lab" } };
  using project = makeProject({
    ...FILES,
    "flows/server.json": { ...FLOW, name: "server", steps: [...FLOW.steps.slice(0, 2), load] },
  });
  project.write({
    "slow/call.ts": `export async function run(_input, output, _params, context) {
      const there = () => { try { return Deno.statSync(new URL("go", import.meta.url)); } catch { return false; } };
      for (; !there(); context.progress(0, 1)) await new Promise((resolve) => setTimeout(resolve, 10));
      Deno.writeTextFileSync(output + "/rows", "slow");
    }`,
    "quick/call.ts": 'export function run(_input, output) { Deno.writeTextFileSync(output + "/rows", "quick"); }',
  });
  const flow = project.resolve("server");
  const state = databaseStep(flow, "to_postgres");
  const left = `${state.staging}-0123abcd`;
  const isLeft = () => [...Deno.readDirSync(dirname(left))].some(({ name }) => name === basename(left));
  const call = (name: string, onProgress = () => {}) =>
    callDatabase(
      state,
      { entry: `${project.dir}/${name}/call.ts`, params: {}, command: "sql", onProgress },
      (folder) => Deno.readTextFileSync(`${folder}/rows`),
    );
  Deno.mkdirSync(left, { recursive: true });
  const started = Promise.withResolvers<void>();
  const slow = call("slow", started.resolve);
  await Promise.race([started.promise, slow]);
  assertEquals(isLeft(), false);
  assertEquals(await call("quick"), "quick");
  project.write({ "slow/go": "" });
  assertEquals(await slow, "slow");
});
