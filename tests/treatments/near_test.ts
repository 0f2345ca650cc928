/** Treatments write the same whether their columns lie in the kernels' memory or no room is left there. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { borrowNear, type Column, DAY_US, dayStart, type Table } from "myx";
import { isNear } from "../../core/kernels/arena.ts";
import { takeBackAll } from "../../core/kernels/near.ts";
import { type Input, runTreatment } from "../harness.ts";

const CALLS: readonly [string, Record<string, unknown>][] = [
  ["clean", {
    domains: { bio_signal: { min_value: 0, max_value: 800, spike_window: 11, spike_threshold: 3 } },
    quality_flag: "column",
  }],
  ["resample", { freq: "1s", max_gap_fill_s: 4, agg_method: { bio_signal: "mean" } }],
  ["transform", {
    transforms: ["sqrt_inv", "log"].map((name) => ({ function: name, target: { domain: "bio_signal" } })),
  }],
  ["aggregate", { windows: ["1s", "10s", "60s"], metrics: ["mean", "std", "min", "median", "last"] }],
];

/** A day with nulls, repeated stamps, gaps and values out of range, between two others. */
function daysOf(rows: number, seed: number): Input {
  let state = seed + 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const dayOf = (day: string): Table => {
    let at = dayStart(day);
    const ts = Float64Array.from(
      { length: rows },
      () => at += [0, 4e5, 1e6, 1e6, 1e6, 2e6, 7e6][Math.floor(7 * random())]!,
    );
    const column = (name: string, type: Column["type"]): Column => ({
      name,
      type,
      values: Float64Array.from(ts, () => {
        const value = random() < 0.02 ? 5000 * random() - 100 : 300 + 3 * random();
        return random() < 0.05 ? NaN : type === "int64" ? Math.round(value) : value;
      }),
    });
    assert(at < dayStart(day) + DAY_US);
    return { ts, columns: [column("m0", "int64"), column("m1", "float64"), column("m2", "int64")] };
  };
  return Object.fromEntries(
    ["2026-01-19", "2026-01-20", "2026-01-21"].map((day) => [`EXP_a__bio_signal__${day}.parquet`, dayOf(day)]),
  );
}

Deno.test("clean, resample, transform and aggregate write the same without room for near columns", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 256, max: 20_000 }), fc.nat(1e6), async (rows, seed) => {
      const input = daysOf(rows, seed);
      const halo = Object.keys(input).filter((name) => !name.includes("2026-01-20"));
      for (const [name, params] of CALLS) {
        const written: unknown[] = [];
        for (const hasRoom of [true, false]) {
          takeBackAll();
          while (!hasRoom && isNear(borrowNear(400)));
          const { dir, names, metrics } = await runTreatment(name, input, params, { halo });
          assert(names.length > 0);
          written.push([metrics, ...names.map((file) => Deno.readFileSync(`${dir}/${file}`))]);
        }
        takeBackAll();
        assertEquals(written[0], written[1]);
      }
    }),
    { numRuns: 8 },
  );
});
