/** What the tests of faults share. */
import { assert, assertEquals } from "@std/assert";
import type { FlowReport } from "../../core/engine/report.ts";
import { makeProject, type TestProject } from "../project.ts";
import { assertTidy, FLOW, FOLDERS, rawFiles, undisturbed } from "./kill_project.ts";

/** Whether this machine can do what a test needs; says so where not, since a test that is skipped shows nothing. */
export function can(...command: readonly string[]): boolean {
  try {
    if (
      new Deno.Command(command[0]!, { args: command.slice(1), stdout: "null", stderr: "null" }).outputSync().success
    ) {
      return true;
    }
  } catch {
    // Not installed.
  }
  console.error(`NOT TESTED HERE: "${command.join(" ")}" does not work`);
  return false;
}

/** The messages of all errors of a run. */
export const errorsOf = (report: FlowReport) =>
  report.steps.flatMap(({ errors }) => errors.map(({ message }) => message));

/** A project whose run is done and whose raw files have then been corrected, with what was there and what is to come. */
export async function correctedProject() {
  const project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  assertEquals((await project.run("f")).exit_code, 0);
  const old = project.hashes(...FOLDERS);
  project.write(rawFiles(1));
  return { project, old, expected: await undisturbed(rawFiles(1)) };
}

/** Asserts that each file in place is whole: as before, or as it is to become. */
export function assertWhole(project: TestProject, { old, expected }: Awaited<ReturnType<typeof correctedProject>>) {
  const left = project.hashes(...FOLDERS);
  assertEquals(Object.keys(left), Object.keys(old));
  for (const [path, hash] of Object.entries(left)) assert([old[path], expected[path]].includes(hash), path);
}

/** Asserts that one more run gives the whole result. */
export async function assertMendedBy(project: TestProject, expected: Record<string, string>) {
  assertEquals(errorsOf(await project.run("f", { last: true })), []);
  assertEquals(project.hashes(...FOLDERS), expected);
  assertTidy(project);
}
