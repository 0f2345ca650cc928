import { assertEquals } from "@std/assert";
import { writeParquet } from "../../../core/data/parquet.ts";
import { makeProject, type TestProject, treatmentWith } from "../../project.ts";

Deno.test("--from and --to bound a step that reads its whole folder, and the next run completes what they left out", async () => {
  using project = makeProject({
    ...treatmentWith(
      "bounded",
      "export function run(_in: string, out: string, { from, to }: { from: string; to: string }) {\n" +
        "  Deno.writeTextFileSync(`${out}/bounds.csv`, `${from};${to}\\n`);\n}\n",
      { params: { from: { type: "string", format: "bound" }, to: { type: "string", format: "bound" } } },
    ),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "bounded", input: "00_raw", output: "out" }] },
    "datasets/d/00_raw/a.csv": "a\n",
  });
  const bounds = () => project.read("datasets/d/out/bounds.csv").trim();
  await project.run("f");
  assertEquals(bounds(), "null;null");
  await project.run("f", { from: "2026-01-20", to: "2026-01-21" });
  assertEquals(bounds(), "2026-01-20;2026-01-21");
  await project.run("f", { params: { from: "2026-01-01" }, to: "2026-01-22" });
  assertEquals(bounds(), "2026-01-01;2026-01-22");
  assertEquals((await project.run("f", { last: true })).steps[0]!.partitions.computed, 1);
  assertEquals(bounds(), "null;null");
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
});

Deno.test("params called from and to that are numbers are no bounds: days do not replace them, a change of them counts", async () => {
  using project = makeProject({
    ...treatmentWith(
      "scale",
      "export function run(_in: string, out: string, { from, to }: { from: number; to: number }) {\n" +
        "  Deno.writeTextFileSync(`${out}/scale.csv`, `${from};${to}\\n`);\n}\n",
      { params: { from: { type: "integer", default: 0 }, to: { type: "integer", default: 4095 } } },
    ),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "scale", input: "00_raw", output: "out" }] },
    "datasets/d/00_raw/a.csv": "a\n",
  });
  const scale = () => project.read("datasets/d/out/scale.csv").trim();
  await project.run("f", { from: "2026-01-20", to: "2026-01-21" });
  assertEquals(scale(), "0;4095");
  await project.run("f", { last: true, params: { from: 10 } });
  assertEquals(scale(), "10;4095");
});

for (const [what, counters] of Object.entries({ "its lines": ["lines"], "times of its own": ["ts_min", "ts_max"] })) {
  Deno.test(`a bound that changes counts where a treatment counts ${what}`, async () => {
    using project = makeBounded(counters);
    writeDay(project, "EXP_a__bio_signal__2026-01-20.parquet", "2026-01-20");
    for (const from of ["2026-01-20T06:00:00Z", "2026-01-20T12:00:00Z"]) {
      await project.run("f", { last: true, params: { from } });
      assertEquals(project.read("datasets/d/out/since.csv"), from);
    }
  });
}

Deno.test("a bound that changes counts where a file among others names no day", async () => {
  using project = makeBounded([]);
  writeDay(project, "EXP_a__bio_signal__2026-01-20.parquet", "2026-01-20");
  writeDay(project, "others.parquet", "2026-03-20");
  for (const from of ["2026-02-01", "2026-03-15"]) {
    await project.run("f", { last: true, params: { from } });
    assertEquals(project.read("datasets/d/out/since.csv"), from);
  }
});

/** A treatment of a whole folder that writes its bound, and counts under such names. */
function makeBounded(counters: readonly string[]): TestProject {
  const code = `export function run(_in, out, { from }, context) {
      for (const name of ${JSON.stringify(counters)}) context.metric(name, 1);
      Deno.writeTextFileSync(out + "/since.csv", from);
    }`;
  return makeProject({
    ...treatmentWith("since", code, {
      input: { format: "parquet" },
      params: { from: { type: "string", format: "bound" } },
    }),
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "since", input: "00_raw", output: "out" }] },
    "datasets/d/00_raw/readme.txt": "Parquet from elsewhere\n",
  });
}

function writeDay(project: TestProject, name: string, day: string): void {
  const ts = Float64Array.of(Date.parse(day) * 1000);
  writeParquet(`${project.dir}/datasets/d/00_raw/${name}`, { ts, columns: [] });
}

for (
  const [what, spec, before, after, other] of [
    ["zones", { format: "zone" }, "UTC", "Europe/Paris", "Asia/Tokyo"],
    ["one of a few words", { enum: ["celsius", "kelvin"] }, "celsius", "kelvin", "kelvin"],
  ] as const
) {
  Deno.test(`params called from and to that are ${what} are no bounds: the treatment runs, and a change of them counts`, async () => {
    const param = { type: "string", ...spec };
    using project = makeProject({
      ...treatmentWith(
        "move",
        "export function run(_in: string, out: string, { from, to }: { from: string; to: string }) {\n" +
          "  Deno.writeTextFileSync(`${out}/words.csv`, `${from};${to}\\n`);\n}\n",
        { params: { from: { ...param, default: before }, to: { ...param, default: after } } },
      ),
      "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "move", input: "00_raw", output: "out" }] },
      "datasets/d/00_raw/a.csv": "a\n",
    });
    const words = () => project.read("datasets/d/out/words.csv").trim();
    await project.run("f", { from: "2026-01-20", to: "2026-01-20" });
    assertEquals(words(), `${before};${after}`);
    const again = { last: true, params: { from: other } };
    await project.run("f", again);
    assertEquals(words(), `${other};${after}`);
    assertEquals((await project.run("f", again)).status, "up-to-date");
  });
}
