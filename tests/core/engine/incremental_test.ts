/** The laws of the engine: what a run leaves depends on the raw files and params alone, not on the way there. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readParquet } from "myx";
import { kvLines, makeProject, type TestProject } from "../../project.ts";

const FLOW = {
  name: "f",
  dataset: "d",
  steps: [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "clean", input: "10_parsed", output: "20_clean" },
    { treatment: "resample", input: "20_clean", output: "25_resampled", params: { freq: "60s", max_gap_fill_s: 120 } },
    { treatment: "aggregate", input: "25_resampled", output: "40_aggregated", params: { windows: ["1h"] } },
  ],
};
const FOLDERS = ["10_parsed", "20_clean", "25_resampled", "40_aggregated"].map((name) => `datasets/d/${name}`);
const DAY = 86_400;

type Row = readonly [number, Readonly<Record<string, number>>];

/** Rows every ten minutes around the midnights of three days. */
function series(seed: number): Row[] {
  return Array.from({ length: 40 }, (_, i) => [
    DAY * (1 + (i % 3)) - 6000 + 600 * Math.floor(i / 2) + (i % 2),
    { m0: 100 + (i * 37 + seed) % 50, outdoor_temp: 8 + ((i + seed) % 10) / 4 },
  ]);
}

function raw(name: string, rows: readonly Row[]): Record<string, string> {
  return { [`datasets/d/00_raw/${name}.csv`]: kvLines(rows) };
}

/** What a run from scratch makes of the raw files of `project`. */
async function fromScratch(project: TestProject, params: Record<string, unknown> = {}) {
  using fresh = makeProject({ "flows/f.json": FLOW });
  Deno.mkdirSync(`${fresh.dir}/datasets/d/00_raw`, { recursive: true });
  for (const name of project.list("datasets/d/00_raw")) {
    Deno.copyFileSync(`${project.dir}/datasets/d/00_raw/${name}`, `${fresh.dir}/datasets/d/00_raw/${name}`);
  }
  const report = await fresh.run("f", { params });
  assertEquals(report.exit_code, 0, JSON.stringify(report.steps.flatMap((step) => step.errors)));
  return fresh.hashes(...FOLDERS);
}

Deno.test("a second run gives the same bytes, and --last finds nothing to do", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", series(1)) });
  await project.run("f");
  const before = project.hashes(...FOLDERS);
  assert(Object.keys(before).length >= 12);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
  await project.run("f", { jobs: 1 });
  assertEquals(project.hashes(...FOLDERS), before);
});

Deno.test("any split of the rows over raw files gives the same bytes", async () => {
  const rows = series(2).toSorted((a, b) => a[0] - b[0]);
  using whole = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", rows) });
  await whole.run("f");
  const expected = whole.hashes(...FOLDERS);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 }), async (places) => {
      // Rows of equal time keep their order: those of one minute go to one file.
      const files = [0, 1, 2, 3].map((place) => rows.filter(([time]) => places[Math.floor(time / 60) % 40] === place));
      using split = makeProject({ "flows/f.json": FLOW });
      for (const [i, part] of files.entries()) if (part.length) split.write(raw(`EXP_a_2026-01-2${i}`, part));
      await split.run("f", { batchBytes: places[0]! > 1 ? 1 : 2 ** 20 });
      assertEquals(split.hashes(...FOLDERS), expected);
    }),
    { numRuns: 4 },
  );
});

Deno.test("incremental runs in any order end where one full run ends", async () => {
  const operation = fc.record({
    kind: fc.constantFrom("add", "append", "correct", "delete", "damage", "params"),
    file: fc.integer({ min: 0, max: 2 }),
    seed: fc.integer({ min: 0, max: 99 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength: 4 }), async (operations) => {
      using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-20", series(0)) });
      let params: Record<string, unknown> = {};
      for (const { kind, file, seed } of operations) {
        const name = `EXP_a_2026-01-2${file}`;
        const path = `datasets/d/00_raw/${name}.csv`;
        const there = project.list("datasets/d/00_raw").includes(`${name}.csv`);
        if (kind === "append" && there) {
          project.write({ [path]: project.read(path) + kvLines(series(seed).slice(20)) });
        } else if (kind === "delete" && there && project.list("datasets/d/00_raw").length > 1) project.remove(path);
        else if (kind === "damage") {
          const output = project.list("datasets/d/20_clean")[seed % 3];
          if (output) project.write({ [`datasets/d/20_clean/${output}`]: "damaged" });
        } else if (kind === "params") params = { max_gap_fill_s: 60 * (seed % 30) };
        else project.write(raw(name, series(seed).slice(file * 5)));
        await project.run("f", { last: true, outputMode: "replace", params, batchBytes: 1 + 10_000 * (seed % 2) });
      }
      assertEquals(project.hashes(...FOLDERS), await fromScratch(project, params));
    }),
    { numRuns: 5 },
  );
});

Deno.test("--last computes a late row's day and the neighbours it reaches, and nothing else", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    ...raw("EXP_a_2026-01-21", series(3)),
    ...raw("EXP_b", series(4)),
  });
  await project.run("f");
  project.write(raw("EXP_a_2026-01-29", [[DAY + 5, { m0: 700 }]]));
  const report = await project.run("f", { last: true });
  const clean = report.steps[1]!;
  assertEquals(report.steps[0]!.files.written, 1);
  assert(clean.partitions.computed >= 2 && clean.partitions.computed <= 4, `${clean.partitions.computed} computed`);
  assertEquals(project.hashes(...FOLDERS), await fromScratch(project));
});

Deno.test("a raw file that was replaced in the second in which it was read is noticed, whatever time it claims to be of", async () => {
  const name = "EXP_a_2026-01-21";
  const long = new Date(Date.now() - 86_400_000);
  for (;;) {
    using project = makeProject({ "flows/f.json": FLOW, ...raw(name, [[5, { m0: 1 }]]) });
    const path = `${project.dir}/datasets/d/00_raw/${name}.csv`;
    const stamp = () => {
      Deno.utimeSync(path, long, long);
      return Deno.lstatSync(path).ctime!.getTime();
    };
    const before = stamp();
    await project.run("f");
    project.write(raw(name, [[5, { m0: 2 }]]));
    if (stamp() !== before) continue; // The second is over.
    assertEquals((await project.run("f", { last: true })).steps[0]!.partitions.computed, 1);
    return;
  }
});

Deno.test("append keeps what was made of raw files that are gone, replace removes it", async () => {
  using project = makeProject({
    "flows/f.json": FLOW,
    ...raw("EXP_a_2026-01-21", series(5)),
    ...raw("EXP_b_2026-01-21", series(6)),
  });
  await project.run("f");
  const before = project.hashes(...FOLDERS);
  project.remove("datasets/d/00_raw/EXP_b_2026-01-21.csv");
  await project.run("f", { last: true });
  assertEquals(project.hashes(...FOLDERS), before);
  await project.run("f", { last: true, outputMode: "replace" });
  assertEquals(project.hashes(...FOLDERS), await fromScratch(project));
});

Deno.test("a corrected raw file takes its lost days away from every step", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", series(7)) });
  await project.run("f");
  const rows = series(7).filter(([time]) => time < 2 * DAY);
  project.write(raw("EXP_a_2026-01-21", rows));
  await project.run("f", { last: true });
  assertEquals(project.hashes(...FOLDERS), await fromScratch(project));
});

Deno.test("--from and --to process whole days and the neighbours they make stale", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", series(8)) });
  await project.run("f", { from: "2026-01-22", to: "2026-01-22" });
  assertEquals(project.list("datasets/d/10_parsed").map((name) => name.slice(-18, -8)), ["2026-01-22", "2026-01-22"]);
  await project.run("f", { last: true });
  assertEquals(project.hashes(...FOLDERS), await fromScratch(project));
});

Deno.test("--from and --to never cut a day short that other params give rows of further raw files", async () => {
  const files = { "flows/f.json": FLOW, ...raw("EXP_a_2026-01-20", [[80_000, { m0: 1 }]]) };
  using project = makeProject({ ...files, ...raw("EXP_a_2026-01-21", [[100_000, { m0: 2 }]]) });
  for (const name of project.list("datasets/d/00_raw")) {
    const path = `datasets/d/00_raw/${name}`;
    project.write({ [path]: project.read(path).replaceAll("Z;", ";") });
  }
  await project.run("f");
  // The row of 22:13 is one of the next day now.
  const params = { tz: "America/New_York" };
  await project.run("f", { params, from: "2026-01-21", to: "2026-01-21" });
  const day = "datasets/d/10_parsed/EXP_a__bio_signal__2026-01-21.parquet";
  const found = project.hashes("datasets/d/10_parsed")[day];
  assertEquals(found, (await fromScratch(project, params))[day]);
});

Deno.test("a pending line that became whole while other days were selected is not forgotten", async () => {
  const rows = kvLines([[80_000, { m0: 1 }], [100_000, { m0: 2 }], [100_600, { m0: 3 }]]).trimEnd();
  using project = makeProject({ "flows/f.json": FLOW, "datasets/d/00_raw/EXP_a_2026-01-20.csv": rows });
  await project.run("f");
  const now = Date.now() + 2 * 3_600_000;
  await project.run("f", { now, from: "2026-01-20", to: "2026-01-20" });
  await project.run("f", { now, last: true });
  const { ts } = readParquet(`${project.dir}/datasets/d/10_parsed/EXP_a__bio_signal__2026-01-21.parquet`);
  assertEquals(ts.length, 2);
});

Deno.test("a pending line that became whole is read by a run of its day, where its file had no other row of that", async () => {
  const rows = kvLines([[80_000, { m0: 1 }], [100_000, { m0: 2 }]]).trimEnd();
  using project = makeProject({ "flows/f.json": FLOW, "datasets/d/00_raw/EXP_a_2026-01-20.csv": rows });
  await project.run("f");
  const days = { from: "2026-01-21", to: "2026-01-21" };
  await project.run("f", { now: Date.now() + 2 * 3_600_000, last: true, ...days });
  const { ts } = readParquet(`${project.dir}/datasets/d/10_parsed/EXP_a__bio_signal__2026-01-21.parquet`);
  assertEquals(ts.length, 1);
});

Deno.test("a damaged ledger is set aside and all is computed anew", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", series(9)) });
  await project.run("f");
  const before = project.hashes(...FOLDERS);
  project.write({ "datasets/d/.myx/state.sqlite": "no database, but long enough to be taken for one ".repeat(20) });
  const messages: string[] = [];
  await project.run("f", {
    last: true,
    onEvent: (event) => event.type === "notice" && messages.push(event.message),
  });
  assert(messages.some((message) => message.includes("set aside")), messages.join());
  assertEquals(project.hashes(...FOLDERS), before);
});

Deno.test("columns in another order are exported anew, rules of domains in another order count as the same", async () => {
  const exported = { treatment: "exportnour", input: "40_aggregated", output: "61_exportnour" };
  const flowOf = (columns: unknown, domains: unknown) => {
    const steps = FLOW.steps.map((step) => step.treatment === "clean" ? { ...step, params: { domains } } : step);
    return { ...FLOW, steps: [...steps, { ...exported, params: { aggregation: "1h", tz: "UTC", columns } }] };
  };
  const [mean, max] = [{ m0__raw__mean: "mean" }, { m0__raw__max: "max" }];
  const [x, y] = [{ x: { min_value: 0, max_value: 9 } }, { y: { min_value: 1 } }];
  using project = makeProject({
    "flows/f.json": flowOf({ ...mean, ...max }, { ...x, ...y }),
    ...raw("EXP_a_2026-01-21", series(11)),
  });
  const header = () => {
    const [name] = project.list("datasets/d/61_exportnour");
    return project.read(`datasets/d/61_exportnour/${name}`).split("\n")[0];
  };
  await project.run("f");
  assertEquals(header(), "Time;mean;max");
  project.write({ "flows/f.json": flowOf({ ...max, ...mean }, { ...y, ...x }) });
  const { steps } = await project.run("f", { last: true });
  assertEquals(steps.map(({ partitions }) => partitions.computed), [0, 0, 0, 0, 1]);
  assertEquals(header(), "Time;max;mean");
});

Deno.test("changed params recompute the step that has them, and what follows", async () => {
  using project = makeProject({ "flows/f.json": FLOW, ...raw("EXP_a_2026-01-21", series(10)) });
  await project.run("f");
  const params = { max_gap_fill_s: 3600 };
  const report = await project.run("f", { last: true, params });
  assertEquals(report.steps.map(({ partitions }) => partitions.computed > 0), [false, false, true, true]);
  assertEquals(project.hashes(...FOLDERS), await fromScratch(project, params));
});
