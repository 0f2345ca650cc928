import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ownTreatment } from "./own_treatment.ts";
import type { Files } from "../../files.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

/** A raw file of the source "s". */
const raw = (what: string | number) => `s_2026-01-20_${what}.csv`;

/** A parse whose calls take up to 1 MiB of files, and one that takes each file by a call of its own. */
function twoProjects(params: Readonly<Record<string, unknown>> = {}): [TestProject, TestProject] {
  const steps = [{ treatment: "parse", input: "00_raw", output: "10_parsed", params }];
  const flow = { "flows/f.json": { name: "f", dataset: "d", steps } };
  return [
    makeProject({ ...flow, ...ownTreatment("parse", { pack: true }) }),
    makeProject({ ...flow, ...ownTreatment("parse", { pack: false }) }),
  ];
}

async function runBoth(
  projects: readonly TestProject[],
  files: Files,
  options: { last?: boolean } = {},
) {
  const reports = [];
  for (const project of projects) {
    project.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`datasets/d/00_raw/${name}`, text])));
    reports.push(await project.run("f", { now: Date.now() + 7_200_000, ...options }));
  }
  const [together, alone] = reports.map((report) => report.steps[0]!);
  for (
    const key of ["partitions", "files", "rows_in", "rows_out", "rejects", "metrics", "warnings", "raw_files"] as const
  ) {
    assertEquals(together![key], alone![key], key);
  }
  assertEquals(
    together!.errors.map(({ partition, message }) => [partition, message]),
    alone!.errors.map(({ partition, message }) => [partition, message]),
  );
  for (const folder of ["datasets/d/10_parsed", "datasets/d/10_parsed/_rejects"]) {
    const [a, b] = projects.map((project) => there(project, folder));
    assertEquals(a, b, folder);
  }
  return together!;
}

function there(project: TestProject, folder: string): Record<string, string> {
  try {
    return project.hashes(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

Deno.test("files of one call count, reject and fail one by one, as if each had a call of its own", async () => {
  const projects = twoProjects();
  using _a = projects[0];
  using _b = projects[1];
  const files = {
    [raw(1)]: kvLines([[0, { m0: 1 }], [1, { m0: 2, batt: 9 }]]),
    [raw(2)]: `not a line\n${kvLines([[2, { m0: 3 }]])}`,
    [raw(3)]: "",
    [raw(4)]: new Uint8Array([0xff, 0xfe, 0x41, 0x00, 0x0a, 0x00]), // UTF-16, which no run can read.
    "t_1.csv": kvLines([[86_399, { m0: 5 }], [86_400, { m0: 6 }]]),
    "t_2.csv": kvLines([[86_401, { m0: 7 }]]),
  };
  const first = await runBoth(projects, files);
  assertEquals(first.errors.map(({ partition }) => partition), [raw(4)]);
  assertEquals(first.partitions, { total: 6, computed: 5, fresh: 0, failed: 1, blocked: 0 });
  assertEquals(projects[0].list("datasets/d/10_parsed/_rejects"), [`${raw(2)}.jsonl`]);
  // Mended, and the rejected line with it.
  const next = await runBoth(projects, {
    [raw(2)]: kvLines([[2, { m0: 3 }]]),
    [raw(4)]: kvLines([[3, { m0: 4 }]]),
  }, { last: true });
  assertEquals(next.errors, []);
  assertEquals(projects[0].list("datasets/d/10_parsed/_rejects"), []);
});

Deno.test("of files that one call took, only those that share a day with a changed one are read again", async () => {
  const projects = twoProjects();
  using _a = projects[0];
  using _b = projects[1];
  const day = (n: number, value: number) => kvLines([[n * 86_400, { m0: value }], [n * 86_400 + 1, { m0: value }]]);
  await runBoth(projects, {
    [raw("a")]: day(0, 1),
    [raw("b")]: day(1, 1),
    [raw("c")]: day(1, 2),
    [raw("d")]: day(2, 1),
    [raw("e")]: kvLines([[86_400, { outdoor_temp: 18 }]]),
  });
  const next = await runBoth(projects, { [raw("c")]: day(1, 3) }, { last: true });
  assertEquals(next.partitions.computed, 2); // b and c
  const other = await runBoth(projects, { [raw("e")]: kvLines([[86_400, { outdoor_temp: 19 }]]) }, { last: true });
  assertEquals(other.partitions.computed, 1); // Of that day, but of a domain that no other file has.
});

Deno.test("rows of equal time keep the order of their files, whichever files one call takes", async () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 })), { maxLength: 6 });
  const file = fc.record({ first: rows, then: fc.option(rows), large: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 3, maxLength: 6 }), async (files) => {
      const projects = twoProjects();
      using _a = projects[0];
      using _b = projects[1];
      // A large file begins a call of its own, between those that share one.
      const text = (rows: [number, number][], large: boolean) =>
        kvLines(rows.map(([ts, m0]) => [86_398 + ts, { m0 }])) + (large ? `${" ".repeat(2 ** 20)}\n` : "");
      const named = (which: (file: typeof files[number]) => [number, number][] | null) =>
        Object.fromEntries(files.flatMap((file, i) => {
          const rows = which(file);
          return rows ? [[raw(i), text(rows, file.large)]] : [];
        }));
      await runBoth(projects, named(({ first }) => first));
      await runBoth(projects, named(({ then }) => then), { last: true });
    }),
    { numRuns: 6 },
  );
});

/** A project whose one step gives the files "a.csv" and "b.csv" to one call of `code`. */
function packed(code: string): TestProject {
  return makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_parsed" }] },
    ...treatmentWith("t", code, { partition: ["file"], pack: true }),
    "datasets/d/00_raw/a.csv": "1\n",
    "datasets/d/00_raw/b.csv": "2\n",
  });
}

Deno.test("what a call says of its files is a claim: names it did not write count for nothing, files it names nobody for count for all", async () => {
  using project = packed(`
export function run(_input, output, _params, context) {
  if (!context.about) return Deno.writeTextFileSync(output + "/alone.csv", "");
  Deno.writeTextFileSync(output + "/claimed.csv", "");
  Deno.writeTextFileSync(output + "/nobodys.csv", "");
  for (const file of context.files) {
    const about = context.about(file);
    about.metric(Object.keys(about).sort().join(), 1);
    about.wrote("../../escape.csv");
    about.wrote("never_written.csv");
    about.metric("seen", 1);
    if (file.name === "a.csv") about.wrote("claimed.csv");
  }
  context.about({ name: "no_such_file" }).wrote("claimed.csv");
}`);
  const first = await project.run("f");
  assertEquals(first.steps[0]!.errors, []);
  assertEquals(first.steps[0]!.metrics, { "metric,reject,warn,wrote": 2, seen: 2 });
  assertEquals(project.list("datasets/d/10_parsed"), ["claimed.csv", "nobodys.csv"]);
  project.write({ "datasets/d/00_raw/a.csv": "3\n" });
  const next = await project.run("f", { last: true });
  assertEquals(next.steps[0]!.partitions.computed, 2, "b has a part of nobodys.csv");
});

Deno.test("keys of no domain are named file by file, however many the files before had", async () => {
  const projects = twoProjects();
  using _a = projects[0];
  using _b = projects[1];
  const odd = (first: number) =>
    kvLines([[0, { m0: 1, ...Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`u${first + i}`, 1])) }]]);
  await runBoth(projects, { [raw(1)]: odd(0), [raw(2)]: odd(500), [raw(3)]: odd(1000) });
  const line = (ts: number, from: number, to: number): [number, Record<string, number>] => [
    ts,
    { m0: 1, ...Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`v${from + i}`, 1])) },
  ];
  // As the file before says them, and then more than a file may name.
  await runBoth(projects, {
    [raw(4)]: kvLines([line(0, 0, 200)]),
    [raw(5)]: kvLines([line(1, 0, 200), line(2, 200, 1250)]),
  });
});

Deno.test("a key is read as its own file means it, whatever stood between those of the file before", async () => {
  const projects = twoProjects({ delimiter: "auto", domains: { d: { columns: ["a,b", "b", "m"], dtype: "int" } } });
  using _a = projects[0];
  using _b = projects[1];
  const { raw_files } = await runBoth(projects, {
    [raw(1)]: "2026-01-20T00:00:00Z;m:1;a,b:5\n2026-01-20T00:00:01Z;m:1;a,b:6\n",
    [raw(2)]: "2026-01-20T00:00:02Z,m:1,a,b:7\n",
  });
  assertEquals(raw_files!.map(({ accepted }) => accepted), [2, 1]);
});

Deno.test("what a call names only files for that it was not given counts for all", async () => {
  using project = packed(`
export function run(_input, output, _params, context) {
  Deno.writeTextFileSync(output + "/all.csv", "");
  context.about?.({ name: "no_such_file" }).wrote("all.csv");
}`);
  await project.run("f");
  assertEquals(project.list("datasets/d/10_parsed"), ["all.csv"]);
});

for (
  const [what, code] of Object.entries({
    metric: `context.metric("seen", 1);`,
    warning: `context.warn("careful");`,
    reject: `context.reject({ line: 1, byte_offset: 0, reason: "odd", text: "x" });`,
  })
) {
  Deno.test(`a call with several files has to say whose ${what} it is`, async () => {
    using project = packed(`export function run(_input, _output, _params, context) { ${code} }`);
    // What fails for several is tried for each: alone, each knows whose it is.
    const { steps: [step] } = await project.run("f");
    assertEquals(step!.errors, []);
    const said = {
      metric: [{ seen: 2 }, [], []],
      warning: [{}, ["a.csv: careful", "b.csv: careful"], []],
      reject: [{ "reject:odd": 2 }, [], ["a.csv.jsonl", "b.csv.jsonl"]],
    }[what];
    const rejects = what === "reject" ? project.list("datasets/d/10_parsed/_rejects") : [];
    assertEquals([step!.metrics, step!.warnings, rejects], said);
  });
}

Deno.test("what was copied ahead in vain, because a later call has more of a day, does not stay", async () => {
  const [project, other] = twoProjects();
  using _a = project;
  using _b = other;
  // As long as two calls, whose days meet.
  const lines = (from: number) =>
    kvLines(Array.from({ length: 17_000 }, (_, i) => [from + 3 * i, { m0: i % 7, m1: 5 }]));
  const files = { [raw(1)]: lines(0), [raw(2)]: lines(86_400 - 3000), [raw(3)]: lines(172_800 - 3000) };
  const { openSync } = Deno;
  const copied: string[] = [];
  Deno.openSync = (path, options) => {
    if (options?.createNew) copied.push(String(path));
    return openSync(path, options);
  };
  try {
    await runBoth([project, other], files);
  } finally {
    Deno.openSync = openSync;
  }
  const folder = `${project.dir}/datasets/d/10_parsed`;
  const there = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name !== "_rejects");
  assertEquals(there.filter((name) => name.startsWith(".")), []);
  assert(copied.filter((path) => path.startsWith(`${folder}/.`)).length > there.length, "nothing was copied in vain");
});
