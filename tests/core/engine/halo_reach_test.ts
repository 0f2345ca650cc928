import { assertEquals } from "@std/assert";
import type { Treatment } from "../../../core/contract/treatment.ts";
import { cutUnits } from "../../../core/engine/partition.ts";
import type { FolderFile } from "../../../core/engine/folder.ts";

Deno.test("a halo of seconds that reach out of the calendar holds all days on both sides", () => {
  const treatment = { input: { format: "parquet" }, partition: ["source", "domain", "day"] } as unknown as Treatment;
  const days = ["2026-01-19", "2026-01-20", "2026-01-21"];
  const files = days.map((day) => ({ name: `a__b__${day}.parquet` }) as FolderFile);
  for (const seconds of [1e9, 3e11, 1e300]) {
    const { units } = cutUnits(treatment, files, () => ({ seconds }), () => 1);
    assertEquals(units[1]!.halo.map(({ day }) => day), ["2026-01-19", "2026-01-21"]);
  }
});
