import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addDays, DAY_US, dayOf, dayStart, type Table, worstFlag } from "myx";
import { type Input, runTreatment } from "../harness.ts";

type Cell = number | null;
interface Row {
  readonly ts: number;
  readonly cells: readonly Cell[];
}
interface Rules {
  readonly min_value: number;
  readonly max_value: number;
  readonly spike_window: number;
  readonly spike_threshold: number;
}

const COLUMNS = ["m0", "m1"];
const START = dayStart("2026-01-20") + DAY_US - 6e6;

/** The rules as they are written down, on the whole series at once. */
function slowClean(rows: readonly Row[], rules: Rules, dropDuplicates: boolean): (Row & { flags: number[] })[] {
  const seen = new Set<number>();
  const kept = rows.filter(({ ts }) => !dropDuplicates || (!seen.has(ts) && seen.add(ts)));
  const { min_value, max_value, spike_window: n, spike_threshold } = rules;
  const bounded = kept.map(({ cells }) => cells.map((x) => x !== null && (x < min_value || x > max_value) ? null : x));
  const [left, right] = n % 2 ? [(n - 1) / 2, (n - 1) / 2] : [n / 2, n / 2 - 1];
  return kept.map(({ ts, cells }, i) => {
    const flags: number[] = [];
    const cleaned = cells.map((raw, c) => {
      const x = bounded[i]![c]!;
      const window = bounded.slice(Math.max(0, i - left), i + right + 1).map((row) => row[c]!).filter((v) => v !== null)
        .sort((a, b) => a - b);
      const half = window.length >> 1;
      const median = window.length % 2 ? window[half]! : (window[half - 1]! + window[half]!) / 2;
      const spike = x !== null && Math.abs(x - median) > spike_threshold;
      flags.push(raw === null ? 1 : x === null ? 3 : spike ? 2 : 0);
      return spike ? null : x;
    });
    return { ts, cells: cleaned, flags };
  });
}

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 200, max: 205 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 800 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, -1, 801, 5000) },
);
/** Steps between rows: repeated stamps, seconds, and jumps over midnights, days left out and days of one row included. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.constantFrom(1e6, 1.5e6, 3e6) },
  { weight: 2, arbitrary: fc.constantFrom(DAY_US / 2, DAY_US - 1e6, DAY_US, 2.5 * DAY_US) },
);
const series = fc.array(fc.tuple(step, value, value), { minLength: 1, maxLength: 40, size: "max" }).map((steps) => {
  let ts = START;
  return steps.map(([gap, ...cells]): Row => ({ ts: ts += gap, cells }));
});
const rules: fc.Arbitrary<Rules> = fc.record({
  min_value: fc.constant(0),
  max_value: fc.constant(800),
  // Wide ones slide over sorted values, where narrow ones count.
  spike_window: fc.oneof(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 32, max: 40 })),
  spike_threshold: fc.constantFrom(0, 2, 100),
});

const nameOf = (day: string) => `pil__bio_signal__${day}.parquet`;

function toTable(rows: readonly Row[]): Table {
  return {
    ts: Float64Array.from(rows, ({ ts }) => ts),
    columns: COLUMNS.map((name, c) => ({
      name,
      type: "int64",
      values: Float64Array.from(rows, ({ cells }) => cells[c] ?? NaN),
    })),
  };
}

/** The nearest days of one side that hold `want` distinct rows between them: all that the engine promises to hand over. */
function haloDays(days: ReadonlyMap<string, Row[]>, ordered: readonly string[], want: number): string[] {
  const taken: string[] = [];
  let rows = 0;
  for (const day of ordered) {
    if (rows >= want) break;
    taken.push(day);
    rows += new Set(days.get(day)!.map(({ ts }) => ts)).size;
  }
  return taken;
}

Deno.test("clean() day by day equals cleaning the uncut series", async () => {
  const flagParam = fc.constantFrom("row", "column");
  await fc.assert(
    fc.asyncProperty(
      series,
      rules,
      fc.boolean(),
      flagParam,
      async (rows, bio_signal, drop_duplicates, quality_flag) => {
        const days = Map.groupBy(rows, ({ ts }) => dayOf(ts));
        const order = [...days.keys()];
        const expected = slowClean(rows, bio_signal, drop_duplicates);
        for (const [at, day] of order.entries()) {
          const halo = [
            ...haloDays(days, order.slice(0, at).reverse(), bio_signal.spike_window),
            ...haloDays(days, order.slice(at + 1), bio_signal.spike_window),
          ];
          const input: Input = {};
          for (const each of [day, ...halo]) input[nameOf(each)] = toTable(days.get(each)!);
          const params = { drop_duplicates, domains: { bio_signal }, quality_flag };
          const outcome = await runTreatment("clean", input, params, { halo: halo.map(nameOf) });
          Deno.removeSync(outcome.dir.replace(/\/out$/, "/in"), { recursive: true });
          const { ts, columns } = outcome.table(nameOf(day));
          const want = expected.filter((row) => dayOf(row.ts) === day);
          assertEquals([...ts], want.map((row) => row.ts));
          const flagsOf = (row: { flags: number[] }) =>
            quality_flag === "column" ? row.flags : [row.flags.reduce(worstFlag)];
          const got = want.map((_, i) => columns.map(({ values }) => Number.isNaN(values[i]!) ? null : values[i]!));
          assertEquals(got, want.map((row) => [...row.cells, ...flagsOf(row)]));
          assertEquals(outcome.metrics.nulled_spike, want.flatMap(({ flags }) => flags).filter((f) => f === 2).length);
        }
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("clean() finds its window's rows over days that are missing and days of one row", async () => {
  const file = (offset: number) => nameOf(addDays("2026-01-20", offset));
  const one = (offset: number, x: number) => toTable([{ ts: dayStart("2026-01-20") + offset * DAY_US, cells: [x, x] }]);
  const input = {
    [file(-300)]: one(-300, 0),
    [file(-9)]: one(-9, 0),
    [file(0)]: one(0, 400),
    [file(77)]: one(77, 400),
  };
  const halo = [file(-300), file(-9), file(77)];
  const bio_signal = { spike_window: 4, spike_threshold: 150 };
  const outcome = await runTreatment("clean", input, { domains: { bio_signal } }, { halo });
  // Rows i-2 to i+1: 0, 0, 400, 400; their median is 200.
  assertEquals([...outcome.table(file(0)).columns[0]!.values], [NaN]);
});
