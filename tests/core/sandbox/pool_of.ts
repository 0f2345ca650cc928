import type { Grants } from "../../../core/sandbox/grants.ts";
import { Pool } from "../../../core/sandbox/pool.ts";

/** A pool of a treatment whose `run` is `code`, a call of it, and several at once. */
export function poolOf(code: string, size: number, more: Partial<Grants> = {}) {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "myx-pool-" }));
  for (const folder of ["in", "code", "out"]) Deno.mkdirSync(`${dir}/${folder}`);
  Deno.writeTextFileSync(`${dir}/code/run.ts`, `export async function run(_in, _out, _params, context) { ${code} }`);
  const pool = new Pool(
    { read: [`${dir}/in`, `${dir}/code`], write: `${dir}/out`, net: [], env: [], memoryMb: 512, ...more },
    { size, timeS: 60, output: { megabytes: 10, files: 100 } },
  );
  const call = {
    kind: "run",
    entry: `file://${dir}/code/run.ts`,
    input: `${dir}/in`,
    params: {},
    files: [],
    partition: {},
    replace: false,
    rejects: "a.jsonl",
    provenance: { treatment: "t", treatment_version: "1.0.0", params: "" },
  } as const;
  return {
    pool,
    run: () => pool.run(call),
    /** One run for each source, in one call. */
    runSeveral: (sources: readonly string[], onProgress?: (done: number, total: number) => void) =>
      pool.run({ kind: "several", runs: sources.map((source) => ({ ...call, partition: { source } })) }, onProgress),
    async [Symbol.asyncDispose]() {
      await pool.close();
      Deno.removeSync(dir, { recursive: true });
    },
  };
}
