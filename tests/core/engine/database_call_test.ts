import { assertEquals, assertRejects } from "@std/assert";
import { findFlow, openProject } from "../../../core/contract/project.ts";
import { resolveFlow } from "../../../core/contract/resolve.ts";
import { MyxError } from "../../../core/contract/errors.ts";
import { callDatabase, databaseStep } from "../../../core/engine/database_call.ts";
import { FILES } from "../../database_project.ts";
import { makeProject } from "../../project.ts";

Deno.test("callDatabase() says of an answer that is too large what to ask for, and nothing of a treatment", async () => {
  using project = makeProject(FILES);
  project.write({
    "greedy/call.ts": "export function run() { const all = []; for (;;) all.push(Array(1e5).fill({})); }",
  });
  Deno.mkdirSync(`${project.dir}/datasets/mussels/.myx/state/postgres/data`, { recursive: true });
  const opened = openProject(project.dir);
  const flow = resolveFlow(opened, findFlow(opened, "small"), { now: Temporal.Now.instant() });
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
