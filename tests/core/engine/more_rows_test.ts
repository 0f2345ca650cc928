import { assertEquals } from "@std/assert";
import { writeParquet } from "myx";
import { hasMoreRows } from "../../../core/engine/more_rows.ts";
import { makeTempDir } from "../../temp_dir.ts";

const dir = makeTempDir();

function file(name: string, times: readonly number[]): string {
  writeParquet(`${dir}/${name}`, { ts: Float64Array.from(times), columns: [] });
  return `${dir}/${name}`;
}

Deno.test("hasMoreRows() tells whether a file has rows that the next lacks, those of equal time counted", () => {
  const has = (before: number[], next: number[]) => hasMoreRows(file("before", before), file("next", next));
  for (const next of [[2, 4, 4], [1, 2, 3, 4, 4], [2, 2, 4, 4, 5]]) assertEquals(has([2, 4, 4], next), false);
  for (const next of [[], [2, 4], [4, 4], [1, 3, 4, 4], [2, 4, 5]]) assertEquals(has([2, 4, 4], next), true);
});

Deno.test("hasMoreRows() finds none in a file that nobody can read", () => {
  Deno.writeTextFileSync(`${dir}/damaged.parquet`, "PAR1 was one");
  assertEquals(hasMoreRows(`${dir}/damaged.parquet`, file("next", [1])), false);
});
