import { assertEquals } from "@std/assert";
import { readParquet, writeParquet } from "myx";
import { fromFileUrl, toFileUrl } from "@std/path";
import { scaffoldCode, scaffoldMetadata } from "../../../core/cli/scaffold.ts";
import { loadTreatment } from "../../../core/contract/treatment.ts";
import { tableOf } from "../../harness.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("scaffoldMetadata() and scaffoldCode() make a valid treatment that runs as it is", async () => {
  const dir = makeTempDir();
  Deno.writeTextFileSync(`${dir}/treatment.json`, scaffoldMetadata("my_first", "treatment.schema.json"));
  Deno.writeTextFileSync(`${dir}/run.ts`, scaffoldCode("my_first"));
  const treatment = loadTreatment(dir, "path");
  assertEquals(treatment.partition, ["source", "domain", "day"]);
  assertEquals(Object.keys(treatment.params), ["factor"]);

  await runsAsItIs(dir);
});

Deno.test("the smallest treatment of README.md runs as it is", async () => {
  const dir = makeTempDir();
  const readme = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));
  Deno.writeTextFileSync(`${dir}/run.ts`, smallestOf(readme));
  await runsAsItIs(dir);
});

/** Runs the treatment in `dir` with a factor that makes fractions of whole numbers. */
async function runsAsItIs(dir: string): Promise<void> {
  const name = "a__bio_signal__2026-01-20.parquet";
  // What transform tells aggregate, which then names columns by it, and another name of the times.
  const told = { timeColumn: "Time", meta: { derived: { m0: "sqrt_inv" } } };
  writeParquet(`${dir}/${name}`, { ...tableOf(["m0", "quality_flag"], [[0, 10, 2], [1, null, 1]]), ...told });
  Deno.mkdirSync(`${dir}/out`);
  const { run } = await import(toFileUrl(`${dir}/run.ts`).href);
  const files = [{ name, path: `${dir}/${name}`, role: "own" }];
  run(dir, `${dir}/out`, { factor: 2.5 }, { files, metric: () => {} });
  const { columns, timeColumn, meta } = readParquet(`${dir}/out/${name}`);
  assertEquals([timeColumn, meta?.derived], [told.timeColumn, told.meta.derived]);
  assertEquals(columns.map(({ name, type, values }) => [name, type, ...values]), [
    ["m0", "float64", 25, NaN],
    ["quality_flag", "int64", 2, 1],
  ]);
}

Deno.test("editors and deno check know what treatments import, in a folder that init made a project of", async () => {
  // A name that an import has to write otherwise.
  const top = makeTempDir();
  const dir = `${top}/my #1 lab`;
  Deno.mkdirSync(dir);
  const run = async (...args: string[]) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: dir, env: { NO_COLOR: "1" } })
      .output();
    return [code, code === 0 ? "" : new TextDecoder().decode(stderr)];
  };
  const main = fromFileUrl(new URL("../../../main.ts", import.meta.url));
  assertEquals(await run("run", "-A", main, "init", "mussels"), [0, ""]);
  assertEquals(await run("run", "-A", main, "new", "detrend"), [0, ""]);
  const readme = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));
  Deno.writeTextFileSync(`${dir}/smallest.ts`, smallestOf(readme));
  assertEquals(await run("check", "treatments/detrend/run.ts", "smallest.ts"), [0, ""]);
});

/** The code of the smallest treatment. */
function smallestOf(readme: string): string {
  return /```ts\n(import [^`]*export function run\((?:[^`]|`[^`])*?)\n```/.exec(readme)![1]!;
}
