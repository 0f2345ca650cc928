import { assert, assertEquals } from "@std/assert";
import type { FlowEvent } from "../../../core/engine/report.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import { ownTreatment } from "./own_treatment.ts";

const DAYS = [0, 1, 2, 3, 4, 5];
const rawName = (day: number) => `s_2026-01-${20 + day}.csv`;

Deno.test("an interrupted run publishes the days whose files it has read, and the next one reads only the others", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...ownTreatment("parse", { pack: false }),
    ...Object.fromEntries(DAYS.map((day) => [
      `datasets/d/00_raw/${rawName(day)}`,
      kvLines([[day * 86_400, { m0: day }], [day * 86_400 + 1, { m0: day }]]),
    ])),
    // A day of two files is not whole before both are read.
    "datasets/d/00_raw/s_2026-01-20_late.csv": kvLines([[7, { m0: 7 }]]),
    "datasets/d/00_raw/s_2026-01-25_late.csv": kvLines([[5 * 86_400 + 7, { m0: 7 }]]),
  });
  const stop = new AbortController();
  const report = await project.run("f", {
    jobs: 1,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.done >= 3) stop.abort();
    },
  });
  const read = report.steps[0]!.partitions.computed;
  assertEquals([report.exit_code, report.status], [130, "interrupted"]);
  assert(read >= 3 && read < DAYS.length + 2, `${read} files were read`);
  const published = project.list("datasets/d/10_parsed");
  // By name: 20, 20_late, 21, 22 ...
  assertEquals(
    published,
    [20, 21, 22, 23, 24].slice(0, read - 1).map((day) => `s__bio_signal__2026-01-${day}.parquet`),
  );
  const next = await project.run("f", { last: true });
  assertEquals(next.steps[0]!.partitions.computed, DAYS.length + 2 - read);
  using whole = makeProject({ "flows/f.json": JSON.parse(project.read("flows/f.json")) });
  for (const name of project.list("datasets/d/00_raw")) {
    whole.write({ [`datasets/d/00_raw/${name}`]: project.read(`datasets/d/00_raw/${name}`) });
  }
  await whole.run("f");
  assertEquals(project.hashes("datasets/d/10_parsed"), whole.hashes("datasets/d/10_parsed"));
});

Deno.test("an interrupted run that starts from empty keeps what it has not made again, also without its ledger", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...ownTreatment("parse", { pack: false }),
    ...Object.fromEntries(
      DAYS.map((day) => [`datasets/d/00_raw/${rawName(day)}`, kvLines([[day * 86_400, { m0: day }]])]),
    ),
  });
  await project.run("f");
  const before = project.hashes("datasets/d/10_parsed");
  project.remove("datasets/d/.myx");
  const stop = new AbortController();
  const onEvent = (event: FlowEvent) => void (event.type === "progress" && event.done >= 1 && stop.abort());
  const { exit_code } = await project.run("f", { jobs: 1, outputMode: "full-replace", signal: stop.signal, onEvent });
  assertEquals([exit_code, project.hashes("datasets/d/10_parsed")], [130, before]);
});

Deno.test("an interruption while files are joined does not keep their day from being published", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }] },
    ...ownTreatment("parse", { pack: false }),
    "datasets/d/00_raw/s_2026-01-20.csv": kvLines([[0, { m0: 0 }]]),
    "datasets/d/00_raw/s_2026-01-20_late.csv": kvLines([[7, { m0: 7 }]]),
  });
  const stop = new AbortController();
  let read = 0;
  const { mkdirSync } = Deno;
  Deno.mkdirSync = (path, options) => {
    mkdirSync(path, options);
    // The folder of a call: the first one behind those of the files is the one that joins.
    if (read === 2 && /\/children-[0-9a-f]+\/[^/]+\/[0-9a-f-]{36}$/.test(String(path))) {
      queueMicrotask(() => stop.abort());
    }
  };
  try {
    const onEvent = (event: FlowEvent) => void (event.type === "progress" && (read = event.done));
    const { exit_code, steps } = await project.run("f", { jobs: 1, signal: stop.signal, onEvent });
    assertEquals([stop.signal.aborted, exit_code, steps[0]!.errors], [true, 130, []]);
  } finally {
    Deno.mkdirSync = mkdirSync;
  }
  assertEquals(project.list("datasets/d/10_parsed"), ["s__bio_signal__2026-01-20.parquet"]);
});

Deno.test("what an interrupted run has not come to is no fresh partition", async () => {
  const code = `export function run(input, output, _params, { files: [file] }) {
    Deno.copyFileSync(file.path, output + "/" + file.name);
  }`;
  const name = (day: number) => `datasets/d/in/${day}.csv`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "in", output: "out" }] },
    ...treatmentWith("t", code, { partition: ["file"] }),
    [name(1)]: "1\n",
  });
  await project.run("f");
  project.write(Object.fromEntries([2, 3, 4, 5].map((day) => [name(day), `${day}\n`])));
  const stop = new AbortController();
  const onEvent = (event: FlowEvent) => void (event.type === "progress" && event.done >= 1 && stop.abort());
  const { status, steps } = await project.run("f", { last: true, jobs: 1, signal: stop.signal, onEvent });
  const { computed, left, ...others } = steps[0]!.partitions;
  assertEquals([status, others], ["interrupted", { total: 5, fresh: 1, failed: 0, blocked: 0 }]);
  assert(computed >= 1 && computed < 4 && computed + left! === 4, `${computed} computed, ${left} left`);
});

Deno.test("what fails by the rejects of an earlier run is not taken from what is left to do", async () => {
  const code = `export function run(input, output, _params, { files: [file], reject }) {
    reject({ file: file.name, line: 1, reason: "odd", text: "" });
    Deno.copyFileSync(file.path, output + "/" + file.name);
  }`;
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "in", output: "out" }] },
    ...treatmentWith("t", code, { partition: ["file"] }),
    "datasets/d/in/a.csv": "1\n",
  });
  await project.run("f");
  project.write({ "datasets/d/in/b.csv": "2\n" });
  const { steps } = await project.run("f", { last: true, strict: true });
  assertEquals(steps[0]!.partitions, { total: 2, computed: 0, fresh: 0, failed: 2, blocked: 0 });
});

Deno.test("a call that Ctrl-C ends before the run hears of it counts as interrupted, not as failed", async () => {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "endless", input: "00_raw", output: "10_out" }] },
    ...treatmentWith(
      "endless",
      "export function run(_in, out) { Deno.writeTextFileSync(out + '/' + Deno.pid + '.csv', ''); for (;;); }",
    ),
    "datasets/d/00_raw/a.csv": "1\n",
  });
  const stop = new AbortController();
  const running = project.run("f", { signal: stop.signal });
  const find = () => walkNames(`${project.dir}/datasets/d/.myx/staging`).map((name) => /^(\d+)\.csv$/.exec(name)?.[1]);
  let pid: string | undefined;
  while ((pid = find().find(Boolean)) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  Deno.kill(Number(pid), "SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 30));
  stop.abort();
  const { status, exit_code, steps: [step] } = await running;
  assertEquals([status, exit_code, step!.errors, step!.partitions.failed], ["interrupted", 130, [], 0]);
});

/** Names of all files below a folder. */
function walkNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? walkNames(`${folder}/${name}`) : [name]
    );
  } catch {
    return []; // Gone meanwhile.
  }
}
