/** What a run must not lose, forget or take for fresh: one test for each way it once did. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import { CLEANED, DAY_20, FLOW, PARSE, PARSED, RAW, rows, rowsOf } from "./parse_and_clean.ts";

const DAY = 86_400;

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
    assertEquals(report.steps[0]!.warnings, [
      '"EXP_a__bio_signal__2026-01-20.parquet" is kept as it is: it was made from "EXP_a_2026-01-20.csv", now gone; put that ' +
      "back, or run with --output-mode replace --from 2026-01-20 --to 2026-01-20 to make it without, which removes all else " +
      "of that day whose raw files are gone",
    ]);
    assertEquals(rowsOf(project, DAY_20), 20);
  }
  project.remove(DAY_20);
  await project.run("f", { last: true });
  assertEquals(rowsOf(project, DAY_20), 30);
});

Deno.test("a link in a treatment's code is refused: what it points to could change unnoticed", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    ...treatmentWith("clean", ""),
    "shared/run.ts": "export function run() {}\n",
  });
  project.remove("treatments/clean/run.ts");
  Deno.symlinkSync(`${project.dir}/shared/run.ts`, `${project.dir}/treatments/clean/run.ts`);
  const { exit_code, steps } = await project.run("f");
  assertEquals([exit_code, ...steps.slice(0, 2).map(({ status }) => status)], [1, "success", "error"]);
  assertStringIncludes(steps[1]!.errors[0]!.message, '"run.ts" is a link or a device');
  assertEquals(project.list("datasets/d/20_clean"), []);
  const resolved = project.resolve("f");
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
    treatmentWith(
      "clean",
      `import { addDays, formatFileName, readParquet, writeParquet } from "myx";
    export function run(_in, out, _params, context) {
      for (const file of context.files) {
        const day = addDays(file.day, ${shift});
        writeParquet(out + "/" + formatFileName({ ...file, day }), readParquet(file.path));
      }
    }`,
      { input: { format: "parquet" }, output: { format: "parquet" }, partition: ["source", "domain", "day"] },
    );
  using project = makeProject({
    "flows/f.json": FLOW,
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(DAY - 600, 20) + rows(2 * DAY, 3) + rows(3 * DAY, 3),
    ...treatment(0),
  });
  await project.run("f");
  project.write(treatment(1));
  const report = await project.run("f", { last: true });
  assertEquals([report.exit_code, project.list(CLEANED).length], [0, 4]);
  assertEquals(project.list(CLEANED)[0], "EXP_a__bio_signal__2026-01-21.parquet");
});
