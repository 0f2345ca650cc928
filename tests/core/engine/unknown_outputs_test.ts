/** Outputs that the ledger does not know: after it was lost, or from a run that was killed before it told. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readParquet } from "myx";
import { verifyFlow } from "../../../core/engine/verify.ts";
import { kvLines, makeProject, type TestProject } from "../../project.ts";

const FLOW = {
  name: "f",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
  ],
};
const [RAW, PARSED, CLEANED] = ["00_raw", "10_parsed", "20_clean"].map((name) => `datasets/d/${name}`) as [
  string,
  string,
  string,
];
const DAY = 86_400;
const [DAY_20, DAY_21] = ["2026-01-20", "2026-01-21"].map((day) => `EXP_a__bio_signal__${day}.parquet`) as [
  string,
  string,
];
const rows = (start: number, count: number, key = "m0") =>
  kvLines(Array.from({ length: count }, (_, i) => [start + 60 * i, { [key]: 100 + i }]));

function loseLedger({ dir }: TestProject): void {
  const state = `${dir}/datasets/d/.myx`;
  for (const { name } of Deno.readDirSync(state)) {
    if (name.startsWith("state.sqlite")) Deno.removeSync(`${state}/${name}`);
  }
}

const count = ({ dir }: TestProject, path: string) => readParquet(`${dir}/${path}`).ts.length;
const faults = (project: TestProject) => verifyFlow(project.resolve("f")).faults;

for (
  const [what, first, second] of [["rows", rows(DAY - 60, 2), rows(DAY + 600, 1)], [
    "a row of equal time",
    rows(DAY, 1, "m1"),
    rows(DAY, 1),
  ]] as const
) {
  Deno.test(`without its ledger, append keeps a day that has ${what} of a raw file which is gone`, async () => {
    using project = makeProject({
      "flows/f.json": FLOW,
      [`${RAW}/EXP_a_2026-01-20.csv`]: first,
      [`${RAW}/EXP_a_2026-01-21.csv`]: second,
    });
    await project.run("f");
    const before = project.hashes(PARSED, CLEANED);
    project.remove(`${RAW}/EXP_a_2026-01-20.csv`);
    loseLedger(project);
    for (const computed of [1, 0]) {
      const report = await project.run("f", { last: true });
      assertEquals([report.exit_code, report.steps[0]!.partitions.computed], [0, computed]);
      assertStringIncludes(report.steps[0]!.warnings.join(), `"${DAY_21}" is kept as it is`);
      assertEquals(project.hashes(PARSED, CLEANED), before);
    }
    await project.run("f", { last: true, outputMode: "replace" });
    const { columns, ts } = readParquet(`${project.dir}/${PARSED}/${DAY_21}`);
    assertEquals([columns.map(({ name }) => name), ts.length], [["m0"], 1]);
    assertEquals(project.list(CLEANED), [DAY_21]);
  });
}

/** A project of which two raw files have rows of one day, run once. */
async function sharedDay(): Promise<TestProject> {
  const project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY, 2),
    [`${RAW}/EXP_a_2026-01-21.csv`]: rows(DAY + 600, 1),
  });
  await project.run("f");
  return project;
}

Deno.test("without its ledger, append keeps a day of a raw file which is gone, also when no other has rows of it any more", async () => {
  using project = await sharedDay();
  const before = project.hashes(PARSED);
  project.remove(`${RAW}/EXP_a_2026-01-20.csv`);
  loseLedger(project);
  await project.run("f", { last: true });
  project.write({ [`${RAW}/EXP_a_2026-01-21.csv`]: rows(0, 1) });
  await project.run("f", { last: true });
  assertEquals(project.list(PARSED), [DAY_20, DAY_21]);
  assertEquals(project.hashes(PARSED)[`${PARSED}/${DAY_21}`], before[`${PARSED}/${DAY_21}`]);
});

Deno.test("without its ledger, replace makes a day without a raw file which is gone", async () => {
  using project = await sharedDay();
  project.remove(`${RAW}/EXP_a_2026-01-20.csv`);
  loseLedger(project);
  await project.run("f", { last: true, outputMode: "replace" });
  assertEquals([count(project, `${PARSED}/${DAY_21}`), count(project, `${CLEANED}/${DAY_21}`)], [1, 1]);
});

Deno.test("without its ledger, replace keeps the days of a raw file that fails", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    [`${RAW}/EXP_a_2026-01-21.csv`]: rows(DAY, 2),
  });
  await project.run("f");
  const before = project.hashes(PARSED, CLEANED);
  loseLedger(project);
  project.write({ [`${RAW}/EXP_a_2026-01-21.csv`]: Uint8Array.of(0xff, 0xfe, 0x20, 0) });
  for (const outputMode of ["replace", "full-replace"] as const) {
    const { exit_code } = await project.run("f", { outputMode });
    assertEquals([exit_code, project.hashes(PARSED, CLEANED)], [1, before]);
  }
});

Deno.test("without its ledger, append takes new rows of a day whose raw files are all there", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 20) });
  await project.run("f");
  loseLedger(project);
  project.write({ [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 30) });
  assertEquals((await project.run("f", { last: true })).steps.flatMap(({ warnings }) => warnings), []);
  assertEquals([count(project, `${PARSED}/${DAY_20}`), count(project, `${CLEANED}/${DAY_20}`)], [30, 30]);
});

Deno.test("what no run recorded stays with append, is told by verify, and goes with replace from the days selected", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 60, 2) });
  await project.run("f");
  const before = project.hashes(PARSED, CLEANED);
  const ghosts = ["2026-01-20", "2026-01-21"].map((day) => `EXP_b__bio_signal__${day}.parquet`);
  for (const [i, ghost] of ghosts.entries()) {
    Deno.copyFileSync(`${project.dir}/${PARSED}/${[DAY_20, DAY_21][i]}`, `${project.dir}/${PARSED}/${ghost}`);
  }
  project.write({ [`${PARSED}/notes.txt`]: "mine", [`${PARSED}/own.parquet`]: "mine" });
  await project.run("f", { last: true });
  assertEquals(project.list(CLEANED).length, 4);
  const unknown = faults(project).filter(({ fault }) => fault.includes("no run"));
  assertEquals(
    unknown.map(({ step, name }) => [step, name]),
    [...ghosts, "own.parquet"].map((name) => ["parse", name]),
  );
  await project.run("f", { outputMode: "full-replace", from: "2026-01-21", to: "2026-01-21" });
  assertEquals(project.list(PARSED), [DAY_20, DAY_21, ghosts[0]!, "notes.txt", "own.parquet"]);
  Deno.copyFileSync(`${project.dir}/${PARSED}/${DAY_21}`, `${project.dir}/${PARSED}/${ghosts[1]}`);
  await project.run("f", { last: true, outputMode: "replace", from: "2026-01-21", to: "2026-01-21" });
  assertEquals([project.list(PARSED).includes(ghosts[0]!), project.list(PARSED).includes(ghosts[1]!)], [true, false]);
  await project.run("f", { last: true, outputMode: "replace" });
  assertEquals(project.list(CLEANED), [DAY_20, DAY_21]);
  assertEquals(project.list(PARSED), [DAY_20, DAY_21, "notes.txt", "own.parquet"]);
  for (const name of ["notes.txt", "own.parquet"]) project.remove(`${PARSED}/${name}`);
  assertEquals(project.hashes(PARSED, CLEANED), before);
  assertEquals(faults(project), []);
});

Deno.test("without its ledger, days that are selected are computed, and no others are blamed on files that failed", async () => {
  const raw = { [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 60, 2) + rows(2 * DAY, 1) };
  using project = makeProject({ "flows/f.json": FLOW, ...raw });
  await project.run("f");
  const before = project.hashes(PARSED, CLEANED);
  loseLedger(project);
  const { exit_code, steps } = await project.run("f", { from: "2026-01-21", to: "2026-01-21" });
  assertEquals([exit_code, steps.flatMap(({ warnings }) => warnings)], [0, []]);
  assertEquals(steps.map(({ partitions }) => [partitions.computed, partitions.blocked]), [[1, 0], [1, 0]]);
  await project.run("f", { last: true });
  assertEquals(project.hashes(PARSED, CLEANED), before);
});

Deno.test("replace keeps to the days selected where results are CSV, too, known or not", async () => {
  const [inputs, results] = ["datasets/d/10_parsed", "datasets/d/70_csv"];
  using project = makeProject({
    "flows/f.json": FLOW,
    "flows/csv.json": {
      name: "csv",
      dataset: "d",
      steps: [{ treatment: "parquet_to_csv", input: "10_parsed", output: "70_csv" }],
    },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 60, 2) + rows(2 * DAY, 1),
  });
  await project.run("f");
  const range = { last: true, outputMode: "replace", from: "2026-01-21", to: "2026-01-21" } as const;
  for (const lose of [() => {}, loseLedger]) {
    await project.run("csv");
    assertEquals(project.list(results).length, 3);
    for (const name of [DAY_20, DAY_21]) project.remove(`${inputs}/${name}`);
    lose(project);
    await project.run("csv", range);
    const days = () => project.list(results).map((name) => name.slice(-14, -4));
    assertEquals(days(), ["2026-01-20", "2026-01-22"]);
    await project.run("csv", { last: true, outputMode: "replace" });
    assertEquals(days(), ["2026-01-22"]);
    await project.run("f", { last: true });
  }
});

Deno.test("replace removes rejects of a raw file that is gone, without its ledger, too, and append keeps them", async () => {
  const files = ["20", "21"].map((day) => `EXP_a_2026-01-${day}.csv`);
  using project = makeProject({
    "flows/f.json": FLOW,
    // That the first is gone nothing shows but its rejects.
    ...Object.fromEntries(files.map((name, i) => [`${RAW}/${name}`, rows(DAY, i) + "broken\n"])),
  });
  await project.run("f");
  project.write({ [`${PARSED}/_rejects/why.txt`]: "The logger was wet" });
  project.remove(`${RAW}/${files[0]}`);
  loseLedger(project);
  // Rejects are of no day.
  await project.run("f", { outputMode: "replace", from: "2026-01-21", to: "2026-01-21" });
  assertEquals(project.list(`${PARSED}/_rejects`), [...files.map((name) => `${name}.jsonl`), "why.txt"]);
  for (let time = 0; time < 3; time++) await project.run("f", { last: true, now: Date.now() + 10_000 });
  assertEquals(project.list(`${PARSED}/_rejects`), [...files.map((name) => `${name}.jsonl`), "why.txt"]);
  await project.run("f", { last: true, outputMode: "replace" });
  assertEquals(project.list(`${PARSED}/_rejects`), [`${files[1]}.jsonl`, "why.txt"]);
});

Deno.test("replace removes rejects of a raw file that had no rows, also where nothing else is to do, and of all days only", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 1),
    [`${RAW}/EXP_b_2026-01-20.csv`]: "broken\n",
  });
  await project.run("f");
  project.remove(`${RAW}/EXP_b_2026-01-20.csv`);
  loseLedger(project);
  const later = { last: true, now: Date.now() + 10_000 };
  await project.run("f", { ...later, outputMode: "replace", from: "2026-01-20" });
  for (let time = 0; time < 3; time++) await project.run("f", later);
  assertEquals(project.list(`${PARSED}/_rejects`), ["EXP_b_2026-01-20.csv.jsonl"]);
  await project.run("f", { ...later, outputMode: "replace" });
  assertEquals(project.list(`${PARSED}/_rejects`), []);
});
