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

Deno.test("a halo of rows holds as many of each file of the partition, however many the others have", () => {
  const days = [17, 18, 19, 20, 21, 22, 23];
  const rowsOf = { "10s": 8640, "1h": 24 };
  const files = days.flatMap((day) =>
    Object.keys(rowsOf).map((window) => ({ name: `a__b__2026-01-${day}__${window}.parquet` }) as FolderFile)
  );
  const count = ({ name }: FolderFile) => name.includes("10s") ? rowsOf["10s"] : rowsOf["1h"];
  const haloDays = (rows: number, some = files) => {
    const { units } = cutUnits(treatment, some, () => ({ rows }), count);
    const { halo } = units.find(({ partition }) => partition.day === "2026-01-20")!;
    return [...new Set(halo.map(({ day }) => Number(day!.slice(-2))))];
  };
  assertEquals(haloDays(0), []);
  assertEquals(haloDays(24), [19, 21]);
  assertEquals(haloDays(25), [18, 19, 21, 22]);
  assertEquals(haloDays(48), [18, 19, 21, 22]);
  // A window that other days lack takes none of them along.
  const alone = { name: "a__b__2026-01-20__1d.parquet" } as FolderFile;
  assertEquals(haloDays(24, [...files, alone]), [19, 21]);
});

Deno.test("a halo holds the nearest days, however the files of several domains lie in the folder", () => {
  const byDay = { ...treatment, partition: ["source", "day"] } as unknown as Treatment;
  const names = ["bio__2026-01-20", "bio__2026-01-21", "env__2026-01-18", "env__2026-01-19", "env__2026-01-20"];
  const some = names.map((name) => ({ name: `a__${name}.parquet` }) as FolderFile);
  const { units } = cutUnits(byDay, some, () => ({ seconds: 1 }), () => 1);
  const { halo } = units.find(({ partition }) => partition.day === "2026-01-20")!;
  assertEquals(halo.map(({ name }) => name), ["a__bio__2026-01-21.parquet", "a__env__2026-01-19.parquet"]);
});
