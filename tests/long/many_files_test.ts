/** A folder with more files than a call takes arguments. Making them takes most of the time. */
import { assertEquals } from "@std/assert";
import { makeProject, treatmentWith } from "../project.ts";

const COPY = `export function run(dir, out, _params, { files }) {
  for (const { name } of files) Deno.writeTextFileSync(out + "/x_" + name, Deno.readTextFileSync(dir + "/" + name));
}`;

Deno.test("full-replace removes 150 000 files that the ledger does not know", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "copy", input: "00_raw", output: "10_out" }] },
    ...treatmentWith("copy", COPY),
    "datasets/d/00_raw/a.csv": "1\n",
  });
  const folder = `${project.dir}/datasets/d/10_out`;
  Deno.mkdirSync(folder);
  for (let i = 0; i < 150_000; i++) Deno.openSync(`${folder}/${i}.csv`, { write: true, createNew: true }).close();
  const { exit_code, steps } = await project.run("f", { outputMode: "full-replace" });
  assertEquals([exit_code, steps[0]!.errors], [0, []]);
  assertEquals(project.list("datasets/d/10_out"), ["x_a.csv"]);
});
