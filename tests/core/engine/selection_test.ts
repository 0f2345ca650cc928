import { assertEquals } from "@std/assert";
import type { UnitRecord } from "../../../core/engine/ledger.ts";
import type { Unit } from "../../../core/engine/partition.ts";
import { type DaySelection, isRange, selects, selectsDay } from "../../../core/engine/selection.ts";

const SELECTIONS: readonly DaySelection[] = [
  {},
  { from: "2026-01-20" },
  { to: "2026-01-20" },
  { from: "2026-01-20", to: "2026-01-21" },
];

Deno.test("selectsDay() takes the days from the first to the last, and what has no day", () => {
  const days = ["2026-01-19", "2026-01-20", "2026-01-21", "2026-01-22"];
  const selected = (selection: DaySelection) =>
    days.filter((day) => selectsDay(selection, day)).map((day) => day.slice(-2));
  assertEquals(SELECTIONS.map(selected), [["19", "20", "21", "22"], ["20", "21", "22"], ["19", "20"], ["20", "21"]]);
  assertEquals(SELECTIONS.map((selection) => selectsDay(selection, undefined)), [true, true, true, true]);
  assertEquals(SELECTIONS.map(isRange), [false, true, true, true]);
});

Deno.test("selects() takes a known raw file by the days it brought, and one that is not known", () => {
  const raw = { partition: { file: "a.csv" }, own: [{ name: "a.csv" }] } as unknown as Unit;
  const brought = (...days: string[]) =>
    ({ outputs: days.map((day) => `a__b__${day}.parquet`) }) as unknown as UnitRecord;
  const selected = (record?: UnitRecord) => SELECTIONS.map((selection) => selects(selection, raw, record));
  assertEquals(selected(), [true, true, true, true]);
  assertEquals(selected(brought("2026-01-19", "2026-01-22")), [true, true, true, false]);
  assertEquals(selected(brought("2026-01-19")), [true, false, true, false]);
  assertEquals(selected(brought()), [true, false, false, false]);
});

Deno.test("selects() takes a partition of several days that has one of those selected", () => {
  const unit = (...days: string[]) => ({ partition: {}, own: days.map((day) => ({ day })) }) as unknown as Unit;
  const selected = (...days: string[]) => SELECTIONS.map((selection) => selects(selection, unit(...days), undefined));
  assertEquals(selected("2026-01-19", "2026-01-22"), [true, true, true, false]);
  assertEquals(selected("2026-01-21"), [true, true, false, true]);
  assertEquals(selected(), [true, true, true, true]);
});
