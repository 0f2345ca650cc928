import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DAY_US, dayOf, dayStart, parseWindow, type Table } from "myx";
import { type Input, runTreatment } from "../harness.ts";

type Cell = number | null;
interface Row {
  readonly ts: number;
  /** m0, m1, then m0__flag and quality_flag. */
  readonly cells: readonly Cell[];
}
type Line = readonly Cell[];

const NAMES = ["m0", "m1", "m0__flag", "quality_flag"];
const WORST_FIRST: Cell[] = [4, 2, 3, 1, 5, 6, 0, null];
const worst = (flags: readonly Cell[]): Cell => WORST_FIRST.find((flag) => flags.includes(flag)) ?? null;

/** What the whole series becomes: a column's value (and whether it was filled) by cell number, and its rows' flags. */
interface Slow {
  readonly values: Map<number, { value: number; filled: boolean }>;
  flag(cell: number, column: 2 | 3): Cell;
}

/** Resamples one column of the uncut series as the rules are written down. */
function slowColumn(rows: readonly Row[], c: number, freq: number, maxGap: number, method: string, type: string): Slow {
  const byCell = Map.groupBy(rows, ({ ts }) => Math.floor(ts / freq));
  const values = new Map<number, { value: number; filled: boolean }>();
  for (const [cell, met] of byCell) {
    const value = slowAggregate(met.map(({ cells }) => cells[c]!).filter((v) => v !== null), method, type);
    if (value !== null) values.set(cell, { value, filled: false });
  }
  const valid = [...values.keys()].sort((a, b) => a - b);
  for (const [i, next] of valid.entries()) {
    const previous = valid[i - 1];
    if (previous === undefined || (next - previous - 1) * freq > maxGap) continue;
    const { value } = values.get(previous)!;
    for (let cell = previous + 1; cell < next; cell++) values.set(cell, { value, filled: true });
  }
  const flag = (cell: number, column: 2 | 3): Cell => {
    const met = byCell.get(cell) ?? [];
    const result = values.get(cell);
    if (result?.filled) return 5;
    if (!result) return worst(met.map(({ cells }) => cells[column]!)) ?? 1;
    const taken = met.filter(({ cells }) => cells[c] !== null);
    if (method === "first") return taken[0]!.cells[column]!;
    if (method === "last") return taken.at(-1)!.cells[column]!;
    return worst(taken.map(({ cells }) => cells[column]!));
  };
  return { values, flag };
}

function slowAggregate(values: readonly number[], method: string, type: string): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length;
  const even = (x: number) => Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
  const whole = (x: number) => type === "int64" ? even(x) : x;
  return {
    first: values[0]!,
    last: values.at(-1)!,
    min: sorted[0]!,
    max: sorted.at(-1)!,
    mean: whole(mean(values)),
    median: whole(mean(middle)),
  }[method]!;
}

/** Cuts the resampled series: the rows of `day` from its first to its last with a value in one of `columns`. */
function slowDay(columns: readonly (Slow | undefined)[], day: string, freq: number): Line[] {
  const start = dayStart(day) / freq;
  const present = columns.filter((column) => column !== undefined);
  const cells = present.flatMap(({ values }) => [...values.keys()])
    .filter((cell) => cell >= start && cell < start + DAY_US / freq);
  const lines: Line[] = [];
  // Not Math.min(...cells): a day of seconds has too many for an argument list.
  const last = cells.reduce((a, b) => Math.max(a, b), -Infinity);
  for (let cell = cells.reduce((a, b) => Math.min(a, b), Infinity); cell <= last; cell++) {
    lines.push([
      cell * freq,
      ...present.map(({ values }) => values.get(cell)?.value ?? null),
      columns[0] ? columns[0].flag(cell, 2) : 1,
      worst(present.map(({ flag }) => flag(cell, 3))),
    ]);
  }
  return lines;
}

const FREQS = ["1s", "10min", "1h", "6h", "1d"];
const value = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -4, max: 8 }) }, fc.constant(null));
const flag = fc.constantFrom(...WORST_FIRST);
/** Steps between rows, in cells of the grid. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 0.2, 0.5, 1) },
  { weight: 2, arbitrary: fc.constantFrom(1.7, 2, 3, 4, 10) },
);
const shape = fc.record({
  freq: fc.constantFrom(...FREQS),
  offset: fc.constantFrom(0, 1, 3, 8),
  reach: fc.constantFrom(0, 1, 2, 3, 9, 40),
  type: fc.constantFrom("int64" as const, "float64" as const),
  method: fc.constantFrom("first", "last", "mean", "median", "min", "max"),
  steps: fc.array(fc.tuple(step, value, value, flag, flag), { minLength: 1, maxLength: 40, size: "max" }),
  /** Whether a day's file goes without a column that has no value on that day. */
  lean: fc.boolean(),
});

const nameOf = (day: string) => `pil__bio_signal__${day}.parquet`;

function toTable(rows: readonly Row[], names: readonly string[], type: "int64" | "float64"): Table {
  return {
    ts: Float64Array.from(rows, ({ ts }) => ts),
    columns: names.map((name) => ({
      name,
      type: name.includes("flag") ? "int64" : type,
      values: Float64Array.from(rows, ({ cells }) => cells[NAMES.indexOf(name)] ?? NaN),
    })),
  };
}

Deno.test("resample() day by day equals resampling the uncut series and cutting it at midnight", async () => {
  await fc.assert(
    fc.asyncProperty(shape, async ({ freq, offset, reach, type, method, steps, lean }) => {
      const micros = parseWindow(freq);
      let ts = dayStart("2026-01-21") - offset * micros;
      const rows = steps.map(([cells, ...rest]): Row => ({ ts: ts += Math.round(cells * micros), cells: rest }));
      const max_gap_fill_s = Math.min(86_400, reach * micros / 1e6);
      const columns = [0, 1].map((c) => slowColumn(rows, c, micros, max_gap_fill_s * 1e6, method, type));
      const days = Map.groupBy(rows, (row) => dayOf(row.ts));
      const namesOf = (day: string) =>
        NAMES.filter((_, c) => !lean || c > 1 || days.get(day)!.some(({ cells }) => cells[c] !== null));
      for (const day of days.keys()) {
        const far = (max_gap_fill_s + micros / 1e6) * 1e6;
        const near = [...days.keys()].filter((other) =>
          dayStart(other) <= dayStart(day) + DAY_US + far && dayStart(other) + DAY_US > dayStart(day) - far
        );
        const input: Input = {};
        for (const each of near) input[nameOf(each)] = toTable(days.get(each)!, namesOf(each), type);
        const params = { freq, max_gap_fill_s, agg_method: { bio_signal: method } };
        const halo = near.filter((other) => other !== day).map(nameOf);
        const outcome = await runTreatment("resample", input, params, { halo });
        Deno.removeSync(outcome.dir.replace(/\/out$/, "/in"), { recursive: true });
        const table = outcome.table(nameOf(day));
        assertEquals(table.columns.map(({ name }) => name), namesOf(day));
        const own = columns.map((column, c) => namesOf(day).includes(NAMES[c]!) ? column : undefined);
        const expected = orphanFlags(slowDay(own, day, micros), own[0] === undefined, days.get(day)!, micros);
        const got = Array.from(table.ts, (time, i): Line => [
          time,
          ...table.columns.map(({ values }) => Number.isNaN(values[i]!) ? null : values[i]! + 0),
        ]);
        assertEquals(got, expected.map((line) => line.map((cell) => cell === null ? null : cell + 0)));
        const start = dayStart(day) / micros;
        const filled = own.flatMap((column) => [...column?.values ?? []])
          .filter(([cell, { filled }]) => filled && cell >= start && cell < start + DAY_US / micros);
        assertEquals(outcome.metrics, { filled: filled.length });
      }
    }),
    { numRuns: 120 },
  );
});

/** In a file without m0, m0__flag has no values to go by: the worst of the cell's rows, 1 where it has none. */
function orphanFlags(lines: Line[], orphan: boolean, rows: readonly Row[], freq: number): Line[] {
  if (!orphan) return lines;
  return lines.map((line) => {
    const met = rows.filter(({ ts }) => Math.floor(ts / freq) * freq === line[0]);
    return [...line.slice(0, -2), worst(met.map(({ cells }) => cells[2]!)) ?? 1, line.at(-1)!];
  });
}
