/** One kill and what must hold after it. */
import { assertEquals } from "@std/assert";
import { verifyFlow } from "../../core/engine/verify.ts";
import type { TestProject } from "../project.ts";
import { assertNoProcessLeft, assertTidy, FOLDERS, killedRun, type Reader } from "./kill_project.ts";

/** What a run that was killed is to be completed to. */
export interface Goal {
  /** Hashes of all published files that an uninterrupted run leaves. */
  readonly expected: Readonly<Record<string, string>>;
  readonly reader: Reader;
  /** How to run, as JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the run removes results. */
  readonly mayVanish?: boolean;
}

/** Runs the flow in `project` until its `point`-th fault point kills it, then once more, while a reader looks on. */
export async function killAndResume(project: TestProject, point: number, goal: Goal): Promise<void> {
  goal.reader.watch(project, goal.mayVanish);
  const { signal, stderr, points } = await killedRun(project.dir, point, { last: true, ...goal.options });
  assertEquals([signal, stderr], ["SIGKILL", ""]);
  await assertNoProcessLeft(project.dir);
  await assertResumes(project, `killed at point ${point}, before "${points.at(-1)}"`, goal);
}

/** Asserts that a run with `--last` ends where an uninterrupted one would, and that no reader saw a torn file. */
export async function assertResumes(project: TestProject, where: string, goal: Goal): Promise<void> {
  const { expected, options, reader } = goal;
  const report = await project.run("f", { last: true, ...options });
  assertEquals(report.steps.flatMap(({ errors }) => errors), [], where);
  assertEquals(project.hashes(...FOLDERS), { ...expected }, where);
  assertEquals((await project.run("f", { ...options, last: true })).status, "up-to-date", where);
  assertEquals(verify(project), [], where);
  assertEquals((await reader.stop()).faults, [], where);
  assertTidy(project);
}

/** What `verify` finds wrong. */
export function verify(project: TestProject, params?: Record<string, unknown>): unknown[] {
  return [...verifyFlow(project.resolve("f", params)).faults];
}
