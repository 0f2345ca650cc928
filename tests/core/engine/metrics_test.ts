import { assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

Deno.test("a counter may be named like what every object has", async () => {
  const code = `export function run(_input, _output, _params, context) {
      for (const name of ["constructor", "toString", "seen"]) context.metric(name, 1);
      context.metric("constructor", 1);
    }`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "count", input: "00_raw", output: "10_counted" }] },
    "datasets/d/00_raw/a.csv": "1\n",
    "datasets/d/00_raw/b.csv": "2\n",
    ...treatmentWith("count", code, { output: { format: "csv" }, partition: ["file"] }),
  });
  const { steps: [step] } = await project.run("f");
  assertEquals(step!.metrics, { constructor: 4, toString: 2, seen: 2 } as unknown as Record<string, number>);
  const listed = step!.raw_files!.map(({ file: _, ...metrics }) => metrics);
  assertEquals(listed, [{ constructor: 2, toString: 1, seen: 1 }, { constructor: 2, toString: 1, seen: 1 }] as never);
});
