import { assertEquals } from "@std/assert";
import { takeRows } from "../../../core/data/table.ts";

Deno.test("takeRows() gives the rows that are named, in that order", () => {
  const column = { name: "m0", type: "int64", values: Float64Array.of(7, NaN, 9) } as const;
  const { ts, columns, timeColumn } = takeRows(
    { ts: Float64Array.of(1, 2, 3), columns: [column], timeColumn: "time" },
    [2, 1, 1],
  );
  assertEquals([[...ts], [...columns[0]!.values], timeColumn], [[3, 2, 2], [9, NaN, NaN], "time"]);
});
