import { assertEquals } from "@std/assert";
import type { Treatment } from "../../../core/contract/treatment.ts";
import { cutUnits } from "../../../core/engine/partition.ts";
import type { FolderFile } from "../../../core/engine/folder.ts";

const treatment = { input: { format: "parquet" }, partition: ["source", "domain", "day"] } as unknown as Treatment;
const files = Array.from({ length: 7 }, (_, i) => ({ name: `a__b__2026-01-${17 + i}.parquet` }) as FolderFile);

/** The days of the halo of the one in the middle. */
function haloDays(seconds: number): number[] {
  const { units } = cutUnits(treatment, files, () => ({ seconds }), () => 1);
  return units[3]!.halo.map(({ day }) => Number(day!.slice(-2)));
}

Deno.test("a halo of seconds holds the days that they reach, and no others", () => {
  assertEquals(haloDays(0), []);
  assertEquals(haloDays(1), [19, 21]);
  assertEquals(haloDays(86_400), [19, 21]);
  assertEquals(haloDays(86_401), [18, 19, 21, 22]);
});

Deno.test("a halo of seconds that reach out of the calendar holds all days on both sides", () => {
  for (const seconds of [1e9, 3e11, 1e300]) assertEquals(haloDays(seconds), [17, 18, 19, 21, 22, 23]);
});
