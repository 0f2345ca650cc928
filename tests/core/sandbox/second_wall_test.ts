import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { withoutGuards } from "../../../core/sandbox/guards.ts";
import { ATTACKS } from "../../hostile/attacks.ts";
import { runAttack } from "../../hostile/run_attack.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";
import { DENO_RUN } from "../../deno_run.ts";

const MAIN: string = fromFileUrl(new URL("../../../main.ts", import.meta.url));
const FLOW = { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] };
const ignore = !isInstalled("bwrap");

function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

function projectThatCopies() {
  return makeProject({
    "flows/f.json": FLOW,
    ...treatmentWith(
      "t",
      `export function run(input, output) { Deno.writeFileSync(output + "/a.csv", Deno.readFileSync(input + "/a.csv")); }`,
    ),
    "datasets/d/00_raw/a.csv": "x\n",
  });
}

Deno.test({ name: "a treatment works in bubblewrap", ignore }, async () => {
  using project = projectThatCopies();
  const report = await project.run("f", { wall: "bwrap" });
  assertEquals(report.steps[0]!.errors, []);
  assertEquals(project.read("datasets/d/10_out/a.csv"), "x\n");
});

Deno.test({ name: "what a treatment keeps is there for a child that starts before its step", ignore }, async () => {
  using project = makeProject({
    "flows/f.json": {
      name: "f",
      dataset: "d",
      steps: [
        { treatment: "parse", input: "00_raw", output: "10_parsed" },
        { treatment: "aggregate", input: "10_parsed", output: "40_aggregated", params: { windows: ["60s"] } },
        { treatment: "to_postgres", input: "40_aggregated", output: "50_loaded", params: { host: "embedded" } },
      ],
    },
    "datasets/d/00_raw/s_2026-01-20.csv": kvLines([[0, { m0: 1 }]]),
  });
  const report = await project.run("f", { wall: "bwrap" });
  assertEquals(report.steps.map(({ errors }) => errors), [[], [], []]);
});

Deno.test("where there is no bubblewrap, a run that asks for it says so and computes nothing", async () => {
  using project = projectThatCopies();
  project.write({ "bin/.keep": "" });
  Deno.symlinkSync(Deno.execPath(), `${project.dir}/bin/deno`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", MAIN, "flow", "f", "--project", project.dir, "--sandbox", "bwrap"],
    env: { PATH: `${project.dir}/bin`, NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 2, said);
  assertStringIncludes(said, 'Cannot use --sandbox=bwrap: "bwrap" does not run here');
  assertStringIncludes(said, "Install bubblewrap");
  assertEquals(project.list("datasets/d/10_out"), []);
});

// Deno's own guards are down for these: what stops them is bubblewrap alone.
for (
  const [name, said] of [
    ["read_other_code", /No such file/],
    ["read_sibling_dataset", /No such file/],
    ["write_outside", /No such file|Read-only/],
    ["overwrite_input", /Read-only/],
    ["overwrite_next", /No such file/],
    ["rewrite_code", /Read-only/],
    ["tcp_out", /unreachable|refused/],
    ["follow_symlink_input", /No such file/],
  ] as const
) {
  Deno.test({ name: `bubblewrap alone stops ${name}`, ignore }, async () => {
    const attack = ATTACKS.find((attack) => attack.name === name)!;
    using _ = withoutGuards(attack.guards);
    const outcome = await runAttack(attack, { origin: "project", flow: { wall: "bwrap" } });
    assertEquals(outcome.won, []);
    assertMatch(outcome.said, said);
  });
}
