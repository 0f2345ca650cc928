/** How datasets stand, as the command line tells it, and what it says of names that are none. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PROGRAM } from "../../../core/cli/command_line.ts";
import { makeProject } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { myx, myxAsAnybody, projectWith } from "./process.ts";

Deno.test("status tells of a dataset without its raw folder, and how all the others stand", async () => {
  const dir = makeTempDir();
  for (const dataset of ["a", "b"]) await myx(["init", dataset], dir);
  Deno.removeSync(`${dir}/datasets/a/00_raw`);
  const { code, stdout, stderr } = await myx(["status"], dir);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Flow "a" is left out: Cannot run step "parse": its input folder ');
  assert(stdout.startsWith("b in datasets/b\n"), stdout);
  for (const folder of ["00_raw", "10_parsed"]) Deno.mkdirSync(`${dir}/datasets/a/${folder}`);
  Deno.symlinkSync("/dev/null", `${dir}/datasets/a/10_parsed/x.parquet`);
  const linked = await myx(["status"], dir);
  assertEquals(linked.code, 1);
  assertStringIncludes(linked.stderr, 'Flow "a" is left out: Cannot use "x.parquet" in ');
  assertEquals(linked.stdout, stdout);
  Deno.removeSync(`${dir}/datasets/b`, { recursive: true });
  assert(!/No flow has a dataset/.test((await myx(["status"], dir)).stderr));
});

Deno.test("status says of no dataset that no flow names it where that flow is left out", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  for (const name of ["d", "mussels"]) Deno.mkdirSync(`${dir}/datasets/${name}/.myx`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/flows/mussels.json`, '{ "dataset": "mussels", ');
  const path = `${dir}/flows/works.json`;
  const flow = JSON.parse(Deno.readTextFileSync(path));
  const step = {
    treatment: "to_postgres",
    input: flow.steps[0].output,
    output: "50_pg",
    params: { host: "{env:HOST}" },
  };
  Deno.writeTextFileSync(path, JSON.stringify({ ...flow, steps: [...flow.steps, step] }));
  const { code, stderr } = await myx(["status"], dir);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Flow "mussels" is left out: Cannot read "');
  assertStringIncludes(stderr, 'Flow "works" is left out: Cannot grant "{host}:{port}"');
  assert(!stderr.includes("no flow names"), stderr);
});

Deno.test("status promises no removal of a file that lacks one of its inputs alone: replace makes it of the others", async () => {
  const steps = [{ treatment: "parse", input: "00_raw", output: "10_parsed" }];
  const line = "2026-01-20T00:00:00Z;m0:1\n";
  const [one, two] = ["EXP_a_2026-01-20.csv", "EXP_a_2026-01-21.csv"].map((name) => `datasets/d/00_raw/${name}`);
  const flow = { name: "f", dataset: "d", steps };
  using project = makeProject({ "flows/f.json": flow, [one!]: line, [two!]: line.replace(":00Z", ":01Z") });
  const run = (...flags: string[]) => myx(["flow", "f", ...flags], project.dir);
  assertEquals((await run()).code, 0);
  project.remove(two!);
  assertEquals((await run("--last")).code, 0);
  const name = "10_parsed/EXP_a__bio_signal__2026-01-20.parquet";
  assertStringIncludes(
    (await myx(["status"], project.dir)).stdout,
    `on all days, or those of --from and --to, --output-mode replace makes them without it, or removes them):\n  ${name}`,
  );
  assertEquals((await run("--last", "--output-mode", "replace")).code, 0);
  assertEquals(project.list("datasets/d/10_parsed").length, 1);
  assert(!(await myx(["status"], project.dir)).stdout.includes("Orphaned"));
});

Deno.test("status names datasets that no flow names, and a slip in a dataset's name is told", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  Deno.mkdirSync(`${dir}/datasets/demo/.myx`, { recursive: true });
  Deno.mkdirSync(`${dir}/datasets/empty`);
  const { stderr, stdout } = await myx(["status"], dir);
  assertStringIncludes(stdout, "works in datasets/d\n");
  assertEquals(stderr, `\ndemo: no flow names this dataset; see it with: ${PROGRAM} status FLOW --dataset demo\n`);
  for (
    const args of [["flow", "works", "--dataset"], ["status", "works", "--dataset"], ["verify", "--flow", "works"], [
      "status",
      "--dataset",
    ]]
  ) {
    const slip = await myx([...args, "dmeo"], dir);
    assertEquals(slip.code, 2);
    assertStringIncludes(slip.stderr, '(did you mean "demo"?)');
  }
  const other = await myx(["status", "--dataset", "other"], dir);
  assertEquals([other.code, other.stdout], [2, ""]);
  assertStringIncludes(other.stderr, 'Cannot find dataset "other" in "');
  assertStringIncludes(other.stderr, "There are: d, demo, empty\n");
  for (const command of ["verify", "sql", "serve-db"]) {
    const { code, stderr } = await myx([command, "demmo"], dir);
    assertEquals(code, 2);
    assertStringIncludes(stderr, '(did you mean "demo"?)\nThere are: d, demo, empty\n');
  }
});

Deno.test("commands that delete and status name are for the project that --project names", async () => {
  const dir = makeProject({ "my lab/datasets/d/00_raw/a.csv": "x\n", "my lab/datasets/d/.myx/none": "" }).dir;
  const { stderr } = await myx(["delete", "d", "--project", "my lab"], dir);
  assertEquals(stderr.match(/ d --project 'my lab'/g)?.length, 3, stderr);
  const status = await myx(["status", "--project", "my lab"], dir);
  assertStringIncludes(status.stderr, "status FLOW --dataset d --project 'my lab'\n");
});

Deno.test("status tells one who may only read a dataset to look at a copy of it", async () => {
  const parse = { treatment: "parse", input: "00_raw", output: "10_parsed" };
  const load = { treatment: "to_postgres", input: "10_parsed", output: "50_postgres", params: { host: "embedded" } };
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [parse, load] },
    "flows/hidden.json": { name: "hidden", dataset: "hidden", steps: [parse] },
    "datasets/hidden/.myx/state.sqlite": "",
    "datasets/hidden/00_raw/EXP_a_2026-01-20.csv": "",
    "datasets/d/.myx/state/postgres/data": "",
    "datasets/d/00_raw/EXP_a_2026-01-20.csv": "2026-01-20T00:00:00Z;m0:1\n",
  });
  assertEquals((await myx(["flow", "f", "--to-step", "parse"], project.dir)).code, 0);
  const state = `${project.dir}/datasets/d/.myx`;
  const [kept, hidden] = [`${state}/state/postgres`, `${project.dir}/datasets/hidden/.myx`];
  Deno.chmodSync(kept, 0);
  Deno.chmodSync(hidden, 0);
  try {
    Deno.chmodSync(state, 0o555);
    const { code, stderr } = await myxAsAnybody(["status", "f"], project.dir);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Cannot open the ledger "${state}/state.sqlite": SQLite makes files beside it`);
    assertStringIncludes(stderr, "copy it with its folder .myx to a place that may be written");
    Deno.chmodSync(state, 0o755);
    // What belongs to somebody else hides nothing but itself.
    const all = await myxAsAnybody(["status"], project.dir);
    assertEquals(all.code, 1);
    assertMatch(all.stdout, /^f in datasets\/d\n.*\nparse .* up-to-date\nto_postgres .* stale: 1 of 1 partition\n$/s);
    assertStringIncludes(all.stderr, `Flow "hidden" is left out: Cannot read the ledger "${hidden}/state.sqlite": you`);
  } finally {
    for (const folder of [state, kept, hidden]) Deno.chmodSync(folder, 0o755);
  }
});
