import { assertEquals } from "@std/assert";
import type { PartitionKey, Treatment } from "../../../core/contract/treatment.ts";
import type { FolderFile } from "../../../core/engine/folder.ts";
import { bytesOfAll, cutUnits, hasFormat } from "../../../core/engine/partition.ts";

const FILES = [
  "a__bio__2026-01-21.parquet",
  "a__bio__2026-01-20.parquet",
  "a__env__2026-01-20.parquet",
  "B__bio__2026-01-20__10s.parquet",
  "B__bio__2026-01-20__5min.parquet",
  "strange.parquet",
  "a__bio__2026-02-30.parquet",
  "raw.CSV",
  "raw.csv.gz",
  "notes.txt",
].map((name) => ({ name, size: 1 }) as FolderFile);

/** What each partition by `keys` owns, by key, and what is ignored. */
function cut(keys: readonly PartitionKey[], format: "csv" | "parquet" = "parquet") {
  const treatment = { input: { format }, partition: keys } as unknown as Treatment;
  const { units, ignored } = cutUnits(treatment, FILES, () => undefined, () => 1);
  return [units.map(({ key, own, halo }) => [key, own.map(({ name }) => name), ...halo]), ignored];
}

const IGNORED = ["strange.parquet", "a__bio__2026-02-30.parquet"];

Deno.test("cutUnits() cuts a folder by what the names tell, in code-unit order", () => {
  assertEquals(cut(["source", "domain", "day"]), [[
    ["B__bio__2026-01-20", ["B__bio__2026-01-20__10s.parquet", "B__bio__2026-01-20__5min.parquet"]],
    ["a__bio__2026-01-20", ["a__bio__2026-01-20.parquet"]],
    ["a__bio__2026-01-21", ["a__bio__2026-01-21.parquet"]],
    ["a__env__2026-01-20", ["a__env__2026-01-20.parquet"]],
  ], IGNORED]);
  const ofA = ["a__bio__2026-01-21.parquet", "a__bio__2026-01-20.parquet", "a__env__2026-01-20.parquet"];
  const ofB = ["B__bio__2026-01-20__10s.parquet", "B__bio__2026-01-20__5min.parquet"];
  assertEquals(cut(["source"]), [[["B", ofB], ["a", ofA]], IGNORED]);
  assertEquals(cut(["day"]), [[["2026-01-20", [...ofA.slice(1), ...ofB]], ["2026-01-21", ofA.slice(0, 1)]], IGNORED]);
});

Deno.test("cutUnits() takes files of the input format alone, each by itself or all at once", () => {
  assertEquals(cut(["file"], "csv"), [[["raw.CSV", ["raw.CSV"]], ["raw.csv.gz", ["raw.csv.gz"]]], []]);
  assertEquals(cut([], "csv"), [[["all", ["raw.CSV", "raw.csv.gz"]]], []]);
  assertEquals(cut([]), [[["all", FILES.slice(0, 7).map(({ name }) => name)]], []]);
  assertEquals(["a.csv", "a.csv.gz", "a.csv.bak", "acsv", "a.parquet"].map((name) => hasFormat(name, "csv")), [
    true,
    true,
    false,
    false,
    false,
  ]);
  assertEquals(["a.csv", "a.parquet"].map((name) => hasFormat(name, "none")), [false, false]);
});

Deno.test("a halo counts among the bytes that a call may read", () => {
  const [a, b, c] = FILES.map((file) => ({ ...file, size: 1000 })) as [FolderFile, FolderFile, FolderFile];
  const some = (own: FolderFile[], halo: FolderFile[]) => bytesOfAll([{ own, halo }]);
  assertEquals(some([a], [b, c]), some([a, b, c], []));
});
