import { assertEquals, assertThrows } from "@std/assert";
import { marginalCosts, median, ratioToBest } from "./figures.ts";
import { cpuMs } from "./run_command.ts";

Deno.test("median() is the middle, or the mean of the two in the middle", () => {
  assertEquals([median([10, 9, 100]), median([4, 1, 3, 2]), median([7])], [10, 2.5, 7]);
  assertThrows(() => median([]), RangeError);
});

Deno.test("ratioToBest() is the fastest peer's time over ours: above 1 means that we are faster", () => {
  assertEquals(ratioToBest(2, new Map([["slow", 30], ["fast", 8]])), { best: "fast", ratio: 4 });
  assertEquals(ratioToBest(8, new Map([["fast", 2]])), { best: "fast", ratio: 0.25 });
  assertEquals(ratioToBest(8, new Map()), undefined);
});

Deno.test("marginalCosts() leaves out what is paid once", () => {
  assertEquals(marginalCosts([{ size: 4, cost: 14 }, { size: 20, cost: 46 }, { size: 40, cost: 106 }]), [2, 3]);
});

Deno.test("cpuMs() reads the children's user and system time from what the shell's times prints", () => {
  assertEquals(cpuMs("0m9.000s 0m9.000s\n1m2.250s 0m0.350s\n"), 62_600);
  assertEquals(cpuMs("0m0.00s 0m0.01s\n0m0.50s 0m0.25s\n"), 750);
});
