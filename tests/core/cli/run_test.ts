import { assertEquals, assertMatch } from "@std/assert";
import { HOME } from "../../../core/sandbox/grants.ts";
import { DENO_RUN } from "../../deno_run.ts";
import { kvLines, makeProject, treatmentWith } from "../../project.ts";

const LONG = "x".repeat(300);

for (
  const [what, [input, output], message] of [
    [
      "an output of too long a name",
      ["00_raw", LONG],
      /Cannot write into ".*x": its name is too long\nChoose a shorter/,
    ],
    [
      "an output in a folder of too long a name",
      ["00_raw", `${LONG}/a`],
      /Cannot write into ".*x": its name is too long/,
    ],
    ["an output that is a file", ["00_raw", "file"], /Cannot write into ".*file": a file, .*\nMove that away, or/],
    ["an output below a file", ["00_raw", "file/a/b"], /Cannot write into ".*file\/a": a file, /],
    [
      "an output that is a link to nowhere",
      ["00_raw", "link"],
      /Cannot write into ".*link": a file, or a link that leads/,
    ],
    [
      "an input of too long a name",
      [LONG, "10_parsed"],
      /^Error: Cannot use input of "run parse": found .* expected a folder that is there already/,
    ],
    [
      "an input that is not there, beside an output in a new folder",
      ["none", "new/10_parsed"],
      /^Error: Cannot use input of "run parse": found .* expected a folder that is there already/,
    ],
    [
      "an input that is a file",
      ["file", "10_parsed"],
      /^Error: Cannot use input of "run parse": found .* expected a folder that is there already/,
    ],
  ] as const
) {
  Deno.test(`run explains ${what}, and leaves all as it was`, async () => {
    using project = makeProject({ "d/00_raw/EXP_a_2026-01-20.csv": kvLines([[0, { m0: 1 }]]), "d/file": "mine" });
    Deno.symlinkSync(`${project.dir}/nowhere`, `${project.dir}/d/link`);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...DENO_RUN, "-A", `${HOME}/main.ts`, "run", "parse", "--input", input, "--output", output],
      cwd: `${project.dir}/d`,
      env: { NO_COLOR: "1", INIT_CWD: `${project.dir}/d` },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertMatch(text, message);
    assertMatch(text, /^Error: Cannot [^\n]+\n([^\n]+\n)?$/);
    assertEquals(code === 0, false);
    assertEquals([...Deno.readDirSync(`${project.dir}/d`)].map(({ name }) => name).sort(), ["00_raw", "file", "link"]);
    assertEquals(Deno.readTextFileSync(`${project.dir}/d/file`), "mine");
  });
}

Deno.test("run asks for a param that the treatment requires by the flag that gives it: there is no flow's file", async () => {
  using project = makeProject({
    ...treatmentWith("needy", "export function run() {}", { params: { key: { type: "string", required: true } } }),
    "raw/a.csv": "x\n",
  });
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", `${HOME}/main.ts`, "run", "needy", "--input", "raw", "--output", "out"],
    cwd: project.dir,
    env: { NO_COLOR: "1", INIT_CWD: project.dir },
  }).output();
  assertEquals(code, 2);
  assertMatch(new TextDecoder().decode(stderr), /^Error: Cannot use key of "--params": found nothing, expected text/);
});

for (const flag of ["--mode", "--output-mode"]) {
  Deno.test(`run makes the outputs what the inputs say with ${flag} replace, as warnings advise it`, async () => {
    const file = (device: string) => `EXP_${device}_2026-01-20.csv`;
    using project = makeProject({
      [`raw/${file("a")}`]: kvLines([[0, { m0: 1 }]]),
      [`raw/${file("b")}`]: kvLines([[0, { m0: 1 }]]),
    });
    const run = async (...more: readonly string[]) => {
      const { code } = await new Deno.Command(Deno.execPath(), {
        args: [...DENO_RUN, "-A", `${HOME}/main.ts`, "run", "parse", "--input", "raw", "--output", "out", ...more],
        cwd: project.dir,
        env: { NO_COLOR: "1", INIT_CWD: project.dir },
      }).output();
      assertEquals(code, 0);
      return project.list("out").filter((name) => name.endsWith(".parquet")).length;
    };
    assertEquals(await run(), 2);
    project.remove(`raw/${file("b")}`);
    assertEquals([await run(), await run(flag, "replace")], [2, 1]);
  });
}

Deno.test("run refuses --mode and --output-mode together: one of them would count, unseen", async () => {
  using project = makeProject({ "raw/EXP_a_2026-01-20.csv": kvLines([[0, { m0: 1 }]]) });
  const words = ["run", "parse", "--input", "raw", "--output", "out", "--mode", "replace", "--output-mode", "append"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", `${HOME}/main.ts`, ...words],
    cwd: project.dir,
    env: { NO_COLOR: "1", INIT_CWD: project.dir },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [
    2,
    'Error: Cannot use "--mode" and "--output-mode" together: they are the same\n',
  ]);
});
