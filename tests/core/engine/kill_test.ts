/** A run that dies loses nothing: a few of the moments that `deno task test:long` tries all of. */
import { assert, assertEquals } from "@std/assert";
import { makeProject } from "../../project.ts";
import {
  assertNoProcessLeft,
  copyProject,
  FLOW,
  killedRun,
  MAIN,
  processesOf,
  rawFiles,
  Reader,
  undisturbed,
} from "../../long/kill_project.ts";
import { killAndResume } from "../../long/kill_resume.ts";

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
  using reader = new Reader();
  for (const point of chosen) {
    using project = copyProject(before);
    project.write(corrected);
    await killAndResume(project, point, { expected, reader, options });
  }
});

Deno.test("a run that is killed takes its children with it, busy ones too", async () => {
  using project = makeProject({
    "treatments/endless/treatment.json": {
      name: "endless",
      version: "1.0.0",
      description: "Never ends.",
      input: { format: "csv" },
      output: { format: "csv" },
      params: {},
    },
    "treatments/endless/run.ts": "export function run() { for (;;); }",
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "endless", input: "00_raw", output: "out" }] },
    ...rawFiles(0),
  });
  const args = ["run", "-q", "-A", "--no-prompt", MAIN, "flow", "f", "--project", project.dir];
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
