/**
 * What a Parquet file of one device-day costs, 86,400 rows x 14 columns: `deno bench -A tests/bench/parquet_bench.ts`.
 */
import { readParquet, recycle, type Table, writeParquet } from "myx";

const ROWS = 86_400;

/** A slow tide under a noise of a few counts, as a valve sensor gives it; some rows are null. */
function series(seed: number): Float64Array {
  let state = seed;
  const random = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  return Float64Array.from(
    { length: ROWS },
    (_, i) => random() < 0.001 ? NaN : Math.round(300 + 50 * Math.sin(i / 5000) + 8 * random()),
  );
}

const ts = Float64Array.from({ length: ROWS }, (_, i) => 1.7e15 + i * 1e6 + ((i * 7919) % 300));
const whole = Array.from({ length: 13 }, (_, c) => series(c + 1));
const tables: Record<string, Table> = {
  "int64": { ts, columns: whole.map((values, c) => ({ name: `m${c}`, type: "int64", values })) },
  "float64, few distinct values": {
    ts,
    columns: whole.map((values, c) => ({
      name: `m${c}`,
      type: "float64",
      values: values.map((x) => 1 / Math.sqrt(x)),
    })),
  },
  "float64, all distinct": {
    ts,
    columns: whole.map((values, c) => ({
      name: `m${c}`,
      type: "float64",
      values: values.map((x, i) => x + Math.sin(i)),
    })),
  },
};

const folder = Deno.makeTempDirSync({ prefix: "myx-bench-" });
for (const [label, table] of Object.entries(tables)) {
  const path = `${folder}/${label}.parquet`;
  writeParquet(path, table);
  Deno.bench(`write ${label} (${(Deno.statSync(path).size / 1e6).toFixed(1)} MB)`, () => writeParquet(path, table));
  Deno.bench(`read ${label}`, () => recycle(readParquet(path)));
}
