import { assertEquals } from "@std/assert";
import { Workload, workOf } from "../../../core/sandbox/workload.ts";

/** Whether one more child is worth it 10 ms after a call began, if `calls` as long as that one are to come in each of `steps`. */
function isWorthAnother(calls: number, steps: number, count: number): boolean {
  const work = new Workload(steps);
  work.expect(Array(calls + 1).fill(2 ** 20));
  const bytes = work.begin(2 ** 20);
  return work.isWorthAnother(count, [{ since: performance.now() - 10, bytes }]);
}

Deno.test("a child is worth its start by all that is still to do, in the steps to come as well", () => {
  assertEquals(isWorthAnother(1, 1, 1), false);
  assertEquals(isWorthAnother(1000, 1, 1), true);
  assertEquals(isWorthAnother(1, 1000, 1), true);
  assertEquals(isWorthAnother(1, 1000, 1000), false);
});

Deno.test("while the first call starts, only what nobody could read quickly is known to be worth a second child", () => {
  for (const [bytes, worth] of [[2 ** 20, false], [2 ** 30, true]] as const) {
    const work = new Workload();
    work.expect(Array(10).fill(bytes));
    assertEquals(work.isWorthAnother(1, [{ since: Infinity, bytes: work.begin(bytes) }]), worth);
  }
});

Deno.test("thousands of tiny files are known to be worth a second child, thousands of lines in one are not", () => {
  for (const [files, worth] of [[10_000, true], [1, false]] as const) {
    const calls = Array(10).fill(
      workOf(Array(Math.ceil(files / 10)).fill({ name: "a.csv", size: 10_000_000 / files })),
    );
    const work = new Workload();
    work.expect(calls);
    assertEquals(work.isWorthAnother(1, []), worth);
  }
});
