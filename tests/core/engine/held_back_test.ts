/** What a failure holds back, and what it must neither shrink nor remove. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import { CLEAN, CLEANED, DAY_20, FLOW, PARSE, PARSED, RAW, rows, rowsOf } from "./parse_and_clean.ts";

const DAY = 86_400;

const UTF_16 = new Uint8Array(Uint16Array.from("\ufeff" + rows(0, 3), (char) => char.charCodeAt(0)).buffer);

/** Each day of each domain for itself, from Parquet to Parquet. */
const DAILY = {
  input: { format: "parquet" },
  output: { format: "parquet" },
  partition: ["source", "domain", "day"],
};
/** A treatment in the place of clean, which copies all days but one. */
const failingOn = (day: string) =>
  treatmentWith(
    "clean",
    `import { readParquet, writeParquet } from "myx";
    export function run(_in, out, _params, context) {
      if (context.partition.day === "${day}") throw new Error("boom");
      for (const file of context.files) writeParquet(out + "/" + file.name, readParquet(file.path));
    }`,
    DAILY,
  );

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
