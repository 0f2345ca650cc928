import { assertEquals, assertStringIncludes } from "@std/assert";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";

/** As the template of `new` has it: whatever there is to read is written. */
const COPY = `import { readParquet, writeParquet } from "myx";
export function run(_input, output, _params, { files }) {
  for (const { name, path } of files) writeParquet(output + "/" + name, readParquet(path));
}
`;

Deno.test("a partition that writes the files of its halo fails, and is told which files it may only read", async () => {
  const declared = {
    input: { format: "parquet" },
    output: { format: "parquet" },
    partition: ["source", "domain", "day"],
    halo: { rows: 1 },
  };
  const steps = [
    { treatment: "parse", input: "00_raw", output: "10_parsed" },
    { treatment: "copy", input: "10_parsed", output: "20_copy" },
  ];
  using project = makeProject({
    ...treatmentWith("copy", COPY, declared),
    "flows/f.json": { name: "f", dataset: "d", steps },
    "datasets/d/00_raw/a.csv": kvLines([[0, { m0: 1 }], [86_400, { m0: 2 }]]),
  });
  const { errors } = (await project.run("f", { jobs: 1 })).steps[1]!;
  assertEquals(errors.length, 1);
  assertStringIncludes(errors[0]!.message, "writes too");
  assertStringIncludes(errors[0]!.fix!, 'nothing of context.files whose role is "halo"');
});
