import { assertEquals } from "@std/assert";
import { cutPacks } from "../../../core/engine/cut_work.ts";
import type { PlannedUnit, StepPlan } from "../../../core/engine/plan.ts";
import type { StepState } from "../../../core/engine/workspace.ts";

const MB = 2 ** 20;

/** How many of so many files of `size` bytes each call takes. */
function cut(files: number, size: number, jobs: number, pack = true): number[] {
  const units = Array.from({ length: files }, (_, i) => ({ key: `${i}`, own: [{ size }], halo: [] }));
  const plan = { units } as unknown as StepPlan;
  const state = { step: { treatment: { pack } } } as unknown as StepState;
  return cutPacks(state, plan, units as unknown as PlannedUnit[], { jobs, packBytes: 32 * MB }).map(({ length }) =>
    length
  );
}

Deno.test("a call takes as many days as leave each child some", () => {
  assertEquals(cut(1, 11 * MB, 2), [1]);
  assertEquals(cut(4, 11 * MB, 2), [2, 2]);
  assertEquals(cut(5, 11 * MB, 2), [3, 2]);
  assertEquals(cut(4, 11 * MB, 4), [1, 1, 1, 1]);
  assertEquals(cut(4, 11 * MB, 64), [1, 1, 1, 1]);
});

Deno.test("a call takes no more than memory holds, however much there is", () => {
  assertEquals(new Set(cut(3000, 11 * MB, 2)), new Set([3]));
  assertEquals(cut(3, 300 * MB, 1), [1, 1, 1]);
});

Deno.test("a call takes several hundred tiny files, whatever the number of jobs", () => {
  assertEquals(cut(5000, 2000, 64), Array(10).fill(500));
  assertEquals(cut(3, 0, 2), [3]);
});

Deno.test("a treatment that takes one file at a time has a call for each", () => {
  assertEquals(cut(3, 10, 1, false), [1, 1, 1]);
});
