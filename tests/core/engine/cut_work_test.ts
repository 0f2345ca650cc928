import { assertEquals } from "@std/assert";
import { cutPacks } from "../../../core/engine/cut_work.ts";
import type { PlannedUnit, StepPlan } from "../../../core/engine/plan.ts";
import type { StepState } from "../../../core/engine/workspace.ts";

const MB = 2 ** 20;

/** How many of files of these sizes each call takes. */
function cut(sizes: readonly number[], jobs: number, pack: boolean | number = 32, ending = "csv"): number[] {
  const units = sizes.map((size, i) => ({ key: `${i}`, own: [{ name: `${i}.${ending}`, size }], halo: [] }));
  const plan = { units } as unknown as StepPlan;
  const state = { step: { treatment: { pack } } } as unknown as StepState;
  return cutPacks(state, plan, units as unknown as PlannedUnit[], jobs).map(({ length }) => length);
}

/** So many files of equal size. */
function files(count: number, size: number): number[] {
  return Array(count).fill(size);
}

Deno.test("a call takes as many days as leave each child some", () => {
  assertEquals(cut(files(1, 11 * MB), 2), [1]);
  assertEquals(cut(files(4, 11 * MB), 2), [2, 2]);
  assertEquals(cut([11 * MB, 11 * MB + 1, 11 * MB, 11 * MB], 2), [2, 2]);
  assertEquals(cut(files(4, 11 * MB), 4), [1, 1, 1, 1]);
  assertEquals(cut(files(4, 11 * MB), 64), [1, 1, 1, 1]);
});

Deno.test("a call takes no more than it is declared to, however much there is", () => {
  assertEquals(cut(files(6, 11 * MB), 1), [2, 2, 2]);
  assertEquals(cut(files(6, 11 * MB), 1, 33), [3, 3]);
  assertEquals(cut(files(12, 11 * MB), 2, 64), [3, 3, 3, 3]);
  assertEquals(cut(files(4, MB / 2), 1, true), [2, 2]);
  assertEquals(cut([1, 32 * MB, 300 * MB, 1], 1), [1, 1, 1, 1]);
});

Deno.test("of compressed files a call takes fewer", () => {
  assertEquals(cut(files(6, 4 * MB), 1, 32, "csv.gz"), [1, 1, 1, 1, 1, 1]);
  assertEquals(cut(files(6, 4 * MB), 1, 32), [6]);
});

Deno.test("a call takes several hundred tiny files, whatever the number of jobs", () => {
  assertEquals(cut(files(5000, 2000), 64), Array(10).fill(500));
  assertEquals(cut(files(3, 0), 2), [3]);
});

Deno.test("a treatment that takes one file at a time has a call for each", () => {
  assertEquals(cut(files(3, 10), 1, false), [1, 1, 1]);
});
