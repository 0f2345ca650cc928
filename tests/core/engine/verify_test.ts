import { assert, assertEquals } from "@std/assert";
import { verifyFlow } from "../../../core/engine/verify.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

const FLOW = {
  name: "f",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
  ],
};
const RAW = kvLines(Array.from({ length: 20 }, (_, i) => [86_390 + i, { m0: 100 + i % 3, outdoor_temp: 8 }]));

function makeDataset(): TestProject {
  return makeProject({ "flows/f.json": FLOW, "datasets/d/00_raw/EXP_a_2026-01-20.csv": RAW + "broken\n" });
}

function verify(project: TestProject) {
  return verifyFlow(project.resolve("f"));
}

Deno.test("verifyFlow() finds nothing wrong with what a run left", async () => {
  using project = makeDataset();
  // A line of each kind, the last one without its end.
  const [early, unknown, pending] = [-86_400, 0, 1].map((second, i) =>
    kvLines([[second, { [["m0", "x", "m0"][i]!]: 1 }]])
  );
  const raw = `${early}\n${unknown}broken\n${RAW}${pending!.trimEnd()}`;
  project.write({
    "flows/f.json": { ...FLOW, params: { from: "2026-01-20" } },
    "datasets/d/00_raw/EXP_a_2026-01-20.csv": raw,
  });
  await project.run("f");
  assertEquals(verify(project), { files: 8, partitions: 5, faults: [] });
});

Deno.test("verifyFlow() finds a changed byte, and --last repairs it", async () => {
  using project = makeDataset();
  await project.run("f");
  const before = project.hashes("datasets/d/20_clean");
  const path = `${project.dir}/datasets/d/20_clean/EXP_a__bio_signal__2026-01-20.parquet`;
  const bytes = Deno.readFileSync(path);
  bytes[40]! ^= 1;
  Deno.writeFileSync(path, bytes);
  const faults = verify(project).faults;
  assertEquals(faults.map(({ name, fault }) => [name, fault]), [
    ["EXP_a__bio_signal__2026-01-20", "damaged output EXP_a__bio_signal__2026-01-20.parquet"],
  ]);
  await project.run("f", { last: true });
  assertEquals(project.hashes("datasets/d/20_clean"), before);
});

const CHANGES: Readonly<Record<string, (project: TestProject) => void>> = {
  "missing output": (project) => project.remove("datasets/d/10_parsed/EXP_a__environment__2026-01-21.parquet"),
  "changed input": (project) => project.write({ "datasets/d/00_raw/EXP_a_2026-01-20.csv": RAW }),
  "new": (project) => project.write({ "datasets/d/00_raw/EXP_b_2026-01-20.csv": RAW }),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`verifyFlow() finds a partition that is stale: ${what}`, async () => {
    using project = makeDataset();
    await project.run("f");
    change(project);
    assert(verify(project).faults.some(({ fault }) => fault.startsWith(what)));
    await project.run("f", { last: true });
    assertEquals(verify(project).faults, []);
  });
}

Deno.test("verifyFlow() finds rows that stand in another day's file, and lines that nobody accounts for", async () => {
  using project = makeDataset();
  // A treatment that says more than it does.
  const code = `import { writeParquet } from "myx";
      export function run(_in, out, _params, context) {
        writeParquet(out + "/EXP_a__bio_signal__2026-01-20.parquet", { ts: new Float64Array([1, 2]), columns: [] });
        context.metric("lines", 5); context.metric("accepted", 4); context.metric("rows:bio_signal", 4);
      }`;
  project.write(treatmentWith("parse", code, { output: { format: "parquet" }, partition: ["file"] }));
  // The second time only the last row is of the next day, by a microsecond.
  for (const times of ["[1, 2]", "[1768953599999999, 1768953600e6]"]) {
    project.write({ "treatments/parse/run.ts": code.replace("[1, 2]", times) });
    await project.run("f");
    const faults = verify(project).faults.filter(({ step }) => step === "parse").map(({ fault }) => fault);
    assertEquals(faults, ["holds rows that are not of 2026-01-20"]);
  }
  project.write({
    "treatments/parse/run.ts": code.replace(
      "new Float64Array([1, 2])",
      "new Float64Array([1768867200e6])",
    ),
  });
  await project.run("f");
  assertEquals(verify(project).faults.filter(({ step }) => step === "parse").map(({ fault }) => fault), [
    "has 5 lines, of which 4 are accounted for",
    "has 4 accepted rows, and 1 in its files",
  ]);
});

const RAW_A = "datasets/d/00_raw/EXP_a_2026-01-20.csv";

/** Raw lines of minutes `from` to `to` of the day `day` after 2026-01-20. */
const minutes = (day: number, from: number, to: number) =>
  kvLines(Array.from({ length: to - from }, (_, i) => [86_400 * day + 60 * (from + i), { m0: 100 + i % 3 }]));

const SITUATIONS: Readonly<Record<string, (project: TestProject) => Promise<unknown> | void>> = {
  "a raw file goes by another name": (project) => {
    Deno.renameSync(`${project.dir}/${RAW_A}`, `${project.dir}/datasets/d/00_raw/EXP_a_2026-01-20_v2.csv`);
  },
  "a raw file is gone": (project) => project.remove(RAW_A),
  "lines reach a day whose raw file is gone": (project) => {
    project.remove(RAW_A);
    project.write({ "datasets/d/00_raw/EXP_a_2026-01-21.csv": minutes(0, 30, 40) + minutes(1, 0, 60) });
  },
  "a raw file changes and goes before all its days are made": async (project) => {
    project.write({ [RAW_A]: minutes(0, 0, 20) + minutes(1, 30, 40) });
    await project.run("f", { from: "2026-01-21", to: "2026-01-21" });
    project.remove(RAW_A);
  },
  "replace takes a raw file that is gone out of one day": async (project) => {
    project.remove(RAW_A);
    await project.run("f", { outputMode: "replace", from: "2026-01-20", to: "2026-01-20" });
  },
};

for (const [what, change] of Object.entries(SITUATIONS)) {
  Deno.test(`verifyFlow() finds nothing wrong where ${what}`, async () => {
    using project = makeProject({
      "flows/f.json": FLOW,
      [RAW_A]: minutes(0, 0, 30) + minutes(1, 0, 10),
      "datasets/d/00_raw/EXP_a_2026-01-21.csv": minutes(1, 0, 60),
      "datasets/d/00_raw/EXP_a_2026-01-22.csv": minutes(2, 0, 60),
    });
    await project.run("f");
    await change(project);
    assertEquals((await project.run("f", { last: true })).exit_code, 0);
    assertEquals(verify(project).faults, []);
  });
}

Deno.test("verifyFlow() finds the rows that a file lacks beside a day that is kept", async () => {
  using project = makeDataset();
  // Each line is a day of which a row is claimed; the file of one day has none.
  const code = `import { writeParquet } from "myx";
      export function run(_in, out, _params, context) {
        const [file] = context.files;
        const days = Deno.readTextFileSync(file.path).trim().split("\\n");
        for (const day of days) {
          const ts = day === "2026-01-22" ? [] : [Date.parse(day) * 1000];
          writeParquet(out + "/EXP_a__bio_signal__" + day + ".parquet", { ts: new Float64Array(ts), columns: [] });
        }
        for (const name of ["lines", "accepted", "rows:bio_signal"]) context.metric(name, days.length);
      }`;
  project.write(treatmentWith("parse", code, { output: { format: "parquet" }, partition: ["file"] }));
  project.write({ [RAW_A]: "2026-01-20\n", "datasets/d/00_raw/EXP_a_2026-01-22.csv": "2026-01-22\n" });
  await project.run("f");
  Deno.renameSync(`${project.dir}/${RAW_A}`, `${project.dir}/datasets/d/00_raw/EXP_a_2026-01-20_v2.csv`);
  await project.run("f", { last: true });
  assertEquals(verify(project).faults.filter(({ step }) => step === "parse"), [
    { step: "parse", name: "bio_signal", fault: "has 1 accepted rows, and 0 in its files" },
  ]);
});

Deno.test("verifyFlow() finds a changed byte in a file whose raw file is gone, which nothing can make anew", async () => {
  using project = makeDataset();
  await project.run("f");
  project.remove(RAW_A);
  const path = `${project.dir}/datasets/d/10_parsed/EXP_a__bio_signal__2026-01-20.parquet`;
  const bytes = Deno.readFileSync(path);
  bytes[40]! ^= 1;
  Deno.writeFileSync(path, bytes);
  const fault = `damaged output, made from "${
    RAW_A.replace(/^.*\//, "")
  }", now gone: put that back, or this one from an archive`;
  const found = () => verify(project).faults.filter(({ step }) => step === "parse");
  assertEquals(found(), [{ step: "parse", name: "EXP_a__bio_signal__2026-01-20.parquet", fault }]);
  await project.run("f", { last: true });
  assertEquals(found().length, 1);
});

Deno.test("verifyFlow() finds nothing wrong where a user's treatment counts the lines that it used, and no more", async () => {
  using project = makeDataset();
  const code = `import { writeParquet } from "myx";
      export function run(_in, out, _params, context) {
        writeParquet(out + "/EXP_a__bio_signal__2026-01-20.parquet", { ts: Float64Array.of(1768867200e6), columns: [] });
        context.metric("lines", 5); context.metric("accepted", 4);
      }`;
  project.write(treatmentWith("parse", code, { output: { format: "parquet" }, partition: ["file"] }));
  await project.run("f");
  assertEquals(verify(project).faults, []);
});
