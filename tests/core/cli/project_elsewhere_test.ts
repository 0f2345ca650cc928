/** What commands tell to do next, where `--project` names a folder that is not the current one. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeTempDir } from "../../temp_dir.ts";
import { myx, projectWith } from "./process.ts";

Deno.test("new and run with a project elsewhere name commands that work from here", async () => {
  const dir = makeTempDir();
  const project = `${dir}/my lab`;
  Deno.mkdirSync(`${project}/datasets/DATASET/20_clean`, { recursive: true });
  const { stderr } = await myx(["new", "mine", "--project", "my lab"], dir);
  const words = /(?<= task myx )run mine .*/.exec(stderr)![0].matchAll(/'([^']*)'|\S+/g);
  const { stderr: told } = await myx([...words].map(([word, quoted]) => quoted ?? word), dir);
  assertStringIncludes(told, 'my lab/datasets/DATASET/20_clean" has no parquet file');
  assertStringIncludes(told, " logs --errors --project 'my lab'");
});

Deno.test("what is to be done about a project elsewhere is told with its folder", async () => {
  const dir = makeTempDir();
  Deno.mkdirSync(`${dir}/my lab`);
  await myx(["new", "mine", "--project", "my lab"], dir);
  Deno.mkdirSync(`${dir}/my lab/treatments/broken`);
  Deno.writeTextFileSync(`${dir}/my lab/treatments/broken/treatment.json`, "{");
  for (
    const [args, hint] of [
      [["status"], "init DATASET"],
      [["verify", "d"], "init DATASET"],
      [["list", "treatments"], "check"],
      [["list", "steps"], "list steps --flow raw_live"],
      [["run", "mine", "--output", "out"], "describe mine"],
    ] as const
  ) {
    const { stdout, stderr } = await myx([...args, "--project", "my lab"], dir);
    assertStringIncludes(stdout + stderr, ` task myx ${hint} --project 'my lab'`);
  }
});

Deno.test("verify --repair of a project elsewhere names the log of that project", async () => {
  const dir = projectWith("d", 'export function run() { throw new Error("no"); }');
  const { code, stderr } = await myx(["verify", "d", "--repair", "--project", dir]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, ` logs --errors --project ${dir}\n`);
});
