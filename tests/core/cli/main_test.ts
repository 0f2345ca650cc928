/** The command line as a process: what it exits with, and what goes to stdout and stderr. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { relative } from "@std/path";
import { DENO } from "../../../core/cli/deno_call.ts";
import { PROGRAM } from "../../../core/cli/command_line.ts";
import { lockFolder } from "../../../core/engine/lock.ts";
import { VERSION } from "../../../core/version.ts";
import { makeProject, treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { DENO_RUN } from "../../deno_run.ts";
import { deno, HOME, myx, projectWith } from "./process.ts";

/** A treatment that makes b.csv of a.csv. */
const COPY = `export function run(input, output) {
  Deno.writeTextFileSync(output + "/b.csv", Deno.readTextFileSync(input + "/a.csv"));
}
`;

Deno.test("myx ends with 0 for help and version, on stdout, without any permission", async () => {
  const dir = makeTempDir();
  for (
    const [args, start] of [
      [["--version"], `${VERSION}\n`],
      [["--help"], "myx turns raw sensor CSV"],
      [["flow", "--help"], "Run a flow: "],
      [["help", "flow"], "Run a flow: "],
      [["completions", "fish"], "# fish completion"],
    ] as const
  ) {
    const { code, stdout, stderr } = await deno([
      ...DENO_RUN,
      `${HOME}/main.ts`,
      ...args,
    ], dir);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    assert(stdout.startsWith(start), stdout);
  }
});

Deno.test("myx ends with 2 and says what to do, where the command line or a flow is wrong", async () => {
  for (
    const [args, message] of [
      [[], `Usage: ${PROGRAM} COMMAND`],
      [["flwo"], `Error: Cannot find command "flwo" (did you mean "flow"?)\nSee "${PROGRAM} --help"\n`],
      [["flow", "nowhere"], 'Error: Cannot find flow "nowhere"'],
      [["flow", "valvometry_daily", "--step", "claen"], '(did you mean "clean"?)'],
      [["flow", "valvometry_daily", "--from", "2026-01-21", "--to", "2026-01-20"], "the last lies before the first"],
      [["flow", "valvometry_daily", "--params", "{"], "Error: Cannot read --params"],
      [["run", "clean", "--output", "out"], "Error: Cannot run clean: --input DIR is missing"],
      [["list", "steps"], "--flow NAME is missing"],
      [["new", "../x"], 'Error: Cannot make treatment "../x"'],
      [["status", "--project", "missing"], 'Error: Cannot open project "missing"'],
      [["watch", "valvometry_daily"], 'Error: Cannot run step "parse": its input folder "'],
      [["run", "--input", "in"], 'Error: Cannot run "run": TREATMENT is missing'],
    ] as const
  ) {
    const { code, stdout, stderr } = await myx(args);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, message);
    assert(!/\n {4}at /.test(stderr), `a stack trace without --debug:\n${stderr}`);
  }
});

Deno.test("--debug shows where in a treatment an error was thrown, and nothing else does", async () => {
  const dir = projectWith("broken", "export function run() {\n  undefined.x;\n}\n");
  for (const flags of [["--debug"], []]) {
    const { code, stderr } = await myx(["flow", "broken", "--project", dir, ...flags]);
    assertEquals(code, 1);
    assertEquals(/\n {8}at .*treatments\/broken\/run\.ts:2:/.test(stderr), flags.length > 0, stderr);
    assertEquals(stderr.includes("Run it again with --debug to see where in its code"), flags.length === 0, stderr);
  }
});

Deno.test("--json gives one JSON document where nothing comes of a command, too", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  for (
    const [args, code, error] of [
      [["flow", "works", "--json", "--lst"], 2, 'Cannot use flag "--lst" with flow (did you mean "--last"?)'],
      [["flow", "wroks", "--json"], 2, 'Cannot find flow "wroks" (did you mean "works"?)'],
      [["describe", "nothing", "--json"], 2, 'Cannot find treatment "nothing"'],
      [["describe", "nothing", "--json=true"], 2, 'Cannot find treatment "nothing"'],
      [["archive", "works", "--json"], 2, 'Cannot find dataset "works"'],
      [["flow", "works", "--json", "--project", "/proc/version"], 2, "it is no folder"],
    ] as const
  ) {
    const ended = await myx(args, dir);
    const document = JSON.parse(ended.stdout);
    assertEquals([ended.code, document.exit_code], [code, code]);
    assertStringIncludes(document.error, error);
    assertStringIncludes(ended.stderr, `Error: ${document.error}\n${document.fix ?? ""}`);
  }
  using _lock = await lockFolder(`${dir}/datasets/d/10_out`, { command: "flow works" });
  const locked = await myx(["flow", "works", "--json"], dir);
  assertEquals([locked.code, JSON.parse(locked.stdout).exit_code], [3, 3], locked.stderr);
});

Deno.test("a reader of stdout that goes away changes neither what is done nor the exit code", async () => {
  const dir = projectWith("fails", 'export function run() {\n  throw new Error("broken");\n}\n');
  const unread = async (...args: readonly string[]) => {
    const command = [...DENO_RUN, "-A", `${HOME}/main.ts`, ...args];
    const child = new Deno.Command(Deno.execPath(), { args: command, cwd: dir, stdout: "piped", stderr: "null" })
      .spawn();
    await child.stdout.cancel();
    return (await child.status).code;
  };
  assertEquals(await unread("flow", "fails", "--json"), 1);
  assertEquals([await unread("list", "flows"), await unread("describe", "fails", "--json")], [0, 0]);
  Deno.writeTextFileSync(`${dir}/treatments/fails/run.ts`, COPY);
  assertEquals(await unread("verify", "d", "--repair"), 0);
  assertEquals(Deno.readTextFileSync(`${dir}/datasets/d/10_out/b.csv`), "x\n");
});

Deno.test("flow ends with 1 where a step fails, 0 where all is well, and prints data on stdout only", async () => {
  const dir = projectWith(
    "works",
    'export const run = (_: string, out: string) => Deno.writeTextFile(`${out}/a.csv`, "1\\n");\n',
  );
  const first = await myx(["flow", "works", "--json"], dir);
  assertEquals(first.code, 0, first.stderr);
  assertEquals(JSON.parse(first.stdout).steps[0].files.written, 1);
  const again = await myx(["flow", "works", "--last"], dir);
  assertEquals([again.code, again.stdout], [0, ""]);
  assertStringIncludes(again.stderr, "works on dataset d: already up-to-date");
  const dry = await myx(["flow", "works", "--dry-run"], dir);
  assertMatch(dry.stdout, /^works .* selected\n1 partition\n$/);
  const logs = await myx(["logs", "--json"], dir);
  assert(logs.stdout.trimEnd().split("\n").every((line) => JSON.parse(line).run_id));

  const fails = projectWith("fails", 'export function run() {\n  throw new Error("no luck today");\n}\n');
  const failed = await myx(["flow", "fails"], fails);
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assertStringIncludes(failed.stderr, "no luck today");
  assertStringIncludes(failed.stderr, "failed in fails");
});

Deno.test("flow says that it cannot write the log, and that its ledger was damaged, and goes on", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  Deno.mkdirSync(`${dir}/myx.log`);
  Deno.mkdirSync(`${dir}/datasets/d/.myx`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/datasets/d/.myx/state.sqlite`, "no database, but as long as one is ".repeat(30));
  const { code, stderr } = await myx(["flow", "works"], dir);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, `Cannot write the log "${dir}/myx.log": `);
  assertStringIncludes(stderr, "The ledger was damaged and is set aside as ");
});

Deno.test("flow does its work although what it says cannot be written, as on a full disk", async () => {
  const dir = projectWith(
    "works",
    'export const run = (_: string, out: string) => Deno.writeTextFile(`${out}/a.csv`, "1\\n");\n',
  );
  const words = [Deno.execPath(), ...DENO_RUN, "-A", `${HOME}/main.ts`, "flow", "works"];
  const args = ["-c", '"$@" 2>/dev/full', "sh", ...words];
  const { code } = await new Deno.Command("sh", { args, cwd: dir, stdout: "null" }).output();
  assertEquals(code, 0);
  const logs = await myx(["logs"], dir);
  assertMatch(logs.stdout, /success +works *\d* .*\n$/);
});

Deno.test("flow ends with 130 when it is interrupted", async () => {
  const dir = projectWith(
    "sleeps",
    "export const run = () => new Promise((resolve) => setTimeout(resolve, 20_000));\n",
  );
  const args = [...DENO_RUN, "-A", `${HOME}/main.ts`, "flow", "sleeps"];
  const child = new Deno.Command(Deno.execPath(), { args, cwd: dir, stdout: "null", stderr: "piped" }).spawn();
  let stderr = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    if (stderr === "") child.kill("SIGINT");
    stderr += text;
  }
  assertEquals((await child.status).code, 130, stderr);
  assertStringIncludes(stderr, "what is published stays");
});

Deno.test("init in another folder says what it wrote and how to go on there, and refuses what Deno cannot grant", async () => {
  const dir = makeTempDir();
  for (const name of ["here", "own", "a,b"]) Deno.mkdirSync(`${dir}/${name}`);
  const init = (project: string) => myx(["init", "mussels", "--project", project], `${dir}/here`);
  const first = await init("../own");
  assertStringIncludes(first.stderr, "Wrote ../own/deno.json with tasks: ");
  assertStringIncludes(
    first.stderr,
    `Next: put raw files there, then cd ../own && ${DENO} task flow mussels\n`,
  );
  Deno.writeTextFileSync(`${dir}/own/datasets/mussels/00_raw/a.csv`, "");
  assertStringIncludes((await init("../own")).stderr, `Next: cd ../own && ${DENO} task flow mussels\n`);
  const config = `${dir}/own/deno.json`;
  Deno.writeTextFileSync(config, Deno.readTextFileSync(config).replaceAll("main.ts", "moved/main.ts"));
  assertStringIncludes(
    (await init("../own")).stderr,
    'Kept task "myx" of ../own/deno.json as it is; if myx or the project has moved, remove it and the import "myx" there, and',
  );
  const refused = await init("../a,b");
  assertEquals([refused.code, [...Deno.readDirSync(`${dir}/a,b`)]], [2, []]);
  assertStringIncludes(refused.stderr, "its path has a comma");
});

Deno.test("a dataset's own flow is found beside a broken one; where another may be meant, what is broken is told", async () => {
  const dir = projectWith("d", COPY);
  Deno.writeTextFileSync(`${dir}/flows/broken.json`, '{"dataset": "d",}');
  assertEquals((await myx(["flow", "d"], dir)).code, 0);
  const { code, stderr } = await myx(["verify", "d"], dir);
  assertEquals([code, stderr], [0, ""]);
  Deno.mkdirSync(`${dir}/datasets/other`);
  const other = await myx(["verify", "other"], dir);
  assertEquals(other.code, 2);
  assertStringIncludes(other.stderr, 'flows/broken.json" at line 1, column 17');
});

Deno.test("flow --dry-run ends with the steps where more follows, which --json tells beside its partitions", async () => {
  const dir = makeTempDir();
  assertEquals((await myx(["init", "mussels"], dir)).code, 0);
  Deno.writeTextFileSync(`${dir}/datasets/mussels/00_raw/a_b_2026-01-20.csv`, "2026-01-20T00:00:00Z;m0:1\n");
  const dry = ["flow", "mussels", "--dry-run", "--to-step", "resample"];
  const text = "1 partition, and what follows from it in clean, resample\n";
  assertEquals((await myx(dry, dir)).stdout, `parse  a_b_2026-01-20.csv  new\n${text}`);
  const { stdout, stderr } = await myx([...dry, "--json"], dir);
  assertEquals(JSON.parse(stdout).length, 1);
  assertStringIncludes(stderr, text);
});

Deno.test("flow --dry-run says why nothing would be computed: up-to-date it is with --last alone", async () => {
  const dir = makeTempDir();
  assertEquals((await myx(["init", "mussels"], dir)).code, 0);
  Deno.mkdirSync(`${dir}/datasets/mussels/10_parsed`);
  const clean = ["flow", "mussels", "--dry-run", "--step", "clean"];
  for (
    const [flags, why] of [
      [[], "there is nothing to read"],
      [["--last"], "already up-to-date"],
      [["--to", "2026-02-01"], "none lies in the selected days"],
    ] as const
  ) {
    const { code, stdout } = await myx([...clean, ...flags], dir);
    assertEquals([code, stdout], [0, `0 partitions: ${why}\n`]);
  }
});

Deno.test("flow --dry-run tells of files that --output-mode replace would remove", async () => {
  const dir = makeTempDir();
  assertEquals((await myx(["init", "mussels"], dir)).code, 0);
  const raw = `${dir}/datasets/mussels/00_raw/a_b_2026-01-2`;
  for (const day of [0, 1]) Deno.writeTextFileSync(`${raw}${day}.csv`, `2026-01-2${day}T00:00:00Z;m0:1\n`);
  const clean = ["flow", "mussels", "--to-step", "clean"];
  assertEquals((await myx(clean, dir)).code, 0);
  Deno.removeSync(`${raw}1.csv`);
  const dry = [...clean, "--last", "--dry-run", "--output-mode"];
  assertEquals((await myx([...dry, "append"], dir)).stdout, "0 partitions: already up-to-date\n");
  const text = "0 partitions, 1 file to remove, and what follows from it in clean\n";
  assertEquals((await myx([...dry, "replace"], dir)).stdout, text);
  const { stdout, stderr } = await myx([...dry, "replace", "--json"], dir);
  assertEquals(stdout, "[]\n");
  assertStringIncludes(stderr, text);
});

Deno.test("flow refuses --params domains for several steps, and takes it for the one selected", async () => {
  const dir = makeTempDir();
  assertEquals((await myx(["init", "mussels"], dir)).code, 0);
  const params = ["--params", '{"domains": {"bio_signal": {"max_value": 5}}}'];
  const all = await myx(["flow", "mussels", "--dry-run", ...params], dir);
  assertEquals(all.code, 2);
  assertStringIncludes(all.stderr, "as with --step parse or --step clean, because domains means different things");
  Deno.mkdirSync(`${dir}/datasets/mussels/10_parsed`);
  const one = await myx(["flow", "mussels", "--dry-run", "--from-step", "clean", ...params], dir);
  assertEquals(one.code, 0, one.stderr);
});

Deno.test("check and --dry-run report a param of the wrong form before anything runs", async () => {
  const dir = makeTempDir();
  await myx(["init", "mussels"], dir);
  const path = `${dir}/flows/mussels.json`;
  const flow = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, JSON.stringify({ ...flow, params: { freq: "7s" } }));
  for (const args of [["check", "mussels"], ["flow", "mussels", "--dry-run"]]) {
    const { code, stdout, stderr } = await myx(args, dir);
    assertEquals(code, 2);
    assertMatch(stdout + stderr, /params\.freq of .*"7s" \(string\), which does not divide a day/);
  }
});

Deno.test("init gives a folder tasks that work under their own grants, and twice is as once", async () => {
  const dir = makeTempDir();
  // What a project says of its own packages must neither break nor change myx.
  const own = { imports: { "myx": "./mine.ts", "@std/path": "./mine.ts" }, nodeModulesDir: "manual", version: "1.2.3" };
  Deno.writeTextFileSync(`${dir}/deno.json`, JSON.stringify(own));
  Deno.writeTextFileSync(`${dir}/package.json`, '{ "type": "module", "dependencies": {} }\n');
  assertEquals((await myx(["init", "mussels"], dir)).code, 0);
  const { tasks: { myx: _, ...tasks }, ...rest } = JSON.parse(Deno.readTextFileSync(`${dir}/deno.json`));
  assertEquals(rest, own);
  const { add, update, remove, ...aliases } = tasks;
  for (const fetching of [add, update, remove]) {
    assertMatch(fetching, /--allow-write=\.myx,myx\.lock --allow-run=deno,git/);
  }
  assertEquals(aliases, { flow: "deno task -q myx flow", mussels: "deno task -q flow mussels" });

  const task = (...args: string[]) => deno(["task", "-q", ...args], dir);
  assertEquals(await task("myx", "init", "oysters").then(({ code, stderr }) => [code, stderr.includes("oysters")]), [
    0,
    true,
  ]);
  assertEquals((await task("myx", "init", "oysters")).code, 0);
  const flows = await task("myx", "list", "flows");
  assertMatch(flows.stdout, /^mussels +project +mussels .*\noysters +project/);
  assertEquals((await task("myx", "check", "mussels", "oysters")).stdout, "OK     flow mussels\nOK     flow oysters\n");
  assertEquals((await task("myx", "new", "mine")).code, 0);
  for (const [file, ups] of [["flows/mussels.json", "../"], ["treatments/mine/treatment.json", "../../"]] as const) {
    const { $schema } = JSON.parse(Deno.readTextFileSync(`${dir}/${file}`));
    const near = !/^(\.\.\/){3}/.test(relative(dir, HOME));
    assert($schema.startsWith(near ? `${ups}${relative(dir, HOME)}/` : HOME), $schema);
  }
  assertEquals((await task("myx", "new", "mine")).code, 2);
  assertMatch((await task("myx", "list", "treatments")).stdout, /^mine +project +1\.0\.0/m);
  assertEquals(Object.keys(JSON.parse(Deno.readTextFileSync(`${dir}/deno.json`)).tasks), [
    "myx",
    "flow",
    "add",
    "update",
    "remove",
    "mussels",
    "oysters",
  ]);
});

Deno.test("main.ts loads neither engine nor packages for data before a command is chosen", async () => {
  const { stdout } = await deno(["info", "--json", `${HOME}/main.ts`], HOME);
  const graph = JSON.parse(stdout) as {
    roots: string[];
    modules: { specifier: string; dependencies?: { isDynamic?: boolean; code?: { specifier: string } }[] }[];
  };
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const seen = new Set<string>();
  const walk = (specifier: string) => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    for (const { isDynamic, code } of modules.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code) walk(code.specifier);
    }
  };
  graph.roots.forEach(walk);
  assert(seen.size > 5, "the graph was read");
  const heavy = [...seen].filter((specifier) => /core\/(engine|sandbox|data)\/|arrow|parquet/.test(specifier));
  assertEquals(heavy, []);
});

Deno.test("list and describe show what strangers wrote as it is: no escape sequences, a line each", async () => {
  const description = "Red\u001b[31m line\nand \u202eanother";
  const { dir } = makeProject(treatmentWith("odd", "export function run() {}", { description }));
  const listed = await myx(["list", "treatments"], dir);
  assertMatch(listed.stdout, /^odd +project +1\.0\.0 +Red\ufffd\[31m line and \ufffdanother$/m);
  assertStringIncludes((await myx(["describe", "odd"], dir)).stdout, "\nRed\ufffd[31m line and \ufffdanother\n");
});
