/** How datasets stand, as the command line tells it, and what it says of names that are none. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PROGRAM } from "../../../core/cli/command_line.ts";
import { makeProject } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { myx, projectWith } from "./process.ts";

Deno.test("status tells of a dataset without its raw folder, and how all the others stand", async () => {
  const dir = makeTempDir();
  for (const dataset of ["a", "b"]) await myx(["init", dataset], dir);
  Deno.removeSync(`${dir}/datasets/a/00_raw`);
  const { code, stdout, stderr } = await myx(["status"], dir);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Flow "a" is left out: Cannot run step "parse": its input folder ');
  assert(stdout.startsWith("b in datasets/b\n"), stdout);
  Deno.removeSync(`${dir}/datasets/b`, { recursive: true });
  assert(!/No flow has a dataset/.test((await myx(["status"], dir)).stderr));
});

Deno.test("status says of no dataset that no flow names it where that flow is left out", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  Deno.mkdirSync(`${dir}/datasets/d/.myx`, { recursive: true });
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
  assertStringIncludes(stderr, 'Flow "works" is left out: Cannot grant "{host}:{port}"');
  assert(!stderr.includes("no flow names"), stderr);
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
