/** A run that dies loses nothing: a few of the moments that `deno task test:long` tries all of. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readParquet } from "myx";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import {
  assertNoProcessLeft,
  copyProject,
  FLOW,
  FOLDERS,
  killedRun,
  MAIN,
  processesOf,
  rawFiles,
  Reader,
  undisturbed,
} from "../../long/kill_project.ts";
import { killAndResume } from "../../long/kill_resume.ts";
import { DENO_RUN } from "../../deno_run.ts";

Deno.test("a run that is killed at a fault point keeps old data whole, and the next one ends where it would have", async () => {
  using before = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  await before.run("f");
  const corrected = { ...rawFiles(0), ...rawFiles(1, ["b"]) };
  const expected = await undisturbed(corrected);
  const options = { jobs: 1, batchBytes: 1 };
  using whole = copyProject(before);
  whole.write(corrected);
  const { points } = await killedRun(whole.dir, 0, { last: true, ...options });
  // One of each kind, from all over the run.
  const kinds = ["write", "fsync", "rename", "sync-folder", "commit"];
  const chosen = kinds.map((kind, i) => {
    const all = [...points.keys()].filter((at) => points[at] === kind);
    return 1 + all[Math.floor(all.length * (i + 1) / (kinds.length + 1))]!;
  });
  // And between the ledger's knowing of new parts and their being published.
  chosen.push(points.indexOf("commit") + 2);
  using reader = new Reader();
  for (const point of chosen) {
    using project = copyProject(before);
    project.write(corrected);
    await killAndResume(project, point, { expected, reader, options });
  }
});

Deno.test("a run that ends between two steps leaves the next one to see what changed beyond a midnight", async () => {
  // The first rows of the second day are filled from the last value of the first.
  const days = (last: number) => ({
    "datasets/d/00_raw/EXP_a_2026-01-20.csv": kvLines([[86_000, { m0: 50 }], [86_280, { m0: last }]]),
    "datasets/d/00_raw/EXP_a_2026-01-21.csv": kvLines([[86_640, { m0: 60 }], [86_700, { m0: 61 }]]),
  });
  using project = makeProject({ "flows/f.json": FLOW, ...days(51) });
  await project.run("f");
  project.write(days(52));
  await project.run("f", { last: true, steps: ["parse", "clean"] });
  await project.run("f", { last: true });
  const expected = await undisturbed(days(52));
  assertEquals(project.hashes(...FOLDERS), expected);
  // And the last minute of the first day because there is a second one.
  const first = readParquet(`${project.dir}/datasets/d/25_resampled/EXP_a__bio_signal__2026-01-20.parquet`);
  assertEquals(first.ts.at(-1), Date.UTC(2026, 0, 20, 23, 59) * 1000);
  const second = Object.entries(expected).filter(([path]) => path.includes("25_resampled") && path.includes("01-21"));
  assertNotEquals(second, Object.entries(await undisturbed(days(51))).filter(([path]) => path === second[0]![0]));
});

Deno.test("a run that is killed takes its children with it, busy ones too", async () => {
  using project = makeProject({
    ...treatmentWith("endless", "export function run() { for (;;); }"),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "endless", input: "00_raw", output: "out" }] },
    ...rawFiles(0),
  });
  const args = [...DENO_RUN, "-A", MAIN, "flow", "f", "--project", project.dir];
  const main = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).spawn();
  const busy = () => processesOf(project.dir).filter((process) => process.includes("--allow-read"));
  for (let tries = 0; !busy().length && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert(busy().length, "no child was ever there");
  main.kill("SIGKILL");
  assertEquals((await main.status).signal, "SIGKILL");
  try {
    await assertNoProcessLeft(project.dir, 3000);
  } finally {
    for (const process of processesOf(project.dir)) Deno.kill(parseInt(process), "SIGKILL");
  }
});
