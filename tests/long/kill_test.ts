/** Death by SIGKILL: at every fault point there is, and at random moments of the real process tree. */
import { assert, assertEquals } from "@std/assert";
import { kvLines, makeProject, type TestProject } from "../project.ts";
import {
  assertNoProcessLeft,
  copyProject,
  FLOW,
  killedRun,
  MAIN,
  rawFiles,
  Reader,
  undisturbed,
} from "./kill_project.ts";
import { assertResumes, type Goal, killAndResume } from "./kill_resume.ts";
import { DENO_RUN } from "../deno_run.ts";

/** A batch for each raw file, so that days appear before all their parts are known; one job: the same points each time. */
const OPTIONS = { jobs: 1, batchBytes: 1 };
const RANDOM_KILLS = 200;
const SEED = 5;

Deno.test("a first run that is killed at any fault point loses nothing", async () => {
  const expected = await undisturbed(rawFiles(0));
  using whole = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  const { points } = await killedRun(whole.dir, 0, OPTIONS);
  assertEquals(new Set(points), new Set(["write", "fsync", "rename", "sync-folder", "commit"]));
  using reader = new Reader();
  for (let point = 1; point <= points.length; point++) {
    using project = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
    await killAndResume(project, point, { expected, reader, options: OPTIONS });
  }
});

Deno.test("an incremental run that is killed at any fault point keeps old data whole until the new is there", async () => {
  using before = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  await before.run("f");
  const corrected = { ...rawFiles(0), ...rawFiles(1, ["b"]) };
  const expected = await undisturbed(corrected);
  const points = await pointsOf(before, (project) => project.write(corrected), OPTIONS);
  assert(points.length > 30, points.join());
  using reader = new Reader();
  for (let point = 1; point <= points.length; point++) {
    using project = copyProject(before);
    project.write(corrected);
    await killAndResume(project, point, { expected, reader, options: OPTIONS });
  }
});

Deno.test("a run that is killed at any fault point keeps a file of the old name until that of the new name is there", async () => {
  const first = rawFiles(0, ["a"]);
  using before = makeProject({ "flows/f.json": FLOW, ...first });
  await before.run("f");
  const day = { "datasets/d/00_raw/EXP_a_2026-01-23.csv": kvLines([[3 * 86_400 + 60, { m0: 7 }]]) };
  const expected = await undisturbed({ ...first, ...day });
  const points = await pointsOf(before, (project) => project.write(day), OPTIONS);
  assert(points.includes("remove"), points.join()); // The export is named by its first and last day.
  using reader = new Reader();
  for (let point = 1; point <= points.length; point++) {
    using project = copyProject(before);
    project.write(day);
    await killAndResume(project, point, { expected, reader, options: OPTIONS, mayVanish: true });
  }
});

Deno.test("a run that is killed at any fault point while it removes results ends where it would have", async () => {
  using before = makeProject({ "flows/f.json": FLOW, ...rawFiles(0) });
  await before.run("f");
  const expected = await undisturbed(rawFiles(0, ["a"]));
  const purge = (project: TestProject) => Object.keys(rawFiles(0, ["b"])).forEach(project.remove);
  const options = { ...OPTIONS, outputMode: "replace" };
  const points = await pointsOf(before, purge, options);
  assert(points.filter((point) => point === "remove").length >= 10, points.join());
  using reader = new Reader();
  for (let point = 1; point <= points.length; point++) {
    using project = copyProject(before);
    purge(project);
    await killAndResume(project, point, { expected, reader, options, mayVanish: true });
  }
});

Deno.test(`the process tree is killed at ${RANDOM_KILLS} random moments and loses nothing`, async () => {
  const random = generator(SEED);
  const versions = await Promise.all([0, 1].map(async (seed) => {
    const files = { ...rawFiles(0), ...rawFiles(seed, ["b"]) };
    return { files, expected: await undisturbed(files) };
  }));
  using before = makeProject({ "flows/f.json": FLOW, ...versions[0]!.files });
  const start = performance.now();
  assertEquals((await spawnFlow(before).status).code, 0);
  const whole = performance.now() - start;
  using reader = new Reader();
  let killed = 0;
  for (let i = 0; i < RANDOM_KILLS; i++) {
    const first = i % 4 < 2; // A first run, or one that has old data to keep.
    using project = first ? makeProject({ "flows/f.json": FLOW }) : copyProject(before);
    const { files, expected } = versions[first ? 0 : 1]!;
    const goal: Goal = { expected, reader, options: {} };
    project.write(files);
    reader.watch(project);
    const child = spawnFlow(project);
    const moment = random() * whole;
    await new Promise((resolve) => setTimeout(resolve, moment));
    try {
      Deno.kill(i % 2 ? child.pid : -child.pid, "SIGKILL");
    } catch {
      // It was done before.
    }
    if ((await child.status).signal === "SIGKILL") killed++;
    await assertNoProcessLeft(project.dir);
    await assertResumes(
      project,
      `seed ${SEED}, kill ${i}, after ${Math.round(moment)} of ${Math.round(whole)} ms`,
      goal,
    );
  }
  console.log(
    `seed ${SEED}: ${killed} of ${RANDOM_KILLS} runs were killed before they ended, a whole one took ${whole} ms`,
  );
  assert(killed > RANDOM_KILLS / 3, `only ${killed} runs were killed before they ended`);
});

/** The fault points of an undisturbed run over a copy of `before` that `change` has been made to. */
async function pointsOf(before: TestProject, change: (project: TestProject) => void, options: Record<string, unknown>) {
  using whole = copyProject(before);
  change(whole);
  const { code, points, stderr } = await killedRun(whole.dir, 0, { last: true, ...options });
  assertEquals([code, stderr], [0, ""]);
  return points;
}

/** The command line's `flow --last` as the leader of a process group of its own. */
function spawnFlow({ dir }: TestProject): Deno.ChildProcess {
  const args = [...DENO_RUN, "-A", MAIN, "flow", "f", "--project", dir, "--last", "--jobs", "2"];
  return new Deno.Command("setsid", { args: [Deno.execPath(), ...args], stdout: "null", stderr: "null" }).spawn();
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

Deno.test("a run that is killed while the ledger knows of files whose days are not published computes these days", async () => {
  // More than the ledger is told of while others are still computed.
  const project = (value: number) =>
    makeProject({
      "flows/f.json": { ...FLOW, steps: FLOW.steps.slice(0, 1) },
      ...Object.fromEntries(Array.from({ length: 520 }, (_, i) => [
        `datasets/d/00_raw/EXP_a_${String(i).padStart(3, "0")}.csv`,
        kvLines([[60_000 + 60 * i, { m0: value + i % 7 }]]),
      ])),
    });
  using killed = project(100);
  using corrected = project(200);
  await killed.run("f");
  await corrected.run("f");
  for (const name of corrected.list("datasets/d/00_raw")) {
    killed.write({ [`datasets/d/00_raw/${name}`]: corrected.read(`datasets/d/00_raw/${name}`) });
  }
  using whole = copyProject(killed);
  const { points } = await killedRun(whole.dir, 0, { last: true, jobs: 1 });
  const told = points.indexOf("commit");
  const toldAll = points.indexOf("commit", told + 1);
  const published = points.indexOf("rename", told);
  assert(toldAll < published, "the ledger was told of all files at once");
  // Publishing by itself has two on their way.
  assert(points.slice(0, published).filter((point) => point === "write").length > 2, "nothing was copied ahead");
  using reader = new Reader();
  const expected = corrected.hashes("datasets/d/10_parsed");
  for (const point of [told + 2, toldAll + 1, toldAll + 2]) {
    using project = copyProject(killed);
    await killAndResume(project, point, { expected, reader, options: { jobs: 1 } });
  }
});
