import { Pool } from "../../../core/sandbox/pool.ts";

/** A pool of a treatment whose `run` is `code`, and a call of it. */
export function poolOf(code: string, size: number) {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "myx-pool-" }));
  for (const folder of ["in", "code", "out"]) Deno.mkdirSync(`${dir}/${folder}`);
  Deno.writeTextFileSync(`${dir}/code/run.ts`, `export async function run(_in, _out, _params, context) { ${code} }`);
  const pool = new Pool(
    { read: [`${dir}/in`, `${dir}/code`], write: `${dir}/out`, net: [], env: [], memoryMb: 512 },
    { size, timeS: 60, output: { megabytes: 10, files: 100 } },
  );
  const run = () =>
    pool.run({
      kind: "run",
      entry: `file://${dir}/code/run.ts`,
      input: `${dir}/in`,
      params: {},
      files: [],
      partition: {},
      replace: false,
      rejects: "a.jsonl",
      provenance: { treatment: "t", treatment_version: "1.0.0", params: "" },
    });
  return {
    pool,
    run,
    async [Symbol.asyncDispose]() {
      await pool.close();
      Deno.removeSync(dir, { recursive: true });
    },
  };
}
