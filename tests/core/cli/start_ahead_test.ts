/** Which children a flow starts, as the processes tell that a `setpriv` of the test's is asked to start. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Files } from "../../files.ts";
import { kvLines, makeProject, type TestProject } from "../../project.ts";
import { ownTreatment } from "../engine/own_treatment.ts";
import { assertNoProcessLeft } from "../../long/kill_project.ts";
import { DENO_RUN } from "../../deno_run.ts";

const MAIN = fromFileUrl(new URL("../../../main.ts", import.meta.url));
const STEPS = [
  { treatment: "parse", input: "00_raw", output: "10_parsed" },
  { treatment: "clean", input: "10_parsed", output: "20_clean" },
  { treatment: "resample", input: "20_clean", output: "25_resampled" },
];
const options = { ignore: Deno.build.os !== "linux" };

/** A project with a day of raw data, and a setpriv that notes what it starts. */
function project(steps: readonly unknown[] = STEPS, more: Files = {}): TestProject {
  const made = makeProject({
    "flows/f.json": { name: "f", description: "For a test", dataset: "d", steps },
    "datasets/d/00_raw/a_2026-01-20.csv": kvLines([[0, { m0: 1 }], [1, { m0: 2 }]]),
    ...more,
  });
  const real = (Deno.env.get("PATH") ?? "").split(":").map((dir) => `${dir}/setpriv`).find(isThere);
  made.write({ "bin/setpriv": `#!/bin/sh\necho "$*" >> "${made.dir}/bin/log"\nexec ${real} "$@"\n`, "bin/log": "" });
  Deno.chmodSync(`${made.dir}/bin/setpriv`, 0o755);
  return made;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs the flow; resolves to its exit code, and the command lines of the children that it started. */
async function children({ dir, read, write }: TestProject, ...words: readonly string[]): Promise<[number, string[]]> {
  write({ "bin/log": "" });
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", MAIN, "flow", ...words],
    cwd: dir,
    env: { PATH: `${dir}/bin:${Deno.env.get("PATH")}` },
    stderr: "null",
    stdout: "null",
  }).output();
  await assertNoProcessLeft(dir);
  return [code, read("bin/log").split("\n").filter((line) => line.includes("core/sandbox/host.ts"))];
}

Deno.test(
  "the first child of a flow, started before its files are checked, is the one that works",
  options,
  async () => {
    using made = project();
    const [code, [line, ...more]] = await children(made, "f");
    assertEquals([code, more], [0, []]);
    assertStringIncludes(line!, `${made.dir}/datasets/d/20_clean`);
    assertEquals(made.list("datasets/d/25_resampled").length, 1);
    assertEquals(await children(made, "f", "--last"), [0, []]);
  },
);

Deno.test(
  "a child that was started with other rights than it should have does not work, and ends",
  options,
  async () => {
    using usual = project();
    await children(usual, "f");
    using linked = project();
    Deno.mkdirSync(`${linked.dir}/datasets/d/results`);
    Deno.symlinkSync("results", `${linked.dir}/datasets/d/25_resampled`);
    const [code, lines] = await children(linked, "f");
    assertEquals([code, lines.length], [0, 2]);
    const folders = STEPS.map(({ output }) => `datasets/d/${output}`);
    assertEquals(linked.hashes(...folders), usual.hashes(...folders));
  },
);

Deno.test("the flow of every day starts no child in vain", options, async () => {
  using made = project([]);
  made.remove("flows");
  const [code, lines] = await children(made, "valvometry_daily", "--dataset", "d");
  // The database and the export need others.
  assertEquals([code, lines.length], [0, 3]);
});

Deno.test("a flow that cannot run ends the child that was started for it", options, async () => {
  using made = project([{ ...STEPS[0], params: { nonsense: 1 } }]);
  const [code, lines] = await children(made, "f");
  assertEquals([code, lines.length, made.list("datasets/d")], [2, 1, []]);
});

Deno.test("a treatment of the project's is not taken for ours of that name", options, async () => {
  using made = project(STEPS.slice(0, 1), ownTreatment("parse", { pack: true }));
  const [code, lines] = await children(made, "f");
  assertEquals([code, lines.length], [0, 1]);
  assert(lines[0]!.includes(`${made.dir}/treatments/parse`) && !lines[0]!.includes("/treatments/parse,"));
});
