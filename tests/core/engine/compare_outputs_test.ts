import { assertEquals } from "@std/assert";
import { compareOutputs, madeFrom } from "../../../core/engine/compare_outputs.ts";
import type { Contents } from "../../../core/engine/contents.ts";
import type { FolderFile } from "../../../core/engine/folder.ts";
import type { OutputRecord, UnitRecord } from "../../../core/engine/ledger.ts";

const DAY = "s__d__2026-01-20.parquet";

/** A raw file's record: it has rows of the day, as `print` says. */
const unit = (key: string, print: string) => ({ key, print, outputs: [DAY] }) as unknown as UnitRecord;

/** What is found of a day that stands as it was published. */
function compare(records: readonly UnitRecord[], output: Partial<OutputRecord> | undefined, replace = false) {
  const published = new Map([[DAY, { name: DAY } as FolderFile]]);
  const outputs = new Map(output ? [[DAY, { name: DAY, sha256: "same", ...output } as OutputRecord]] : []);
  const contents = { of: () => ({ sha256: "same" }) } as unknown as Contents;
  const found = compareOutputs(published, outputs, records, contents, { replace, isReleased: () => false });
  return [[...found.faults.keys()], [...found.orphaned.keys()], [...found.heldBack]];
}

const output = (...parts: [string, string][]) => ({ madeFrom: madeFrom(parts) });

Deno.test("compareOutputs() finds nothing in a day that was made from what there is", () => {
  assertEquals(compare([unit("b", "2"), unit("a", "1")], output(["a", "1"], ["b", "2"])), [[], [], []]);
});

Deno.test("compareOutputs() keeps a day of which a raw file is gone, and holds back what any other file has anew", () => {
  const made = output(["a", "1"], ["b", "2"], ["gone", "3"]);
  assertEquals(compare([unit("a", "1"), unit("b", "2")], made), [[], [DAY], []]);
  assertEquals(compare([unit("a", "1"), unit("b", "new")], made), [[], [DAY], [DAY]]);
  assertEquals(compare([unit("a", "1"), unit("b", "2"), unit("c", "4")], made), [[], [DAY], [DAY]]);
  assertEquals(compare([unit("a", "1"), unit("b", "2")], made, true), [[DAY], [], []]);
});

Deno.test("compareOutputs() has a day made anew whose raw files are recorded, but not the day: the run was killed", () => {
  assertEquals(compare([unit("a", "1")], undefined), [[DAY], [], []]);
});
