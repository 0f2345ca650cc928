import { assertEquals, assertMatch } from "@std/assert";
import type { Files } from "../../files.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";

const RAW = {
  "datasets/d/00_raw/s_2026-01-20.csv": kvLines([0, 1, 2, 3].map((s) => [s, { m0: s, outdoor_temp: s }])),
  "datasets/d/00_raw/s_2026-01-21.csv": kvLines([86_399, 86_400].map((s) => [s, { m0: s % 7 }])),
};

const STEPS = [
  { treatment: "parse", input: "00_raw", output: "10_parsed" },
  { treatment: "clean", input: "10_parsed", output: "20_clean" },
  { treatment: "resample", input: "20_clean", output: "25_resampled" },
  { treatment: "transform", input: "25_resampled", output: "30_transform" },
  { treatment: "aggregate", input: "30_transform", output: "40_aggregated" },
];

function flowOf(steps: readonly unknown[]): Files {
  return { "flows/f.json": { name: "f", dataset: "d", steps }, ...RAW };
}

/** A treatment of the project that copies its input. */
const COPY = treatmentWith(
  "copy",
  `
export function run(input, output, _params, { files }) {
  for (const { name } of files) Deno.writeFileSync(output + "/" + name, Deno.readFileSync(input + "/" + name));
}`,
  { input: { format: "parquet" }, output: { format: "parquet" } },
);

/** What the children that are started until it is disposed of may read and write, as the last part of each path. */
function watchChildren(): Disposable & { readonly read: string[][]; readonly write: string[] } {
  const { Command } = Deno;
  const read: string[][] = [];
  const write: string[] = [];
  Deno.Command = class extends Command {
    constructor(command: string | URL, options?: Deno.CommandOptions) {
      const flag = (name: string) => options?.args?.find((arg) => arg.startsWith(`--allow-${name}=`))?.split("=")[1];
      const granted = flag("read");
      if (granted !== undefined) {
        read.push(
          granted.split(",").filter((path) => path.includes("/datasets/")).map((path) => path.split("/d/")[1]!),
        );
        write.push(flag("write")!.split("/d/")[1]!);
      }
      super(command, options);
    }
  };
  return { read, write, [Symbol.dispose]: () => void (Deno.Command = Command) };
}

Deno.test("steps of ours in a row share one child, which reads their inputs and writes to staging alone", async () => {
  using project = makeProject(flowOf(STEPS));
  using children = watchChildren();
  assertEquals((await project.run("f", { jobs: 1 })).status, "success");
  assertEquals(children.read.map((paths) => paths.filter((path) => !path.startsWith(".myx"))), [
    STEPS.map(({ input }) => input),
  ]);
  assertEquals(
    children.read[0]!.filter((path) => path.startsWith(".myx")),
    [".myx/staging/10_parsed/calls/results"],
  );
  assertMatch(children.write[0]!, /^\.myx\/staging\/40_aggregated\/calls\/children-\w+\/0$/);
});

Deno.test("children end as soon as nobody will call them, while what they made is published", async () => {
  const events: string[] = [];
  const { ChildProcess, renameSync } = Deno;
  const { kill } = ChildProcess.prototype;
  ChildProcess.prototype.kill = function (signal) {
    events.push("kill");
    kill.call(this, signal);
  };
  Deno.renameSync = (from, to) => {
    renameSync(from, to);
    if (String(from).endsWith(".tmp")) events.push(String(to).split("/").at(-2)!);
  };
  try {
    const flow = { name: "f", dataset: "d", steps: STEPS.slice(0, 2) };
    using project = makeProject({ "flows/f.json": flow, "datasets/d/00_raw/s.csv": kvLines([[0, { m0: 1 }]]) });
    assertEquals((await project.run("f", { jobs: 1 })).status, "success");
  } finally {
    ChildProcess.prototype.kill = kill;
    Deno.renameSync = renameSync;
  }
  assertEquals(events, ["10_parsed", "kill", "20_clean"]);
});

Deno.test("a treatment that is not ours shares its children with nobody", async () => {
  const [parse, clean] = STEPS;
  const copy = { treatment: "copy", input: "10_parsed", output: "15_copy" };
  using project = makeProject({ ...COPY, ...flowOf([parse, copy, { ...clean, input: "15_copy" }]) });
  using children = watchChildren();
  assertEquals((await project.run("f", { jobs: 1 })).status, "success");
  assertEquals(children.read, [
    ["00_raw", ".myx/staging/10_parsed/calls/results"],
    ["10_parsed"],
    ["15_copy"],
  ]);
});

Deno.test("a step whose folder no child may be given does not keep the others from their children", async () => {
  const [parse, clean] = STEPS;
  using project = makeProject({ "a,b/x": "", ...flowOf([parse, { ...clean, input: "other" }]) });
  Deno.symlinkSync(`${project.dir}/a,b`, `${project.dir}/datasets/d/other`);
  const { steps } = await project.run("f");
  assertEquals(steps.map(({ name, status }) => [name, status]), [["parse", "success"], ["clean", "error"]]);
});

Deno.test("steps that share children write the same bytes as steps that are run one by one", async () => {
  using together = makeProject(flowOf(STEPS));
  using apart = makeProject(flowOf(STEPS));
  assertEquals((await together.run("f")).status, "success");
  for (const { treatment } of STEPS) assertEquals((await apart.run("f", { steps: [treatment] })).status, "success");
  const folders = STEPS.map(({ output }) => `datasets/d/${output}`);
  assertEquals(together.hashes(...folders), apart.hashes(...folders));
  assertEquals(together.list("datasets/d/40_aggregated").length, 12);
});
