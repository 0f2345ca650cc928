/** The binary's way, under the permissions that are baked into it, against the way of `deno task flow`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bubblewrapArgs } from "../../../core/sandbox/bubblewrap.ts";
import { HOME } from "../../../core/sandbox/grants.ts";
import { treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { makeBinaryProject } from "./binary_project.ts";

const HOST = new URL("../../../core/sandbox/host.ts", import.meta.url);
const STEPS = ["10_parsed", "20_clean", "25_resampled", "30_transform", "40_aggregated", "61_exportnour"];
const folders = STEPS.map((step) => `datasets/valvometry/${step}`);

Deno.test("the binary computes valvometry_daily, to the byte what deno run computes", async () => {
  using project = makeBinaryProject({});
  const small = '{"devices": 1, "days": 1, "rate_hz": 0.2}';
  const made = await project.myx(["run", "simulate", "--output", "datasets/valvometry/00_raw", "--params", small]);
  assertEquals(made.code, 0, made.said);
  const { code, said } = await project.myx(["flow", "valvometry_daily"]);
  assertEquals(code, 0, said);
  const binary = project.hashes(...folders);
  assert(Object.keys(binary).length > 10);
  for (const folder of folders) project.remove(folder);
  project.remove("datasets/valvometry/.myx");
  assertEquals((await project.run("valvometry_daily")).exit_code, 0);
  assertEquals(project.hashes(...folders), binary);
});

const COPIES = `export function run(input, output) {
  Deno.writeTextFileSync(output + "/a.csv", Deno.readTextFileSync(input + "/a.csv"));
}`;

function projectWithOwnTreatment() {
  return makeBinaryProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith("t", COPIES),
    "datasets/d/00_raw/a.csv": "x\n",
  });
}

Deno.test("a treatment of the project runs in a deno of the machine, with a copy of the host", async () => {
  using project = projectWithOwnTreatment();
  const { code, said } = await project.myx(["flow", "f"]);
  assertEquals(code, 0, said);
  assertEquals(project.read("datasets/d/10_out/a.csv"), "x\n");
  const [copy] = names(project.dir, ".myx");
  assertMatch(copy!, /^host-[0-9a-f]{16}$/);
  project.write({ [`.myx/${copy}/core/sandbox/host.ts`]: "throw new Error('changed')" });
  const again = await project.myx(["flow", "f"]);
  assertEquals(again.code, 0, again.said);
  assertEquals(names(project.dir, ".myx"), [copy]);
  assertEquals(project.read(`.myx/${copy}/core/sandbox/host.ts`), Deno.readTextFileSync(HOST));
});

Deno.test("a treatment of the project is refused where there is no deno, before anything runs", async () => {
  using project = projectWithOwnTreatment();
  const { code, said } = await project.myx(["flow", "f"], { PATH: "/nowhere" });
  assertEquals(code, 2);
  assertStringIncludes(said, `Cannot run treatment "t": what is not built in needs a "deno" on the PATH`);
  assertEquals(names(project.dir, "datasets/d"), ["00_raw"]);
});

Deno.test("a deno that does not run here, as one for another machine, or is too old, is told before anything runs", async () => {
  using project = projectWithOwnTreatment();
  const bin = makeTempDir();
  for (
    const [program, reason] of [
      ["#!/bin/sh\necho no such version >&2; exit 1\n", "does not run: no such version"],
      ["\x7fELF", "does not run: "],
      ["#!/bin/sh\necho 2.5.6 /usr/bin/deno\n", "is Deno 2.5.6\nInstall Deno 2.9 or later"],
    ]
  ) {
    Deno.writeTextFileSync(`${bin}/deno`, program!, { mode: 0o755 });
    const { code, said } = await project.myx(["flow", "f"], { PATH: bin });
    assertEquals(code, 2, said);
    assertStringIncludes(said, `needs a "deno" on the PATH, and the one there ${reason}`);
    assertEquals(names(project.dir, "datasets/d"), ["00_raw"]);
  }
});

Deno.test("a second run leaves the copy of the host alone that another has made while it made its own", async () => {
  using project = projectWithOwnTreatment();
  const bin = makeTempDir();
  const deno = `#!/bin/sh\ncase "$1" in cache) sleep 2 ;; esac\nexec "${Deno.execPath()}" "$@"\n`;
  Deno.writeTextFileSync(`${bin}/deno`, deno, { mode: 0o755 });
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const inFolder = () => names(project.dir, ".myx").filter((name) => /^host-[0-9a-f]{16}$/.test(name));
  const first = project.myx(["flow", "f"], env);
  await until(() => filesBelow(project.dir, /^guardian\.ts$/) > 0);
  const second = project.myx(["run", "t", "--input", "datasets/d/00_raw", "--output", "datasets/d/11_out"], env);
  await until(() => inFolder().length === 1);
  const copy = `${project.dir}/.myx/${inFolder()[0]}`;
  const { ino } = Deno.statSync(copy);
  for (const { code, said } of await Promise.all([first, second])) assertEquals(code, 0, said);
  assertEquals(Deno.statSync(copy).ino, ino);
  assertEquals(names(project.dir, ".myx").length, 1);
});

Deno.test("what only looks at files needs no deno, whatever made them", async () => {
  using project = projectWithOwnTreatment();
  assertEquals((await project.myx(["flow", "f"])).code, 0);
  for (const args of [["status"], ["status", "f"], ["verify", "d"]]) {
    const { code, said } = await project.myx(args, { PATH: "/nowhere" });
    assertEquals(code, 0, said);
  }
});

Deno.test("built-in treatments need no deno", async () => {
  using project = makeBinaryProject({});
  const small = '{"devices": 1, "days": 1, "rate_hz": 0.1}';
  for (const path of ["/usr/bin:/bin", "/nowhere"]) {
    const { code, said } = await project.myx(
      ["run", "simulate", "--output", "datasets/demo/00_raw", "--params", small],
      { PATH: path },
    );
    assertEquals(code, 0, said);
  }
});

Deno.test(
  { name: "the binary's treatments and those of the project work in bubblewrap", ignore: !hasBwrap() },
  async () => {
    using project = projectWithOwnTreatment();
    const own = await project.myx(["flow", "f", "--sandbox", "bwrap"]);
    assertEquals(own.code, 0, own.said);
    assertEquals(project.read("datasets/d/10_out/a.csv"), "x\n");
    const small = '{"devices": 1, "days": 1, "rate_hz": 0.01}';
    const flags = ["--output", "datasets/d/01_made", "--params", small, "--sandbox", "bwrap"];
    const builtIn = await project.myx(["run", "simulate", ...flags]);
    assertEquals(builtIn.code, 0, builtIn.said);
  },
);

Deno.test("bubblewrap shows the binary's treatments nothing of what lies inside the binary", () => {
  const grants = { write: "/srv/out", net: [], env: [], memoryMb: 64, builtIn: true };
  const words = bubblewrapArgs({ ...grants, read: ["/srv/in", `${HOME}treatments/parse`] }, { program: "/opt/myx" });
  const shown = words.flatMap((word, i) => word.startsWith("--ro-bind") ? [words[i + 1]!] : []);
  const ours = shown.filter((path) => ["/opt", "/srv", HOME].some((folder) => path.startsWith(folder)));
  assertEquals(ours, ["/opt/myx", "/srv/in"]);
  assertEquals(words[words.indexOf("--chdir") + 1], Deno.cwd());
});

function hasBwrap(): boolean {
  try {
    return new Deno.Command("bwrap", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

for (const [where, env] of [["", {}], [" where there is no setpriv", { PATH: "/nowhere" }]] as const) {
  Deno.test(`a busy treatment ends when the binary is killed${where}`, async () => {
    using project = makeBinaryProject({});
    const long = '{"devices": 1, "days": 300}';
    const run = project.start(["run", "simulate", "--output", "datasets/demo/00_raw", "--params", long], env);
    const children = () => processesWith(`${project.dir}/datasets`);
    await until(() => Promise.resolve(filesBelow(`${project.dir}/datasets/demo/.myx`, /\.csv$/) > 0));
    assertEquals((await children()).length, 1);
    run.kill("SIGKILL");
    await run.output();
    await until(async () => (await children()).length === 0);
  });
}

/** Command lines that hold `text`. */
async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args", "-ww"] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(text));
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come to pass within 5 s");
}

function filesBelow(folder: string, name: RegExp): number {
  try {
    return [...Deno.readDirSync(folder)].reduce(
      (sum, entry) => sum + (entry.isDirectory ? filesBelow(`${folder}/${entry.name}`, name) : +name.test(entry.name)),
      0,
    );
  } catch {
    return 0;
  }
}

function names(dir: string, folder: string): string[] {
  return [...Deno.readDirSync(`${dir}/${folder}`)].map(({ name }) => name);
}
