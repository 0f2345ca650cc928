import { assertEquals } from "@std/assert";
import { readParquet, writeParquet } from "myx";
import { toFileUrl } from "@std/path";
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
  const code = /```ts\n(import [^`]*export function run\((?:[^`]|`[^`])*?)\n```/.exec(readme)![1]!;
  Deno.writeTextFileSync(`${dir}/run.ts`, code);
  await runsAsItIs(dir);
});

/** Runs the treatment in `dir` with a factor that makes fractions of whole numbers. */
async function runsAsItIs(dir: string): Promise<void> {
  const name = "a__bio_signal__2026-01-20.parquet";
  writeParquet(`${dir}/${name}`, tableOf(["m0", "quality_flag"], [[0, 10, 2], [1, null, 1]]));
  Deno.mkdirSync(`${dir}/out`);
  const { run } = await import(toFileUrl(`${dir}/run.ts`).href);
  const files = [{ name, path: `${dir}/${name}`, role: "own" }];
  run(dir, `${dir}/out`, { factor: 2.5 }, { files, metric: () => {} });
  const { columns } = readParquet(`${dir}/out/${name}`);
  assertEquals(columns.map(({ name, type, values }) => [name, type, ...values]), [
    ["m0", "float64", 25, NaN],
    ["quality_flag", "int64", 2, 1],
  ]);
}
