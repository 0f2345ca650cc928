import { assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../../project.ts";

Deno.test("two raw files that give one name are told what to do where it is no Parquet, and neither is published", async () => {
  const code = `export function run(input, output, _params, { partition: { file } }) {
      const text = Deno.readTextFileSync(input + "/" + file);
      Deno.writeTextFileSync(output + "/all.csv", text);
    }`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "copy", input: "00_raw", output: "10_copied" }] },
    "datasets/d/00_raw/a.csv": "1\n",
    "datasets/d/00_raw/b.csv": "2\n",
    ...treatmentWith("copy", code, { partition: ["file"] }),
  });
  const { exit_code, steps: [step] } = await project.run("f");
  assertEquals([exit_code, step!.errors, project.list("datasets/d/10_copied")], [1, [{
    partition: "all.csv",
    message: 'Several input files gave "all.csv", and only Parquet files can be joined',
    fix: "Let the treatment put the input's name into the output's",
  }], []]);
});
