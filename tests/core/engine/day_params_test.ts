import { assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

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
