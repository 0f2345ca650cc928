/**
 * What runs in a Worker of the binary's other self may touch no more than in a `deno` of its own. The process around the
 * Worker may do everything here, so that whatever is refused, the Worker was refused.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findTreatment, openProject } from "../../../core/contract/project.ts";
import { resolveFlow } from "../../../core/contract/resolve.ts";
import { runFlow } from "../../../core/engine/flow.ts";
import { confinesOf } from "../../../core/sandbox/confined.ts";
import { actStandalone, CHILD } from "../../../core/standalone/self.ts";
import { ATTACKS } from "../../hostile/attacks.ts";
import { runAttack } from "../../hostile/run_attack.ts";
import { makeProject } from "../../project.ts";
import { MAIN, SELF } from "./as_run.ts";

/** The others are run by `deno task test:long`. */
const SAMPLE = [
  "read_passwd",
  "read_other_code",
  "read_env",
  "read_own_output",
  "import_engine",
  "fetch_out",
  "unix_out",
  "ffi",
  "hostname",
  "worker",
  "caches",
  "write_outside",
  "overwrite_input",
  "forge_message",
  "many_files",
];

for (const name of SAMPLE) {
  Deno.test(`a built-in treatment of the binary cannot ${name.replaceAll("_", " ")}`, async () => {
    using _ = actStandalone(SELF);
    const attack = ATTACKS.find((attack) => attack.name === name)!;
    const { exit, said, won, leaked, left } = await runAttack(attack, { origin: "built-in" });
    assertEquals(won, []);
    assertMatch(said, attack.seen);
    assertEquals(exit, attack.exit ?? 1);
    assert(!leaked, "the secret is out");
    assertEquals(left, []);
  });
}

/** Runs `code` as the built-in treatment of a home of its own; `b.csv` makes it stumble, `a.csv` and `c.csv` do not. */
async function attempt(code: string, permissions: Record<string, unknown> = {}) {
  using project = makeProject({
    "project/datasets/d/00_raw/a.csv": "x\n",
    "project/datasets/d/00_raw/b.csv": "x\n",
    "project/datasets/d/00_raw/c.csv": "x\n",
    "home/treatments/t/treatment.json": {
      name: "t",
      version: "1.0.0",
      description: "A treatment of the tests",
      input: { format: "csv" },
      output: { format: "csv" },
      partition: ["file"],
      permissions,
    },
    "home/treatments/t/run.ts": `export async function run(input, output, params, context) {
      if (context.partition.file === "b.csv") { ${code} }
      Deno.writeTextFileSync(output + "/" + context.partition.file, "done");
    }`,
  });
  using _ = actStandalone(SELF);
  const opened = { ...openProject(`${project.dir}/project`), home: `${project.dir}/home` };
  assertEquals(findTreatment(opened, "t").origin, "built-in");
  const flow = { name: "f", dataset: "d", params: {}, steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] };
  const report = await runFlow(resolveFlow(opened, flow, { now: Temporal.Now.instant() }), { jobs: 1 });
  return {
    errors: report.steps[0]!.errors.map(({ message }) => message),
    files: project.list("project/datasets/d/10_out"),
    left: await processesWith(project.dir),
  };
}

const ENDINGS: readonly (readonly [string, string, RegExp, Record<string, unknown>?])[] = [
  ["spawns a program", `new Deno.Command("/usr/bin/id").outputSync()`, /run access/],
  ["overflows the heap", `const all = []; for (;;) all.push({ a: [1.5, 2.5] })`, /more memory than it may/, {
    memory_mb: 64,
  }],
  ["fills array buffers", `const all = []; for (;;) all.push(new Uint8Array(2 ** 26).fill(1))`, /more memory than/, {
    memory_mb: 64,
  }],
  [
    "gets no thread",
    `console.error("Deno could not start: unable to create worker threads."); Deno.exit(1)`,
    /more memory/,
  ],
  ["loops for ever", `for (;;);`, /longer than 1 s/, { time_s: 1 }],
  ["waits for ever", `await new Promise(() => {})`, /longer than 1 s/, { time_s: 1 }],
  ["exits", `Deno.exit(3)`, /ended with code 0 before it was done/],
  ["closes its Worker", `self.close(); await new Promise(() => {})`, /ended with code 0 before it was done/],
  ["throws too late", `setTimeout(() => { throw new Error("late") }); await new Promise(() => {})`, /Error: late/],
  ["throws", `throw new Error("the truth")`, /^the truth$/],
];

for (const [what, code, said, permissions] of ENDINGS) {
  Deno.test(`a treatment of the binary that ${what} ends its own call only`, async () => {
    const { errors, files, left } = await attempt(code, permissions);
    assertEquals(errors.length, 1, errors.join("; "));
    assertMatch(errors[0]!, said);
    assertEquals(files, ["a.csv", "c.csv"]);
    assertEquals(left, []);
  });
}

Deno.test("a treatment of the binary finds what it was granted in the environment, and nothing else", async () => {
  Deno.env.set("MYX_TEST_WORD", "granted");
  const code = `throw new Error(JSON.stringify(Deno.env.get("MYX_TEST_WORD")) + Deno.permissions.querySync({
    name: "env", variable: "HOME" }).state)`;
  assertEquals((await attempt(code, { env: ["MYX_TEST_WORD"] })).errors, ['"granted"prompt']);
  assertEquals((await attempt(`throw new Error(JSON.stringify(Deno.env.toObject()))`)).errors, ["{}"]);
});

Deno.test("a child of the binary ends soon after its parent, however busy it is", async () => {
  using project = makeProject({
    "in/a.csv": "x\n",
    "out/.keep": "",
    "code/run.ts": `export function run(_, output) { Deno.writeTextFileSync(output + "/begun", ""); for (;;); }`,
  });
  const [input, output, code] = ["in", "out", "code"].map((name) => `${project.dir}/${name}`);
  const confines = confinesOf({ read: [input!, code!], write: output!, net: [], env: [], memoryMb: 64 });
  const job = { kind: "run", entry: `file://${code}/run.ts`, input, output, params: {}, files: [], partition: {} };
  // Its standard streams stay open: they lead here, not to the parent that ends.
  const script = 'exec 3<&0; "$@" <&3 & wait';
  const parent = new Deno.Command("sh", {
    args: ["-c", script, "sh", ...SELF, CHILD, confines],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = parent.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`{"nonce": "", "removed": []}\n${JSON.stringify(job)}\n`));
  for (let i = 0; i < 100 && !project.list("out").includes("begun"); i++) await pause(50);
  assertEquals(project.list("out"), ["begun"]);
  assertEquals((await processesWith(project.dir, 1)).length, 2);
  parent.kill("SIGKILL");
  await pause(1000);
  assertEquals(await processesWith(project.dir), []);
  await writer.abort().catch(() => {});
  await parent.output();
});

Deno.test("nothing but tests acts as a binary without being one", () => {
  const users = (folder: URL): string[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory
        ? users(new URL(`${name}/`, folder))
        : Deno.readTextFileSync(new URL(name, folder)).includes("actStandalone")
        ? [name]
        : []
    );
  assertEquals(users(new URL("../../../core/", import.meta.url)), ["self.ts"]);
  assertStringIncludes(Deno.readTextFileSync(MAIN), "CHILD");
  assert(!Deno.readTextFileSync(MAIN).includes("actStandalone"));
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Command lines that hold `text`, once there are none, or after so many looks. */
async function processesWith(text: string, looks = 20): Promise<string[]> {
  for (let look = 1;; look++) {
    const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args", "-ww"] }).output();
    const found = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(text));
    if (!found.length || look === looks) return found;
    await pause(50);
  }
}
