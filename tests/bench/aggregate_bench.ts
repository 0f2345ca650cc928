/** What aggregating one device-day costs: `deno bench -A tests/bench/aggregate_bench.ts`. One iteration is 2.07 M cells. */
import { parseMetrics } from "../../treatments/aggregate/metrics.ts";
import { summarise } from "../../treatments/aggregate/summarise.ts";
import { layGrids } from "../../treatments/aggregate/windows.ts";

const ROWS = 86_400;
const ts = Float64Array.from({ length: ROWS }, (_, i) => i * 1e6);
const columns = Array.from({ length: 24 }, (_, c) =>
  Float64Array.from({ length: ROWS }, (_, i) => {
    const value = Math.round(300 + 200 * Math.sin(i / 5000 + c) + ((i * 7919) % 20));
    return i % 97 === 0 ? NaN : c % 2 ? 1 / Math.sqrt(value) : value;
  }));
/** As many distinct values as rows, so that quantiles are selected and not counted. */
const wild = columns.map((values) => values.map((value, i) => value + i * 1e-9));
const lengths = [10e6, 60e6, 300e6, 3600e6];

for (const [label, data] of [["few distinct values", columns], ["all distinct", wild]] as const) {
  for (const names of [["mean", "std", "min", "max"], ["median"], ["mean", "std", "min", "max", "median"]]) {
    const metrics = parseMetrics(names);
    Deno.bench(`4 windows of 24 columns, ${label}: ${names.join(", ")}`, () => {
      const grids = layGrids(ts, lengths);
      data.forEach((values, c) => summarise(values, grids, metrics, data === columns && c % 2 === 0));
    });
  }
}

Deno.bench("4 windows of 24 columns: median by sorting each window", () => {
  for (const { rows } of layGrids(ts, lengths)) {
    for (const values of columns) {
      for (let w = 0; w + 1 < rows.length; w++) values.slice(rows[w], rows[w + 1]).sort();
    }
  }
});
