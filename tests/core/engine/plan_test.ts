import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { writeParquet } from "myx";
import type { FlowOptions } from "../../../core/engine/flow.ts";
import { printOf } from "../../../core/engine/plan.ts";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import { ownTreatment } from "./own_treatment.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

/** The raw files that are opened while `work` is done, in order. */
async function openedRaw(work: (opened: readonly string[]) => unknown): Promise<string[]> {
  const opened: string[] = [];
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    if (String(path).includes("/00_raw/")) opened.push(String(path).replace(/.*\//, ""));
    return openSync(path, options);
  };
  try {
    await work(opened);
  } finally {
    Deno.openSync = openSync;
  }
  return opened;
}

Deno.test("years of new raw files are not read before the first of them is computed", async () => {
  const text = (day: number) => kvLines([[day * 86_400, { m0: day }]]);
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...ownTreatment("parse", { pack: false }),
    ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((day) => [`datasets/d/00_raw/s_2026-01-${20 + day}.csv`, text(day)])),
  });
  const plan = () => planFlow(project.resolve("f"));
  assertEquals(await openedRaw(() => assertEquals(plan().partitions.length, 6)), []);
  // With one child no more than the two calls in flight are read before the first file is done.
  let first = 0;
  const all = await openedRaw(async (now) => {
    await project.run("f", {
      jobs: 1,
      onEvent: ({ type }) => type === "progress" && (first ||= now.length),
    });
  });
  assertEquals([...new Set(all)].length, 6);
  assert(first > 0 && first <= 3, `${first} files were read before the first was done`);
});

const FLOW = {
  name: "f",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
    { treatment: "transform", input: "20_clean", output: "30_transform" },
  ],
};
const rawFile = (day: number) => `datasets/d/00_raw/s_2026-01-${day}.csv`;
/** A row at noon of each day of January 2026. */
const rows = (...days: number[]) => kvLines(days.map((day) => [(day - 20) * 86_400 + 43_200, { m0: day }]));

function planOf(project: TestProject, options: FlowOptions) {
  return planFlow(project.resolve("f"), options);
}

Deno.test("planFlow() names the steps where more follows than can be told before the run", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20), [rawFile(21)]: rows(21) });
  const later = ["clean", "transform"];
  assertEquals(planOf(project, {}).following, later);
  assertEquals(planOf(project, { steps: ["parse", "clean"] }).following, ["clean"]);
  await project.run("f");
  assertEquals(planOf(project, { last: true }), { partitions: [], going: 0, following: [] });
  // All files of all partitions are known.
  assertEquals([planOf(project, {}).partitions.length, planOf(project, {}).following], [6, []]);
  project.remove("datasets/d/20_clean/s__bio_signal__2026-01-20.parquet");
  assertEquals(planOf(project, { last: true }).following, []);
  project.write({ [rawFile(22)]: rows(22) });
  const { partitions, following } = planOf(project, { last: true });
  assertEquals([partitions.find(({ step }) => step === "parse")?.partition, following], ["s_2026-01-22.csv", later]);
});

Deno.test("a run logs of each partition the reason that --dry-run tells before it", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20), [rawFile(21)]: rows(21) });
  await project.run("f");
  project.write({ [rawFile(21)]: rows(21, 22) });
  project.remove("datasets/d/30_transform/s__bio_signal__2026-01-20.parquet");
  const options = { last: true, steps: ["parse", "transform"] };
  const planned = planOf(project, options).partitions.map(({ step, partition, reason }) => [step, partition, reason]);
  const { run_id } = await project.run("f", options);
  const logged = project.read("myx.log").trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter((entry) => entry.run_id === run_id && entry.partition)
    .map(({ step, partition, reason }) => [step, partition, reason]);
  assertEquals(planned.length, 2);
  for (const one of planned) assert(logged.some((other) => `${other}` === `${one}`), `${one}: ${logged.join(" | ")}`);
});

Deno.test("planFlow() leaves out what is made of days that are not selected", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20, 24, 28), [rawFile(28)]: rows(28) });
  const range = { from: "2026-01-24", to: "2026-01-24" };
  assertEquals(planOf(project, range).partitions.map(({ partition, reason }) => [partition, reason]), [
    ["s_2026-01-20.csv", "new; only its rows tell its days"],
    ["s_2026-01-28.csv", "new; only its rows tell its days"],
  ]);
  await project.run("f");
  const inRange = planOf(project, { ...range, steps: ["parse", "transform"] });
  assertEquals(inRange.partitions.map(({ partition }) => partition), ["s_2026-01-20.csv", "s__bio_signal__2026-01-24"]);
  // Cleaning looks at the rows of the days beside it.
  const beside = planOf(project, range).partitions.filter(({ step }) => step === "clean");
  assertEquals(beside.map(({ reason }) => reason), Array(3).fill("changed input s__bio_signal__2026-01-24.parquet"));
});

Deno.test("planFlow() counts files that replace would remove, and names the steps where more follows", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20, 21), [rawFile(24)]: rows(21, 24) });
  await project.run("f");
  project.remove(rawFile(20));
  const nothing = { partitions: [], going: 0, following: [] };
  assertEquals(planOf(project, { last: true }), nothing);
  const replace = { last: true, outputMode: "replace" } as const;
  const { partitions, ...rest } = planOf(project, { ...replace, steps: ["parse", "clean"] });
  assertEquals(partitions.filter(({ step }) => step === "parse").map(({ partition }) => partition), [
    "s_2026-01-24.csv",
  ]);
  assertEquals(rest, { going: 1, following: ["clean"] });
  assertEquals(planOf(project, { ...replace, from: "2026-01-25" }), nothing);
  await project.run("f", replace);
  assertEquals(project.list("datasets/d/10_parsed").length, 2);
  assertEquals(planOf(project, replace), nothing);
});

Deno.test("a run on some days with --last finds nothing to do once those are there, whatever others raw files have", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20, 21) });
  const later = { last: true, from: "2026-01-21" } as const;
  assertEquals((await project.run("f", later)).status, "success");
  assertEquals(planOf(project, later).partitions, []);
  assertEquals((await project.run("f", later)).status, "up-to-date");
  project.remove("datasets/d/10_parsed/s__bio_signal__2026-01-21.parquet");
  assertEquals(planOf(project, later).partitions.map(({ step }) => step), ["parse"]);
  assertEquals((await project.run("f", later)).status, "success");
  assertEquals((await project.run("f", { last: true })).status, "success");
  assertEquals(project.list("datasets/d/30_transform").length, 2);
});

Deno.test("planFlow() counts what replace removes because no run that is known has made it", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20, 21) });
  await project.run("f");
  const stray = (name: string) => `datasets/d/20_clean/${name}.parquet`;
  const made = Deno.readFileSync(`${project.dir}/${stray("s__bio_signal__2026-01-20")}`);
  project.write({ [stray("s__bio_signal__2026-01-25")]: made, [stray("other")]: made });
  await project.run("f", { last: true });
  const goingOf = (options: FlowOptions) => planOf(project, { last: true, ...options, steps: ["clean"] }).going;
  assertEquals(goingOf({}), 0);
  assertEquals(goingOf({ outputMode: "replace" }), 1);
  assertEquals(goingOf({ outputMode: "replace", to: "2026-01-24" }), 0);
  assertEquals(goingOf({ outputMode: "full-replace" }), 2);
  await project.run("f", { last: true, outputMode: "replace", steps: ["clean"] });
  assertEquals(project.list("datasets/d/20_clean").length, 3);
  Deno.removeSync(`${project.dir}/datasets/d/.myx`, { recursive: true });
  // Which of them are made again only a run can tell.
  assertEquals(goingOf({ outputMode: "full-replace" }), 0);
});

Deno.test("a run tells of files that a raw folder holds beside raw files, one or more", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [rawFile(20)]: rows(20), "datasets/d/00_raw/a.txt": "" });
  // Whatever lies beside the results of a step is nobody's raw file.
  project.write({ "datasets/d/10_parsed/notes.txt": "" });
  const warnings = async () => (await project.run("f", { last: true })).steps.flatMap(({ warnings }) => warnings);
  const why = "only files whose names end in .csv or .csv.gz are read";
  assertEquals(await warnings(), [`"a.txt" is left out: ${why}`]);
  project.write({ "datasets/d/00_raw/b.txt": "" });
  assertEquals(await warnings(), [`"a.txt" and 1 more are left out: ${why}`]);
  project.remove("datasets/d/00_raw/a.txt");
  project.remove("datasets/d/00_raw/b.txt");
  project.write({ "datasets/d/00_raw/photos/a.jpg": "", "datasets/d/00_raw/january/a.csv": "" });
  assertEquals(await warnings(), ['The csv files in folder "january" are left out: only those beside it are read']);
  project.write({ "datasets/d/00_raw/february/a.csv": "", "datasets/d/00_raw/march/a.csv": "" });
  const { readDirSync } = Deno;
  const read: string[] = [];
  Deno.readDirSync = (path) => (read.push(`${path}`), readDirSync(path));
  try {
    assertEquals(await warnings(), ['The csv files in folder "february" are left out: only those beside it are read']);
  } finally {
    Deno.readDirSync = readDirSync;
  }
  // One is enough to tell.
  assertEquals(read.filter((path) => /00_raw./.test(path)), [`${project.dir}/datasets/d/00_raw/february`]);
});

Deno.test("a call is told what the names of its files tell, also where each file is a partition", async () => {
  const tell = `export function run(_input, output, _params, { files }) {
    const [{ name, source, domain, day, window }] = files;
    Deno.writeTextFileSync(output + "/" + name + ".csv", JSON.stringify([source, domain, day, window]));
  }`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "tell", input: "40_in", output: "50_out" }] },
    ...treatmentWith("tell", tell, { input: { format: "parquet" }, partition: ["file"] }),
  });
  Deno.mkdirSync(`${project.dir}/datasets/d/40_in`, { recursive: true });
  for (const name of ["s__bio__2026-01-20__1h", "t__bio__2026-01-21", "other"]) {
    writeParquet(`${project.dir}/datasets/d/40_in/${name}.parquet`, { ts: new Float64Array(1), columns: [] });
  }
  await project.run("f");
  const told = project.list("datasets/d/50_out").map((name) => JSON.parse(project.read(`datasets/d/50_out/${name}`)));
  assertEquals(told, [
    [null, null, null, null],
    ["s", "bio", "2026-01-20", "1h"],
    ["t", "bio", "2026-01-21", null],
  ]);
});

Deno.test("a last line without its end is read an hour after its file came, where a clock that is ahead dated it", async () => {
  const path = "datasets/d/00_raw/EXP_a.csv";
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    [path]: kvLines([[86_400, { m0: 1 }], [86_460, { m0: 2 }]]).trimEnd(),
  });
  const ahead = new Date(Date.now() + 20 * 365 * 86_400_000);
  Deno.utimeSync(`${project.dir}/${path}`, ahead, ahead);
  const parse = async (hours: number) =>
    (await project.run("f", { last: true, now: Date.now() + hours * 3.6e6 })).steps[0]!;
  assertEquals((await parse(0.5)).metrics.pending, 1);
  assertEquals((await parse(1.1)).metrics.accepted, 2);
});

Deno.test("what a user's treatment counts as pending in files that are whole does not make it stale for ever", async () => {
  for (const partition of [["file"], []]) {
    const code = 'export function run(_in, _out, _params, context) { context.metric("pending", 1); }';
    using project = makeProject({
      "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "wait", input: "00_raw", output: "10_wait" }] },
      "datasets/d/00_raw/EXP_a.csv": "a\n",
      ...treatmentWith("wait", code, { partition }),
    });
    const computed = async (hours: number) => {
      const { steps: [step] } = await project.run("f", { last: true, now: Date.now() + hours * 3.6e6 });
      return step!.partitions.computed;
    };
    assertEquals([await computed(0), await computed(0.5), await computed(2), await computed(3)], [1, 0, 1, 0]);
  }
});

Deno.test("rejects that a user's treatment only counts are not missed among the files of rejects", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "count", input: "00_raw", output: "10_count" }] },
    "datasets/d/00_raw/EXP_a.csv": "a\n",
    ...treatmentWith("count", 'export function run(_in, _out, _params, context) { context.metric("reject:odd", 2); }'),
  });
  assertEquals((await project.run("f")).steps[0]!.metrics, { "reject:odd": 2 });
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
  assertEquals((await project.run("f", { last: true, strict: true })).exit_code, 0);
});

Deno.test("printOf() tells a file with a pending line from the same file with that line read", () => {
  const print = (pending: number) => printOf({ code: "c", params: "p", inputs: "{}", metrics: { lines: 2, pending } });
  assertNotEquals(print(1), print(0));
});
