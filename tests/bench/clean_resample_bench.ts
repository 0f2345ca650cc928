/** Costs of the loops of clean and resample: `deno bench -A tests/bench/clean_resample_bench.ts`. One iteration is one
 * column of a day at 1 Hz, 86,400 rows, or one day of 13 columns read from and written to Parquet. */
import { type Context, parseFileName, type Table, writeParquet } from "myx";
import { run as clean } from "../../treatments/clean/run.ts";
import { markSpikes } from "../../treatments/clean/spikes.ts";
import { judgedColumn } from "../treatments/judged_column.ts";
import { run as resample } from "../../treatments/resample/run.ts";

const ROWS = 86_400;

/** A slow tide under noise of `noise` units, with one spike in `every` rows. */
function series(noise: number, every: number, seed = 1): Float64Array {
  let state = seed;
  const random = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  return Float64Array.from({ length: ROWS }, (_, i) => {
    const level = Math.round(200 + 50 * Math.sin(i / 5000) + noise * (random() - 0.5));
    return random() * every < 1 ? 700 : level;
  });
}

const marks = new Uint8Array(ROWS);
for (
  const [label, values] of [
    ["at rest", series(4, Infinity)],
    ["a spike in 1,000 rows", series(4, 1000)],
    ["threshold inside the noise", series(300, Infinity)],
  ] as const
) {
  for (const window of [10, 100, 3600]) {
    Deno.bench(`spikes, window ${window}, ${label}`, (b) => {
      const column = judgedColumn(values);
      b.start();
      markSpikes(column, { start: 0, end: ROWS }, { window, threshold: 100 }, marks, 2);
      b.end();
    });
  }
}

const folder = Deno.makeTempDirSync();
const name = "pil-90__bio_signal__1970-01-01.parquet";
const table: Table = {
  ts: Float64Array.from({ length: ROWS }, (_, i) => i * 1e6 + 142_308),
  columns: Array.from({ length: 13 }, (_, c) => ({ name: `m${c}`, type: "int64", values: series(4, 1000, c + 1) })),
};
writeParquet(`${folder}/${name}`, table);
const context: Context = {
  files: [{ name, path: `${folder}/${name}`, role: "own", size: 0, sha256: "", settled: true, ...parseFileName(name) }],
  partition: {},
  replace: false,
  signal: new AbortController().signal,
  progress: () => {},
  metric: () => {},
  reject: () => {},
  warn: () => {},
};
const out = Deno.makeTempDirSync();
const bio_signal = { min_value: 0, max_value: 800, spike_window: 10, spike_threshold: 100 };
for (const quality_flag of ["none", "column"]) {
  Deno.bench(`clean a day of 13 columns, quality_flag ${quality_flag}`, () => {
    clean(folder, out, { drop_duplicates: true, domains: { bio_signal }, quality_flag }, context);
  });
}
for (const method of ["first", "mean", "median"]) {
  for (const freq of ["1s", "10s"]) {
    Deno.bench(`resample a day of 13 columns to ${freq} by ${method}`, () => {
      resample(folder, out, { freq, max_gap_fill_s: 2, agg_method: { bio_signal: method } }, context);
    });
  }
}
