import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MyxError } from "../../../core/contract/errors.ts";
import { onFaultPoint } from "../../../core/engine/fault_point.ts";
import { kvLines, makeProject, type TestProject } from "../../project.ts";

const STAGING = "datasets/d/.myx/staging";

function small(): TestProject {
  const step = (treatment: string, input: string, output: string) => ({ treatment, input, output });
  return makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [step("parse", "00_raw", "10_parsed"), step("clean", "10_parsed", "20_clean")],
    },
    "datasets/d/00_raw/EXP_a_1970-01-01.csv": kvLines([[0, { m0: 1 }]]),
  });
}

const namesIn = (project: TestProject) => [...Deno.readDirSync(`${project.dir}/${STAGING}`)].map(({ name }) => name);

Deno.test("a run that cannot make all staging folders says why, and leaves none", async () => {
  using project = small();
  const { mkdirSync } = Deno;
  Deno.mkdirSync = (path, options) => {
    if (/staging\/20_clean\//.test(String(path))) throw new Error("No space left on device (os error 28)");
    mkdirSync(path, options);
  };
  try {
    const error = await assertRejects(() => project.run("f"), MyxError, "Cannot write into");
    assertStringIncludes(error.message, `${STAGING}/20_clean/calls/results": the disk is full`);
  } finally {
    Deno.mkdirSync = mkdirSync;
  }
  assertEquals(namesIn(project), []);
});

Deno.test("staging folders that cannot be removed are told, and no failure of a run that has done its work", async () => {
  using project = small();
  const { remove, removeSync } = Deno;
  const refuse = (path: string | URL) => {
    if (/staging\/20_clean$/.test(String(path))) throw new Error("Input/output error (os error 5)");
  };
  Deno.remove = async (path, options) => {
    refuse(path);
    await remove(path, options);
  };
  Deno.removeSync = (path, options) => {
    // As long as nothing has been written to it.
    if (project.list("datasets/d/20_clean").length) refuse(path);
    removeSync(path, options);
  };
  const told: string[] = [];
  try {
    const report = await project.run("f", {
      onEvent: (event) => {
        if (event.type === "notice") told.push(event.message);
      },
    });
    assertEquals([report.exit_code, report.steps.length], [0, 2]);
  } finally {
    Object.assign(Deno, { remove, removeSync });
  }
  assertEquals([told.length, namesIn(project)], [1, ["20_clean"]]);
  assertStringIncludes(told[0]!, `${STAGING}/20_clean": Input/output error (os error 5)`);
  assertEquals((await project.run("f", { last: true })).status, "up-to-date");
  assertEquals(namesIn(project), []);
});

Deno.test("on a disk that becomes read-only each partition says so, not that what is left of it cannot be removed", async () => {
  using project = small();
  project.write({ "datasets/d/00_raw/EXP_b_1970-01-01.csv": kvLines([[0, { m0: 1 }]]) });
  const calls = ["removeSync", "renameSync", "chmodSync", "mkdirSync", "remove"] as const;
  const before = Object.fromEntries(calls.map((call) => [call, Deno[call]]));
  const refuse = (call: string) => () => {
    throw new Error(`Read-only file system (os error 30): ${call} '/a'`);
  };
  let isReadOnly = false;
  onFaultPoint((point) => {
    if (isReadOnly || point !== "rename" || project.list("datasets/d/10_parsed").length < 2) return;
    isReadOnly = true;
    Object.assign(Deno, Object.fromEntries(calls.map((call) => [call, refuse(call)])));
  });
  try {
    const report = await project.run("f");
    const told = `Cannot write into "${project.dir}/datasets/d/20_clean": it is read-only`;
    assertEquals(
      report.steps[1]!.errors.map(({ partition, message }) => [partition, message]).sort(),
      ["a", "b"].map((name) => [`EXP_${name}__bio_signal__2026-01-20`, told]),
    );
  } finally {
    onFaultPoint(() => {});
    Object.assign(Deno, before);
  }
  assertEquals((await project.run("f", { last: true })).exit_code, 0);
  assertEquals([namesIn(project), project.list("datasets/d/20_clean").length], [[], 2]);
});

Deno.test("what a killed run of another user left, and only that one may remove, is out of the way until that one's next run", async () => {
  using project = small();
  const left = `${project.dir}/${STAGING}/20_clean`;
  Deno.mkdirSync(left, { recursive: true });
  const { ino } = Deno.statSync(left);
  const { removeSync } = Deno;
  Deno.removeSync = (path, options) => {
    if (Deno.lstatSync(path).ino === ino) throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    removeSync(path, options);
  };
  try {
    assertEquals((await project.run("f")).exit_code, 0);
    assertEquals((await project.run("f")).exit_code, 0);
    assertEquals(namesIn(project).length, 1);
  } finally {
    Deno.removeSync = removeSync;
  }
  await project.run("f", { last: true });
  assertEquals(namesIn(project), []);
});
