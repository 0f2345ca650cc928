import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { makeProject, treatmentWith } from "../../project.ts";
import { makeTempDir } from "../../temp_dir.ts";
import { DENO_RUN } from "../../deno_run.ts";

const MAIN: string = fromFileUrl(new URL("../../../main.ts", import.meta.url));
const CODE = `export function run(_, output) { Deno.writeTextFileSync(output + "/x.csv", ""); for (;;); }`;

/** Kills a run of a treatment that never returns, and returns the processes that are left of it. */
async function killRun(path: string): Promise<string[]> {
  using project = makeProject({
    "flows/f.json": { name: "f", dataset: "d", steps: [{ treatment: "t", input: "00_raw", output: "10_out" }] },
    ...treatmentWith("t", CODE),
    "datasets/d/00_raw/a.csv": "x\n",
  });
  const run = new Deno.Command(Deno.execPath(), {
    args: [...DENO_RUN, "-A", MAIN, "flow", "f", "--project", project.dir],
    env: { PATH: path },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const calls = `${project.dir}/datasets/d/.myx/staging/10_out/calls`;
  await until(() => filesBelow(calls).some((name) => name.endsWith("x.csv")));
  assertEquals((await processesWith(project.dir)).length, 2, "the run or its child is not there");
  run.kill("SIGKILL");
  await run.status;
  let left: string[] = [];
  await until(async () => !(left = await processesWith(project.dir)).length).catch(() => {});
  return left;
}

Deno.test("a child in a busy loop ends when myx is killed", async () => {
  assertEquals(await killRun(Deno.env.get("PATH")!), []);
});

Deno.test("a child in a busy loop ends when myx is killed where there is no setpriv", async () => {
  const bin = makeTempDir();
  try {
    Deno.symlinkSync(Deno.execPath(), `${bin}/deno`);
    assertEquals(await killRun(bin), []);
  } finally {
    Deno.removeSync(bin, { recursive: true });
  }
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come to pass within 10 s");
}

function filesBelow(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? filesBelow(`${folder}/${name}`) : [name]
    );
  } catch {
    return [];
  }
}

async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args", "-ww"] }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(text));
  assert(lines.length < 10);
  return lines;
}
