/** What a step removes at its end. */
import { assertEquals } from "@std/assert";
import { Ledger } from "../../../core/engine/ledger.ts";
import { makeProject, treatmentWith } from "../../project.ts";

const COPY = `export function run(dir, out, _params, { files }) {
  for (const { name } of files) Deno.writeTextFileSync(out + "/x_" + name, Deno.readTextFileSync(dir + "/" + name));
}`;

Deno.test("a step asks once what the step before has removed, however many partitions that leaves without input", async () => {
  const files = { partition: ["file"] };
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [
        { treatment: "first", input: "00_raw", output: "10_out" },
        { treatment: "second", input: "10_out", output: "20_out" },
      ],
    },
    ...treatmentWith("first", COPY, files),
    ...treatmentWith("second", COPY, files),
    ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`datasets/d/00_raw/${i}.csv`, `${i}\n`])),
  });
  await project.run("f");
  project.write(treatmentWith("first", COPY.replace("x_", "y_"), files));
  const { retired } = Ledger.prototype;
  let asked = 0;
  Ledger.prototype.retired = function (folder) {
    asked++;
    return retired.call(this, folder);
  };
  try {
    const { exit_code } = await project.run("f", { last: true });
    assertEquals([exit_code, asked], [0, 1]);
  } finally {
    Ledger.prototype.retired = retired;
  }
  assertEquals(project.list("datasets/d/20_out").filter((name) => !/^x_y_\d+\.csv$/.test(name)), []);
  assertEquals(project.list("datasets/d/20_out").length, 12);
});
