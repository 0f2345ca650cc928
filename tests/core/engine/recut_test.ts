/** A treatment whose treatment.json is edited to cut its folder otherwise, and back. */
import { assertEquals } from "@std/assert";
import { statusOf } from "../../../core/engine/status.ts";
import type { Files } from "../../files.ts";
import { makeProject, type TestProject, treatmentWith } from "../../project.ts";

const FLOW = { name: "f", dataset: "d", steps: [{ treatment: "count", input: "00_raw", output: "10_out" }] };
const OUT = "datasets/d/10_out";

/** Writes for each file it sees how many others it saw with it, under the file's name, or all into one file. */
const EACH = `export function run(_in, out, _params, { files }) {
  for (const { name } of files) Deno.writeTextFileSync(out + "/" + name, files.length + "\\n");
}`;
const ONE = `export function run(_in, out, _params, { files }) {
  const name = files.length > 1 ? "all.csv" : "one_" + files[0].name;
  Deno.writeTextFileSync(out + "/" + name, files.length + "\\n");
}`;
const RAW = { "datasets/d/00_raw/a.csv": "1\n", "datasets/d/00_raw/b.csv": "2\n" };

const counting = (code: string, declared: Files = {}) => treatmentWith("count", code, declared);
const contents = (project: TestProject) =>
  Object.fromEntries(project.list(OUT).map((name) => [name, project.read(`${OUT}/${name}`).trim()]));

function status(project: TestProject) {
  const { state, orphaned, held_back } = statusOf(project.resolve("f")).steps[0]!;
  return [state, orphaned, held_back];
}

Deno.test("a treatment whose partition is edited and edited back is computed each time", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...RAW });
  for (let i = 0; i < 2; i++) {
    project.write(counting(EACH));
    await project.run("f", { last: true });
    assertEquals(contents(project), { "a.csv": "2", "b.csv": "2" });
    project.write(counting(EACH, { partition: ["file"] }));
    assertEquals(status(project), ["stale", [], []]);
    const report = await project.run("f", { last: true });
    assertEquals([contents(project), report.steps[0]!.warnings], [{ "a.csv": "1", "b.csv": "1" }, []]);
    assertEquals(status(project), ["up-to-date", [], []]);
  }
});

Deno.test("what the cut before had made goes once all that the new one makes is there", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...counting(ONE), ...RAW });
  await project.run("f");
  assertEquals(contents(project), { "all.csv": "2" });
  const broken = ONE.replace("{ files }) {", `{ files }) { if (files[0].name === "b.csv") throw new Error("boom");`);
  for (const outputMode of ["append", "replace"] as const) {
    project.write(counting(broken, { partition: ["file"] }));
    await project.run("f", { last: true, outputMode });
    assertEquals(contents(project), { "all.csv": "2", "one_a.csv": "1" });
  }
  project.write(counting(ONE, { partition: ["file"] }));
  await project.run("f", { last: true });
  assertEquals(contents(project), { "one_a.csv": "1", "one_b.csv": "1" });
  assertEquals(status(project), ["up-to-date", [], []]);
});

Deno.test("what the cut before had made stays where the new one makes nothing", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...counting(EACH), ...RAW });
  await project.run("f");
  for (const partition of [["source"], ["file"]]) {
    project.write(counting(EACH, { partition, input: { format: "parquet" } }));
    await project.run("f", { last: true });
    assertEquals(project.list(OUT), ["a.csv", "b.csv"]);
  }
});

Deno.test("what the cut before had made of a file that is gone stays", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...counting(EACH), ...RAW });
  await project.run("f");
  project.remove("datasets/d/00_raw/a.csv");
  project.write(counting(EACH, { partition: ["file"] }));
  await project.run("f");
  assertEquals(project.list(OUT), ["a.csv", "b.csv"]);
});

Deno.test("a step found fresh is looked at anew when its treatment.json cuts the folder otherwise", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...counting(EACH), ...RAW });
  for (let i = 0; i < 3; i++) await project.run("f", { last: true });
  project.write(counting(EACH, { partition: ["file"] }));
  const report = await project.run("f", { last: true });
  assertEquals([report.steps[0]!.partitions.computed, contents(project)], [2, { "a.csv": "1", "b.csv": "1" }]);
});
