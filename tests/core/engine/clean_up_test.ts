/** What a step removes at its end. */
import { assertEquals } from "@std/assert";
import { planFlow } from "../../../core/engine/plan_flow.ts";
import { Ledger } from "../../../core/engine/ledger.ts";
import { readParquet } from "../../../core/data/parquet.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";

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

Deno.test("days of a file that the step before now calls otherwise are made of that one, with append, too", async () => {
  const convert = (ending: string) =>
    treatmentWith(
      "convert",
      `export function run(dir, out, _params, { files: [{ name }] }) {
        Deno.writeTextFileSync(out + "/" + name.replace(".csv", "${ending}.csv"), Deno.readTextFileSync(dir + "/" + name));
      }`,
      { partition: ["file"] },
    );
  const [first, second] = ["datasets/d/00_raw/EXP_a_2026-01-20.csv", "datasets/d/00_raw/EXP_a_2026-01-21.csv"];
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [
        { treatment: "convert", input: "00_raw", output: "05_converted" },
        { treatment: "parse", input: "05_converted", output: "10_parsed" },
      ],
    },
    ...convert(""),
    [first]: kvLines([[86_300, { m0: 1 }], [86_500, { m0: 2 }]]),
    [second]: kvLines([[86_600, { m0: 3 }], [86_700, { m0: 4 }]]),
  });
  await project.run("f");
  project.write({ ...convert("_v2"), [second]: kvLines([[86_600, { m0: 5 }]]) });
  const { steps } = await project.run("f", { last: true });
  assertEquals(steps.flatMap(({ warnings }) => warnings), []);
  const rows = project.list("datasets/d/10_parsed").map((name) => [
    ...readParquet(`${project.dir}/datasets/d/10_parsed/${name}`).columns[0]!.values,
  ]);
  assertEquals(rows, [[1], [2, 5]]);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
});

Deno.test("what a step removes goes from the steps of another flow, too, unless it is a raw file", async () => {
  const copy = (input: string, output: string) => ({ treatment: "copy", input, output });
  const flowOf = (name: string, ...steps: unknown[]) => ({ [`flows/${name}.json`]: { name, dataset: "d", steps } });
  const make = (names: string) =>
    treatmentWith(
      "make",
      `export function run(_dir, out) {
        for (const name of "${names}") Deno.writeTextFileSync(out + "/" + name + ".csv", name);
      }`,
      { input: { format: "none" } },
    );
  // A file of one letter is copied, one of more is not.
  const text = 'Deno.readTextFileSync(dir + "/" + name)';
  const code = COPY.replace("of files)", `of files) if (${text}.length === 1)`);
  using project = makeProject({
    ...flowOf("raw", { treatment: "make", output: "00_raw" }),
    ...flowOf("first", copy("00_raw", "10_out")),
    ...flowOf("rest", copy("10_out", "20_out"), copy("20_out", "30_out")),
    ...make("abc"),
    ...treatmentWith("copy", code, { partition: ["file"] }),
  });
  const letters = async (...flows: string[]) => {
    for (const flow of flows) assertEquals((await project.run(flow, { last: true })).exit_code, 0);
    const lettersOf = (folder: string) => project.list(`datasets/d/${folder}`).map((name) => name.at(-5)).join("");
    return ["00_raw", "10_out", "20_out", "30_out"].map(lettersOf);
  };
  assertEquals(await letters("raw", "first", "rest"), ["abc", "abc", "abc", "abc"]);
  project.write({ "datasets/d/00_raw/b.csv": "bb" });
  assertEquals(await letters("first", "rest"), ["abc", "ac", "ac", "ac"]);
  project.write(make("a"));
  project.remove("datasets/d/00_raw/b.csv");
  assertEquals(await letters("raw", "first", "rest"), ["a", "ac", "ac", "ac"]);
  // What somebody else takes away is purged.
  project.remove("datasets/d/10_out/x_c.csv");
  assertEquals(await letters("rest"), ["a", "a", "ac", "ac"]);
});

Deno.test("replace of some days keeps what was made of a file that is gone where its name tells no day", async () => {
  const copy = (input: string, output: string) => ({ treatment: "copy", input, output });
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [copy("00_raw", "10_out"), copy("10_out", "20_out")] },
    ...treatmentWith("copy", COPY, { partition: ["file"] }),
    "datasets/d/00_raw/s_2026-01-20.csv": "a\n",
    "datasets/d/00_raw/s_2026-01-21.csv": "b\n",
  });
  const days = () =>
    ["10_out", "20_out"].map((folder) => project.list(`datasets/d/${folder}`).map((name) => name.slice(-6, -4)));
  const all = [["20", "21"], ["20", "21"]];
  await project.run("f");
  project.remove("datasets/d/00_raw/s_2026-01-20.csv");
  const ranged = { outputMode: "replace", from: "2026-01-21" } as const;
  const resolved = project.resolve("f");
  assertEquals([planFlow(resolved, ranged).going, planFlow(resolved, { outputMode: "replace" }).going], [0, 1]);
  await project.run("f", ranged);
  assertEquals(days(), all);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
  assertEquals(days(), all);
  await project.run("f", { outputMode: "replace" });
  assertEquals(days(), [["21"], ["21"]]);
});

Deno.test("a file that returns brings all its days again, also those that a replace has taken meanwhile", async () => {
  const [path, raw] = ["datasets/d/00_raw/s_2026-01-20.csv", "2026-01-20T10:00:00Z;m0:1\n2026-01-21T10:00:00Z;m0:x\n"];
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    "datasets/d/00_raw/s_2026-01-22.csv": "2026-01-20T11:00:00Z;m0:2\n",
    [path]: raw,
  });
  const there = () => project.hashes("datasets/d/10_parsed", "datasets/d/10_parsed/_rejects");
  await project.run("f");
  const all = there();
  project.remove(path);
  await project.run("f", { outputMode: "replace", to: "2026-01-20" });
  project.write({ [path]: raw });
  await project.run("f", { last: true });
  assertEquals(there(), all);
});
