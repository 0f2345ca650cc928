import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../../core/contract/errors.ts";
import { kvLines, makeProject, type TestProject, treatmentWith } from "../../project.ts";

const RAW = "datasets/d/00_raw";
const MADE = `${RAW}/EXP_a_2026-01-20.csv`;
const REAL = `${RAW}/REAL_b_2026-01-20.csv`;
const LOGGED = kvLines([[0, { m0: 7 }]]);

/** A treatment that reads nothing and writes `text` as a raw file of each name. */
const making = (names: readonly string[], text: string) =>
  treatmentWith(
    "make",
    `export function run(_in, out) {
      for (const name of ${JSON.stringify(names)}) Deno.writeTextFileSync(out + "/" + name, ${JSON.stringify(text)});
    }`,
    { input: { format: "none" } },
  );
const [A, B] = ["EXP_a_2026-01-20.csv", "EXP_b_2026-01-20.csv"];

function makeDataset(files: Readonly<Record<string, string>>): TestProject {
  return makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "make", output: "00_raw" }] },
    ...making([A, B], LOGGED),
    ...files,
  });
}

for (const outputMode of ["append", "replace", "full-replace"] as const) {
  Deno.test(`${outputMode} neither writes over raw files that no run has made, nor removes them`, async () => {
    using project = makeDataset({ [MADE]: "a logger's\n", [REAL]: "another's\n" });
    const before = project.hashes(RAW);
    const refused = await project.run("f", { outputMode });
    assertEquals(refused.exit_code, 1);
    assertStringIncludes(
      refused.steps[0]!.errors[0]!.message,
      "a raw file of that name is there, which no run has made",
    );
    assertStringIncludes(refused.steps[0]!.errors[0]!.fix!, "move that file away");
    assertEquals(project.hashes(RAW), before);
    project.remove(MADE);
    assertEquals((await project.run("f", { outputMode })).exit_code, 0);
    assertEquals([project.list(RAW), project.read(REAL)], [[A, B, "REAL_b_2026-01-20.csv"], "another's\n"]);
  });
}

Deno.test("a run makes its own raw files anew, also without its ledger where their bytes are the same", async () => {
  using project = makeDataset({});
  for (const outputMode of ["append", "append", "full-replace"] as const) {
    assertEquals((await project.run("f", { outputMode })).exit_code, 0);
  }
  project.remove("datasets/d/.myx");
  assertEquals((await project.run("f")).exit_code, 0);
  project.write(making([A, B], LOGGED + LOGGED));
  assertEquals((await project.run("f")).exit_code, 0);
  assertEquals(project.read(MADE), LOGGED + LOGGED);
});

Deno.test("a logger's file in the place of one that a run has made is kept, also where the run makes it no more", async () => {
  using project = makeDataset({});
  await project.run("f");
  project.write({ [`${RAW}/${B}`]: "a logger's\n" });
  assertEquals((await project.run("f")).exit_code, 1);
  project.write(making([A], LOGGED));
  assertEquals((await project.run("f")).exit_code, 0);
  assertEquals([project.list(RAW), project.read(`${RAW}/${B}`)], [[A, B], "a logger's\n"]);
});

Deno.test("a step that reads files may not write among the raw files, nor by a link to them", async () => {
  const flow = (output: string) => ({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "clean", input: "10_parsed", output }] },
  });
  using project = makeProject({ ...flow("00_raw"), [MADE]: LOGGED, "datasets/d/10_parsed/note.txt": "" });
  await assertRejects(() => project.run("f"), UsageError, "expected another folder than that of the raw files");
  Deno.symlinkSync(`${project.dir}/${RAW}`, `${project.dir}/datasets/d/20_clean`);
  project.write(flow("20_clean"));
  await assertRejects(() => project.run("f"), UsageError, "holds raw files, which stay as they are");
  assertEquals(project.list(RAW), [A]);
});
