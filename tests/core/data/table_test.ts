import { assertEquals, assertThrows } from "@std/assert";
import { type ColumnType, compareColumns, concatTables, takeRows } from "../../../core/data/table.ts";

Deno.test("takeRows() gives the rows that are named, in that order", () => {
  const column = { name: "m0", type: "int64", values: Float64Array.of(7, NaN, 9) } as const;
  const { ts, columns, timeColumn } = takeRows(
    { ts: Float64Array.of(1, 2, 3), columns: [column], timeColumn: "time" },
    [2, 1, 1],
  );
  assertEquals([[...ts], [...columns[0]!.values], timeColumn], [[3, 2, 2], [9, NaN, NaN], "time"]);
});

Deno.test("concatTables() puts rows one behind another, null where a table lacks a column, all else as in the first", () => {
  const table = (time: number, name: string, type: ColumnType = "int64") => ({
    ts: Float64Array.of(time),
    columns: [{ name, type, values: Float64Array.of(10 * time) }],
    timeColumn: `time${time}`,
  });
  const { ts, columns, timeColumn } = concatTables([table(1, "m0"), table(2, "m1"), table(3, "m0")]);
  assertEquals([[...ts], timeColumn], [[1, 2, 3], "time1"]);
  assertEquals(columns.map(({ name, values }) => [name, ...values]), [["m0", 10, NaN, 30], ["m1", NaN, 20, NaN]]);
  // Its fractions would be cut off.
  assertThrows(
    () => concatTables([table(1, "m0"), table(2, "m0", "float64")]),
    TypeError,
    'Cannot join column "m0": it is int64 in one table and float64 in another',
  );
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
