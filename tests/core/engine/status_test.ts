import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatStatus } from "../../../core/cli/status.ts";
import { MyxError } from "../../../core/contract/errors.ts";
import { statusOf } from "../../../core/engine/status.ts";
import { FLOW, MAIN, rawFiles } from "../../long/kill_project.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";
import { DENO_RUN } from "../../deno_run.ts";

function lastRun(project: TestProject): [string | undefined, string] {
  const status = statusOf(project.resolve("f"));
  const text = formatStatus("f", project.dir, status).split("\n").filter((line) => line.startsWith("The last run"));
  return [status.last_run?.status, text.map((line) => line.replace(/of .*Z/, "of DAY")).join()];
}

Deno.test("statusOf() tells how the last run ended", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  assertEquals(lastRun(project), [undefined, ""]);
  await project.run("f", { signal: AbortSignal.abort() });
  assertEquals(lastRun(project), [
    "interrupted",
    "The last run, of DAY, was interrupted: the same command, or one with --last, goes on where it was",
  ]);
  await project.run("f");
  assertEquals(lastRun(project), ["success", ""]);
  await project.run("f", { last: true });
  assertEquals(lastRun(project), ["up-to-date", ""]);
  project.write({ "datasets/d/00_raw/EXP_b_2026-01-20.csv": Uint8Array.of(0xff, 0xfe, 0x41, 0) });
  await project.run("f");
  assertEquals(lastRun(project)[0], "error");
  assertStringIncludes(lastRun(project)[1], 'failed: see "logs --errors"');
});

Deno.test("statusOf() tells a run that is under way from one that was killed", async () => {
  using project = makeProject({
    ...treatmentWith("endless", "export function run() { for (;;); }"),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "endless", input: "00_raw", output: "out" }] },
    ...rawFiles(0),
  });
  const args = [...DENO_RUN, "-A", MAIN, "flow", "f", "--project", project.dir];
  const main = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).spawn();
  while (lastRun(project)[0] === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(lastRun(project), ["running", "The last run, of DAY, is under way"]);
  main.kill("SIGKILL");
  await main.status;
  // A child that is just being started has inherited the lock, until it is another program.
  for (let i = 0; i < 100 && lastRun(project)[0] === "running"; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(lastRun(project), [
    "killed",
    "The last run, of DAY, was killed: the same command, or one with --last, goes on where it was",
  ]);
});

Deno.test("statusOf() tells days that rows are held back from, as a raw file is gone, from those that are only orphaned", async () => {
  const [first, second] = ["datasets/d/00_raw/EXP_a_2026-01-20.csv", "datasets/d/00_raw/EXP_a_2026-01-21.csv"];
  const rows = (...seconds: number[]) => kvLines(seconds.map((second) => [second, { m0: 1 }]));
  using project = makeProject({ "flows/f.json": FLOW, [first]: rows(0, 90_000), [second]: rows(90_001) });
  const held = () => {
    const status = statusOf(project.resolve("f"));
    const { state, orphaned, held_back } = status.steps[0]!;
    const text = formatStatus("f", project.dir, status).split("\n").filter((line) =>
      /^(Orphaned|Held|Gone)|parquet|csv/.test(line)
    );
    return { state, orphaned, held_back, text: text.map((line) => line.replace(/ \(.*/, "").trim()) };
  };
  const [day20, day21] = ["EXP_a__bio_signal__2026-01-20.parquet", "EXP_a__bio_signal__2026-01-21.parquet"];
  const orphaned = [day20, day21];
  const state = "up-to-date";
  await project.run("f");
  const bytes = project.read(first);
  project.remove(first);
  const folder = "10_parsed";
  assertEquals(held(), {
    state,
    orphaned,
    held_back: [],
    text: ["Orphaned", ...orphaned.map((name) => `${folder}/${name}`)],
  });
  project.write({ [second]: rows(90_001, 90_002) });
  await project.run("f", { last: true });
  assertEquals(held(), {
    state,
    orphaned,
    held_back: [day21],
    text: [
      "Orphaned",
      `${folder}/${day20}`,
      "Held back",
      `${folder}/${day21}`,
      "Gone, and waited for:",
      "EXP_a_2026-01-20.csv",
    ],
  });
  project.write({ [first]: bytes });
  await project.run("f", { last: true });
  assertEquals(held(), { state, orphaned: [], held_back: [], text: [] });
});

Deno.test("statusOf() takes no output for orphaned whose inputs the next run makes again", async () => {
  const flow = (clean: string) => ({
    name: "f",
    dataset: "d",
    steps: [
      { treatment: "parse", input: "00_raw", output: "10_parsed" },
      { treatment: "clean", input: "10_parsed", output: clean },
      { treatment: "resample", input: clean, output: "25_resampled" },
      { treatment: "aggregate", input: "25_resampled", output: "40_aggregated" },
    ],
  });
  using project = makeProject({ "flows/f.json": flow("20_clean"), ...rawFiles(0) });
  await project.run("f");
  const orphaned = () => statusOf(project.resolve("f")).steps.flatMap((step) => step.orphaned);
  project.write({ "flows/f.json": flow("21_clean") });
  assertEquals(orphaned(), []);
  project.write({ "flows/f.json": flow("20_clean") });
  project.remove("datasets/d/20_clean");
  assertEquals(orphaned(), []);
  project.remove("datasets/d/25_resampled");
  assertEquals(orphaned(), []);
});

Deno.test("statusOf() says which folder it cannot read, and why", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  await project.run("f");
  project.remove("datasets/d/20_clean");
  project.write({ "datasets/d/20_clean": "" });
  assertThrows(() => statusOf(project.resolve("f")), MyxError, 'd/20_clean": a file stands in its place');
});
