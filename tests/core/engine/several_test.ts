import { assertEquals } from "@std/assert";
import { onFaultPoint } from "../../../core/engine/fault_point.ts";
import type { Files } from "../../files.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import { ownTreatment } from "./own_treatment.ts";

const FOLDERS = ["10_parsed", "20_clean", "30_transform", "40_aggregated"].map((name) => `datasets/d/${name}`);
const DAY = 86_400;
/** Two of them are more than a whole number may be. */
const LARGE = 2 ** 53 - 1;

const STEPS = [
  { treatment: "parse", input: "00_raw", output: "10_parsed" },
  {
    treatment: "clean",
    input: "10_parsed",
    output: "20_clean",
    params: { domains: { bio_signal: { max_value: LARGE, spike_threshold: null } } },
  },
  {
    treatment: "transform",
    input: "20_clean",
    output: "30_transform",
    params: { transforms: [{ function: "log", target: { columns: ["m1", "n1"] }, mode: "add" }] },
  },
  {
    treatment: "aggregate",
    input: "30_transform",
    output: "40_aggregated",
    params: { windows: ["1h"], metrics: ["sum", "mean"] },
  },
];

/** Days of a source: twice a time, and a channel that not all have. */
function raw(source: string, days: number, value: (day: number) => number): Files {
  return Object.fromEntries(
    Array.from({ length: days }, (_, day) => {
      const rows = [0, 1, 1, 2].map((second): [number, Record<string, number>] => {
        const m0 = value(day);
        return [day * DAY + second, day % 2 ? { m0 } : { m0, m1: second - 1 }];
      });
      return [`datasets/d/00_raw/${source}_2026-01-${20 + day}.csv`, kvLines(rows)];
    }),
  );
}

Deno.test("small partitions of one call count, warn and fail one by one, as if each had a call of its own", async () => {
  const files = {
    "flows/f.json": { name: "f", dataset: "d", steps: STEPS },
    ...raw("a", 5, (day) => day === 2 ? LARGE : day + 1),
    ...raw("b", 4, () => 7),
  };
  using together = makeProject(files);
  using alone = makeProject({
    ...files,
    ...ownTreatment("clean"),
    ...ownTreatment("transform"),
    ...ownTreatment("aggregate"),
  });
  const compare = async (options: { last?: boolean }) => {
    const reports = [await together.run("f", { jobs: 1, ...options }), await alone.run("f", { jobs: 1, ...options })];
    const [a, b] = reports.map(({ steps }) =>
      steps.map(({ name, status, partitions, files, rows_in, rows_out, metrics, warnings, errors }) => {
        const failed = errors.map(({ partition, message }) => [partition, message]);
        return { name, status, partitions, files, rows_in, rows_out, metrics, warnings: warnings.toSorted(), failed };
      })
    );
    assertEquals(a, b);
    assertEquals(together.hashes(...FOLDERS), alone.hashes(...FOLDERS));
    return a!;
  };

  const [, clean, transform, aggregate] = await compare({});
  assertEquals(clean!.partitions.computed, 9);
  assertEquals(clean!.metrics.duplicates, 9);
  assertEquals(transform!.warnings.length, 5);
  assertEquals(transform!.metrics.nulled_domain, 5);
  assertEquals(aggregate!.failed.map(([partition]) => partition), ["a__bio_signal__2026-01-22"]);
  assertEquals(aggregate!.partitions, { total: 9, computed: 8, fresh: 0, failed: 1, blocked: 0 });

  // Of a day that changed, its neighbours' halo did, too; the one that failed is tried again.
  for (const project of [together, alone]) project.write(raw("a", 3, () => 5));
  const [, again, , mended] = await compare({ last: true });
  assertEquals(again!.partitions.fresh, 4);
  assertEquals(mended!.failed, []);
});

Deno.test("small partitions of the last call of a run are computed one by one after it failed", async () => {
  const files = {
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: STEPS.with(-1, { ...STEPS.at(-1)!, input: "10_parsed" }).toSpliced(1, 2),
    },
    ...raw("a", 3, (day) => day === 2 ? LARGE : day + 1),
  };
  using project = makeProject(files);
  const { steps: [, aggregate] } = await project.run("f", { jobs: 1 });
  assertEquals(aggregate!.partitions, { total: 3, computed: 2, fresh: 0, failed: 1, blocked: 0 });
  assertEquals(aggregate!.errors.map(({ message }) => /Cannot sum column "m0"/.test(message)), [true]);
});

Deno.test("where the disk does not take a file of one call, only the partition that it is of fails", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: STEPS.slice(0, 3) },
    ...raw("a", 1, () => 7),
    ...raw("b", 1, () => 7),
  });
  let writes = 0;
  onFaultPoint((point) => {
    // Behind the two of parse, and one of clean.
    if (point === "write" && ++writes === 4) throw new Error("Input/output error");
  });
  const { steps, exit_code } = await project.run("f", { jobs: 1 }).finally(() => onFaultPoint(() => {}));
  assertEquals(exit_code, 1);
  const counts = steps.map(({ partitions: { computed, failed, blocked } }) => ({ computed, failed, blocked }));
  assertEquals(counts, [
    { computed: 2, failed: 0, blocked: 0 },
    { computed: 1, failed: 1, blocked: 0 },
    { computed: 1, failed: 0, blocked: 0 },
  ]);
  assertEquals(project.list("datasets/d/20_clean"), ["a__bio_signal__2026-01-20.parquet"]);
});

Deno.test("a partition that writes a name of another fails, and the file stays that of the first", async () => {
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }, {
        treatment: "same",
        input: "10_parsed",
        output: "20_same",
      }],
    },
    ...treatmentWith(
      "same",
      'export function run(_dir, out, _params, { partition }) { Deno.writeTextFileSync(out + "/a.csv", partition.day); }',
      { input: { format: "parquet" }, partition: ["day"] },
    ),
    ...raw("s", 2, (day) => day),
  });
  const { exit_code, steps } = await project.run("f");
  assertEquals([exit_code, steps[1]!.partitions.computed, steps[1]!.partitions.failed], [1, 1, 1]);
  const first = project.read("datasets/d/20_same/a.csv");
  const other = first.endsWith("20") ? "2026-01-21" : "2026-01-20";
  assertEquals(steps[1]!.errors.map(({ message }) => message), [
    `Partition "${other}" wrote "a.csv", which partition "${first}" writes too`,
  ]);
});
