/** What a run must not lose, forget or take for fresh: one test for each way it once did. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { findFlow, openProject } from "../../../core/contract/project.ts";
import { resolveFlow } from "../../../core/contract/resolve.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import { readParquet } from "myx";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

const PARSE = { treatment: "parse", input: "00_raw", output: "10_parsed" };
const CLEAN = { treatment: "clean", input: "10_parsed", output: "20_clean" };
const FLOW = { name: "f", dataset: "d", steps: [PARSE, CLEAN] };
const DAY = 86_400;
const [RAW, PARSED, CLEANED] = ["00_raw", "10_parsed", "20_clean"].map((name) => `datasets/d/${name}`) as [
  string,
  string,
  string,
];
const DAY_20 = `${PARSED}/EXP_a__bio_signal__2026-01-20.parquet`;

/** `count` rows, one a minute, from `start` seconds on. */
const rows = (start: number, count: number) =>
  kvLines(Array.from({ length: count }, (_, i) => [start + 60 * i, { m0: 100 + i }]));

function rowsOf(project: TestProject, path: string): number {
  return readParquet(`${project.dir}/${path}`).ts.length;
}

const UTF_16 = new Uint8Array(Uint16Array.from("\ufeff" + rows(0, 3), (char) => char.charCodeAt(0)).buffer);

const FAILING = {
  name: "clean",
  version: "1.0.0",
  description: "Fails on one day",
  input: { format: "parquet" },
  output: { format: "parquet" },
  partition: ["source", "domain", "day"],
};
const failingOn = (day: string) => ({
  "treatments/clean/treatment.json": FAILING,
  "treatments/clean/run.ts": `import { readParquet, writeParquet } from "myx";
    export function run(_in, out, _params, context) {
      if (context.partition.day === "${day}") throw new Error("boom");
      for (const file of context.files) writeParquet(out + "/" + file.name, readParquet(file.path));
    }`,
});

Deno.test("a raw file that fails does not shrink a day that no ledger explains", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20),
    [`${RAW}/EXP_a_2026-01-21.csv`]: rows(20 * 60, 1),
  });
  await project.run("f");
  assertEquals(rowsOf(project, DAY_20), 21);
  project.remove("datasets/d/.myx");
  project.write({ [`${RAW}/EXP_a_2026-01-21.csv`]: UTF_16 });
  const report = await project.run("f", { last: true, batchBytes: 1 });
  assertEquals([report.exit_code, rowsOf(project, DAY_20)], [1, 21]);
  assertStringIncludes(
    report.steps[0]!.warnings.join(),
    "is kept as it is: a file that failed may have had rows of it",
  );
  assertEquals(report.steps[1]!.partitions, { ...report.steps[1]!.partitions, computed: 0, blocked: 1 });
});

Deno.test("a raw file that can no longer be read is told of once, and what was made of it stays", async () => {
  const name = "EXP_a_2026-01-20.csv";
  using project = makeProject({ "flows/f.json": { ...FLOW, steps: [PARSE] }, [`${RAW}/${name}`]: rows(0, 20) });
  await project.run("f");
  project.write({ [`${RAW}/${name}`]: UTF_16 });
  const { exit_code, steps: [parse] } = await project.run("f", { last: true });
  assertEquals([exit_code, parse!.partitions.failed, rowsOf(project, DAY_20)], [1, 1, 20]);
  assertEquals(parse!.errors.map(({ partition }) => partition), [name]);
});

Deno.test("a day that cannot be published holds back what would lack it beyond a midnight", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20) });
  Deno.mkdirSync(`${project.dir}/${DAY_20}`, { recursive: true });
  const { exit_code, steps } = await project.run("f");
  assertEquals([exit_code, steps[1]!.partitions.blocked, project.list(CLEANED)], [1, 1, []]);
  assertEquals(steps[0]!.errors.map(({ partition }) => `${PARSED}/${partition}`), [DAY_20]);
  project.remove(DAY_20);
  await project.run("f", { last: true });
  const before = project.hashes(CLEANED);
  assertEquals(Object.keys(before).length, 2);
  // And what was made of it before stays.
  project.remove(DAY_20);
  Deno.mkdirSync(`${project.dir}/${DAY_20}`);
  assertEquals((await project.run("f", { outputMode: "replace" })).exit_code, 1);
  assertEquals(project.hashes(CLEANED), before);
});

Deno.test("what selected days change beyond a midnight is made anew with them", async () => {
  const files = (value: number) => ({
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 10),
    [`${RAW}/EXP_a_2026-01-21.csv`]: kvLines([[DAY, { m0: value }], [DAY + 60, { m0: 7 }]]),
  });
  using project = makeProject({ "flows/f.json": FLOW, ...files(1) });
  await project.run("f");
  project.write(files(2));
  const { steps } = await project.run("f", { last: true, from: "2026-01-21", to: "2026-01-21" });
  assertEquals(steps.map(({ partitions }) => partitions.computed), [1, 2]);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
});

Deno.test("append keeps what was made of several files while one of them was taken away by hand", async () => {
  const code = `export function run(_in, out, _params, { files, partition }) {
    Deno.writeTextFileSync(out + "/" + partition.source + ".csv", String(files.length));
  }`;
  const declared = { input: { format: "parquet" }, output: { format: "csv" }, partition: ["source"] };
  using project = makeProject({
    "flows/f.json": { ...FLOW, steps: [PARSE, { treatment: "days", input: "10_parsed", output: "60_days" }] },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    [`${RAW}/EXP_a_2026-01-21.csv`]: rows(DAY, 2),
    ...treatmentWith("days", code, declared),
  });
  await project.run("f");
  for (const path of [`${RAW}/EXP_a_2026-01-21.csv`, DAY_20.replace("20.p", "21.p")]) project.remove(path);
  // The other one the step before removes.
  project.write({ [`${RAW}/EXP_a_2026-01-20.csv`]: "broken\n" });
  await project.run("f", { last: true });
  assertEquals([project.list(PARSED), project.read("datasets/d/60_days/EXP_a.csv")], [[], "2"]);
});

Deno.test("replace with a range takes a vanished file's rows out of that range alone", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20),
    [`${RAW}/EXP_b_2026-01-20.csv`]: rows(0, 3),
  });
  await project.run("f");
  project.remove(`${RAW}/EXP_a_2026-01-20.csv`);
  await project.run("f", { last: true, outputMode: "replace", from: "2026-01-20", to: "2026-01-20" });
  const left = ["EXP_a__bio_signal__2026-01-21.parquet", "EXP_b__bio_signal__2026-01-20.parquet"];
  assertEquals([project.list(PARSED), project.list(CLEANED)], [left, left]);
  await project.run("f", { last: true, outputMode: "replace" });
  assertEquals([project.list(PARSED), project.list(CLEANED)], [left.slice(1), left.slice(1)]);
});

Deno.test("append warns, each time, of new rows for a day whose other file is gone, and makes the day anew if it is gone too", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20) });
  await project.run("f");
  project.remove(`${RAW}/EXP_a_2026-01-20.csv`);
  project.write({ [`${RAW}/EXP_a_2026-01-20_v2.csv`]: rows(0, 30) });
  for (let i = 0; i < 2; i++) {
    const report = await project.run("f", { last: true });
    assertStringIncludes(report.steps[0]!.warnings.join(), "is kept as it is");
    assertEquals(rowsOf(project, DAY_20), 20);
  }
  project.remove(DAY_20);
  await project.run("f", { last: true });
  assertEquals(rowsOf(project, DAY_20), 30);
});

Deno.test("what a failed partition should have made is not taken for gone by replace", async () => {
  for (const outputMode of ["replace", "full-replace"] as const) {
    using project = makeProject({
      "flows/f.json": {
        ...FLOW,
        steps: [PARSE, CLEAN, {
          treatment: "resample",
          input: "20_clean",
          output: "25_resampled",
          params: { freq: "60s" },
        }],
      },
      [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20),
    });
    await project.run("f");
    const before = project.hashes(PARSED, "datasets/d/25_resampled");
    project.write(failingOn("2026-01-21"));
    project.remove(`${CLEANED}/EXP_a__bio_signal__2026-01-21.parquet`);
    const report = await project.run("f", { outputMode });
    assertEquals([report.exit_code, report.steps[2]!.partitions.blocked > 0], [1, true]);
    assertEquals(project.hashes(PARSED, "datasets/d/25_resampled"), before);
  }
});

Deno.test("a partition that fails the first time holds back what would lack it, and nothing else", async () => {
  using project = makeProject({
    "flows/f.json": {
      ...FLOW,
      steps: [
        PARSE,
        CLEAN,
        { treatment: "resample", input: "20_clean", output: "25_resampled", params: { freq: "10s" } },
        { treatment: "aggregate", input: "25_resampled", output: "40_aggregated", params: { windows: ["10s"] } },
        { treatment: "exportnour", input: "40_aggregated", output: "61_exportnour" },
      ],
    },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20),
    [`${RAW}/EXP_b_2026-01-20.csv`]: rows(0, 20),
    ...failingOn("2026-01-21"),
  });
  const report = await project.run("f");
  // The day before the failed one would have had it as halo.
  assertEquals([report.steps[2]!.partitions.blocked, report.steps[4]!.partitions.computed, report.exit_code], [
    1,
    1,
    1,
  ]);
  assertEquals(project.list("datasets/d/61_exportnour").map((name) => name.slice(0, 5)), ["EXP_b"]);
});

Deno.test("a day that fails the first time holds back the days beside it, however the next step cuts them", async () => {
  const declared = (...partition: string[]) => ({ input: { format: "parquet" }, partition, halo: { seconds: [60] } });
  const list = `export function run(_dir, out, _params, { files, partition }) {
    Deno.writeTextFileSync(out + "/" + partition.day + ".csv", files.map(({ name }) => name + "\\n").join(""));
  }`;
  using project = makeProject({
    "flows/f.json": {
      ...FLOW,
      steps: [
        PARSE,
        CLEAN,
        { treatment: "by_source", input: "20_clean", output: "30_by_source" },
        { treatment: "by_day", input: "20_clean", output: "31_by_day" },
      ],
    },
    ...treatmentWith("by_source", list, declared("source", "day")),
    ...treatmentWith("by_day", list, declared("day")),
    [`${RAW}/EXP_a_2026-01-20.csv`]: [0, 1, 2, 3].map((day) => rows(day * DAY, 20)).join(""),
    ...failingOn("2026-01-21"),
  });
  await project.run("f");
  // What the days before and after it would have read of it was not there.
  assertEquals(project.list("datasets/d/30_by_source"), ["2026-01-23.csv"]);
  assertEquals(project.list("datasets/d/31_by_day"), ["2026-01-23.csv"]);
});

Deno.test("a link in a treatment's code is refused: what it points to could change unnoticed", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    "treatments/clean/treatment.json": FAILING,
    "shared/run.ts": "export function run() {}\n",
  });
  Deno.symlinkSync(`${project.dir}/shared/run.ts`, `${project.dir}/treatments/clean/run.ts`);
  const { exit_code, steps } = await project.run("f");
  assertEquals([exit_code, ...steps.slice(0, 2).map(({ status }) => status)], [1, "success", "error"]);
  assertStringIncludes(steps[1]!.errors[0]!.message, '"run.ts" is a link or a device');
  assertEquals(project.list("datasets/d/20_clean"), []);
  const resolved = resolveFlow(openProject(project.dir), findFlow(openProject(project.dir), "f"), {
    now: Temporal.Now.instant(),
  });
  assertThrows(() => planFlow(resolved), UsageError, '"run.ts" is a link or a device');
});

Deno.test("a bound that moves with the clock leaves files without stamps and days inside it fresh", async () => {
  using project = makeProject({
    "flows/f.json": { ...FLOW, params: { from: "{NOW-3000d}" } },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20),
    [`${RAW}/blank.csv`]: "\n\n",
    [`${RAW}/header.csv`]: "time;m0\n",
  });
  await project.run("f");
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
});

Deno.test("a file whose name has an impossible date is left out with a warning", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    [`${PARSED}/A__bio_signal__2026-13-45.parquet`]: "x",
  });
  const report = await project.run("f");
  assertEquals(report.exit_code, 0);
  assertStringIncludes(report.steps[1]!.warnings.join(), "2026-13-45");
});

Deno.test("two first runs on disjoint steps wait for the ledger instead of failing", async () => {
  for (let i = 0; i < 3; i++) {
    using project = makeProject({
      "flows/f.json": { ...FLOW, steps: [PARSE] },
      "flows/g.json": { ...FLOW, name: "g", steps: [{ ...PARSE, output: "11_parsed" }] },
      [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20),
    });
    const reports = await Promise.all([project.run("f"), project.run("g")]);
    assertEquals(reports.map(({ exit_code }) => exit_code), [0, 0]);
  }
});

Deno.test("a second writer of a folder ends with code 3, by whatever root it comes", async () => {
  using project = makeProject({
    "flows/f.json": { ...FLOW, steps: [PARSE] },
    "flows/g.json": { name: "g", steps: [{ ...PARSE, input: RAW, output: PARSED }] },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20),
  });
  const first = await lockFolder(`${project.dir}/${PARSED}`, { command: "myx" });
  for (const flow of ["f", "g"]) {
    const error = await assertRejects(() => project.run(flow), Error, "has had it for");
    assertEquals((error as unknown as { exitCode: number }).exitCode, 3);
  }
  const second = project.run("g", { wait: true });
  first.close();
  assertEquals((await second).exit_code, 0);
});

Deno.test("a ledger damaged behind its first pages is set aside, too", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 6000, 200) });
  await project.run("f");
  const before = project.hashes(PARSED, CLEANED);
  const path = `${project.dir}/datasets/d/.myx/state.sqlite`;
  const bytes = Deno.readFileSync(path);
  assert(bytes.length > 3 * 4096);
  bytes.fill(0x5a, 2 * 4096);
  Deno.writeFileSync(path, bytes);
  assertEquals((await project.run("f", { last: true })).exit_code, 0);
  assertEquals(project.hashes(PARSED, CLEANED), before);
  assert([...Deno.readDirSync(`${project.dir}/datasets/d/.myx`)].some(({ name }) => name.includes("damaged")));
});

Deno.test("rows and files count once however many batches publish them", async () => {
  const files = Array.from({ length: 12 }, (_, i) => [`${RAW}/EXP_a_2026-01-20_${i + 10}.csv`, rows(60 * i, 1)]);
  using project = makeProject({ "flows/f.json": FLOW, ...Object.fromEntries(files) });
  const { steps: [parse] } = await project.run("f", { batchBytes: 1 });
  assertEquals([parse!.files.written, parse!.rows_out, parse!.partitions.computed], [1, 12, 12]);
});

Deno.test("names may move from one partition to another in one run", async () => {
  const treatment = (shift: number) =>
    `import { addDays, formatFileName, readParquet, writeParquet } from "myx";
    export function run(_in, out, _params, context) {
      for (const file of context.files) {
        const day = addDays(file.day, ${shift});
        writeParquet(out + "/" + formatFileName({ ...file, day }), readParquet(file.path));
      }
    }`;
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20) + rows(2 * DAY, 3) + rows(3 * DAY, 3),
    "treatments/clean/treatment.json": FAILING,
    "treatments/clean/run.ts": treatment(0),
  });
  await project.run("f");
  project.write({ "treatments/clean/run.ts": treatment(1) });
  const report = await project.run("f", { last: true });
  assertEquals([report.exit_code, project.list(CLEANED).length], [0, 4]);
  assertEquals(project.list(CLEANED)[0], "EXP_a__bio_signal__2026-01-21.parquet");
});

Deno.test("a day keeps what it holds while a file with rows of it fails, though another has new rows of it", async () => {
  const [a, b] = ["datasets/d/00_raw/s_2026-01-20.csv", "datasets/d/00_raw/s_2026-01-21.csv"];
  const line = (second: number) => kvLines([[second, { m0: second }]]);
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [PARSE] },
    [a]: line(1),
    [b]: line(2),
  });
  await project.run("f");
  const before = project.hashes("datasets/d/10_parsed");
  project.write({ [a]: new Uint8Array([255, 254, 97, 0, 10, 0]), [b]: line(2) + line(3) });
  const { exit_code, steps } = await project.run("f", { last: true });
  assertEquals([exit_code, steps[0]!.errors.map(({ partition }) => partition)], [1, ["s_2026-01-20.csv"]]);
  assertEquals(project.hashes("datasets/d/10_parsed"), before);
});
