/** What becomes of rejects from run to run, and of what lies beside them, with and without `--strict`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";
import { CLEAN, CLEANED, DAY_20, FLOW, PARSE, PARSED, RAW, rows, rowsOf } from "./parse_and_clean.ts";

Deno.test("a partition whose rejects cannot be put in place fails, and is computed again", async () => {
  const code = `export function run(_in, _out, _params, context) {
    context.reject({ line: 1, reason: "odd", text: "x" });
  }`;
  const declared = {
    input: { format: "parquet" },
    output: { format: "parquet" },
    partition: ["source", "domain", "day"],
  };
  using project = makeProject({
    "flows/f.json": { ...FLOW, steps: [PARSE, { ...CLEAN, treatment: "odd" }] },
    [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 2),
    ...treatmentWith("odd", code, declared),
  });
  await project.run("f");
  const [name] = project.list(`${CLEANED}/_rejects`);
  project.remove(`${CLEANED}/_rejects/${name}`);
  Deno.mkdirSync(`${project.dir}/${CLEANED}/_rejects/${name}`);
  for (let time = 0; time < 2; time++) assertEquals((await project.run("f", { last: true })).exit_code, 1);
  project.remove(`${CLEANED}/_rejects/${name}`);
  assertEquals((await project.run("f", { last: true })).exit_code, 0);
  assertEquals(project.list(`${CLEANED}/_rejects`), [name]);
});

Deno.test("a raw file whose rejects cannot be put in place fails, and is read again", async () => {
  const rejects = `${PARSED}/_rejects/EXP_a_2026-01-20.csv.jsonl`;
  using project = makeProject({
    "flows/f.json": { ...FLOW, steps: [PARSE] },
    [`${RAW}/EXP_a_2026-01-20.csv`]: `${rows(0, 2)}broken\n`,
  });
  Deno.mkdirSync(`${project.dir}/${rejects}`, { recursive: true });
  for (let time = 0; time < 2; time++) assertEquals((await project.run("f", { last: true })).exit_code, 1);
  project.remove(rejects);
  assertEquals((await project.run("f", { last: true })).exit_code, 0);
  assertStringIncludes(project.read(rejects), "bad timestamp");
});

Deno.test("a day is made anew from files without a change, too, those with rejects among them but for --strict", async () => {
  const [first, second] = [`${RAW}/EXP_a_2026-01-20.csv`, `${RAW}/EXP_a_2026-01-21.csv`];
  using project = makeProject({
    "flows/f.json": { ...FLOW, steps: [PARSE] },
    [first]: `${rows(0, 2)}broken\n`,
    [second]: rows(600, 1),
  });
  const rowsAfter = async (count: number, options: { strict?: boolean } = {}) => {
    project.write({ [second]: rows(600, count) });
    const { exit_code } = await project.run("f", { last: true, ...options });
    return [exit_code, rowsOf(project, DAY_20)];
  };
  assertEquals(await rowsAfter(1), [0, 3]);
  assertEquals(await rowsAfter(3), [0, 5]);
  assertEquals(await rowsAfter(4, { strict: true }), [1, 5]);
  project.write({ [first]: rows(0, 2) });
  assertEquals(await rowsAfter(5, { strict: true }), [0, 7]);
  assertEquals(await rowsAfter(6, { strict: true }), [0, 8]);
});

Deno.test("--strict tells of a file once, whose day is to be joined with that of a new one", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 3) + "broken\n" });
  await project.run("f");
  project.write({ [`${RAW}/EXP_a_2026-01-20_b.csv`]: rows(7200, 3) });
  const { steps: [parse] } = await project.run("f", { last: true, strict: true });
  assertEquals([parse!.partitions.computed, parse!.partitions.failed, parse!.errors.length], [1, 1, 1]);
  await project.run("f", { last: true });
  assertEquals(rowsOf(project, DAY_20), 6);
});

Deno.test("--strict fails on rejects of an earlier run, and rejects that were deleted come back", async () => {
  using project = makeProject({ "flows/f.json": FLOW, [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 3) + "broken\n" });
  await project.run("f");
  assertEquals((await project.run("f", { last: true, strict: true })).exit_code, 1);
  project.remove(`${PARSED}/_rejects/EXP_a_2026-01-20.csv.jsonl`);
  await project.run("f", { last: true });
  assertStringIncludes(project.read(`${PARSED}/_rejects/EXP_a_2026-01-20.csv.jsonl`), "bad timestamp");
  project.write({ [`${RAW}/EXP_a_2026-01-20.csv`]: rows(0, 3) });
  await project.run("f", { last: true });
  assertEquals(project.list(`${PARSED}/_rejects`), []);
});
