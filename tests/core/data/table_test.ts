import { assertEquals } from "@std/assert";
import { compareColumns, takeRows } from "../../../core/data/table.ts";

Deno.test("takeRows() gives the rows that are named, in that order", () => {
  const column = { name: "m0", type: "int64", values: Float64Array.of(7, NaN, 9) } as const;
  const { ts, columns, timeColumn } = takeRows(
    { ts: Float64Array.of(1, 2, 3), columns: [column], timeColumn: "time" },
    [2, 1, 1],
  );
  assertEquals([[...ts], [...columns[0]!.values], timeColumn], [[3, 2, 2], [9, NaN, NaN], "time"]);
});

Deno.test("compareColumns() orders names as a person would, in whatever order they come, flags last", () => {
  const sorted = [
    "",
    "1",
    "2a",
    "a",
    "m",
    "m01",
    "m1",
    "m1_2",
    "m1_10",
    "m2",
    "m10",
    "m_a",
    "m1__flag",
    "quality_flag",
  ];
  for (const a of sorted) {
    const signs = sorted.map((b) => Math.sign(compareColumns(a, b)));
    assertEquals([a, signs], [a, sorted.map((_, i) => Math.sign(sorted.indexOf(a) - i))]);
  }
});
