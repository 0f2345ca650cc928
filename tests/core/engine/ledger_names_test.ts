/** A ledger that came with somebody's dataset. */
import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { kvLines, makeProject } from "../../project.ts";

Deno.test("no name in a ledger has a file removed outside of the step's own folder", async () => {
  const other = "datasets/other/00_raw/a.csv";
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [
        { treatment: "parse", input: "00_raw", output: "10_parsed" },
        { treatment: "clean", input: "10_parsed", output: "20_clean" },
      ],
    },
    "datasets/d/00_raw/EXP_a_2026-01-20.csv": kvLines([[0, { m0: 1 }]]),
    [other]: "of another dataset\n",
  });
  await project.run("f");
  const name = `../../${other.replace("datasets/", "")}`;
  {
    using ledger = new DatabaseSync(`${project.dir}/datasets/d/.myx/state.sqlite`);
    ledger.prepare("UPDATE unit SET outputs = json_insert(outputs, '$[#]', ?)").run(name);
    ledger.prepare("INSERT INTO output SELECT folder, ?, sha256, made_from, run_id FROM output").run(name);
  }
  project.write({ "datasets/d/00_raw/EXP_a_2026-01-20.csv": kvLines([[0, { m0: 1 }], [1, { m0: 2 }]]) });
  for (const outputMode of ["append", "replace", "full-replace"] as const) await project.run("f", { outputMode });
  assertEquals(project.read(other), "of another dataset\n");
});
