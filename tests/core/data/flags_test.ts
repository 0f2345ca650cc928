import { assertEquals } from "@std/assert";
import { FLAG, flagNameOf, isFlagColumn, ROW_FLAG, worstFlag } from "myx";

const WORST_FIRST = [4, 2, 3, 1, 5, 6, 0];

Deno.test("worstFlag() follows the order 4, 2, 3, 1, 5, 6, 0", () => {
  for (const a of WORST_FIRST) {
    for (const b of WORST_FIRST) {
      assertEquals(
        worstFlag(a, b),
        WORST_FIRST[Math.min(WORST_FIRST.indexOf(a), WORST_FIRST.indexOf(b))],
        `${a}, ${b}`,
      );
    }
  }
});

Deno.test("worstFlag() lets a null give way to any flag", () => {
  assertEquals(worstFlag(NaN, 0), 0);
  assertEquals(worstFlag(2, NaN), 2);
  assertEquals(worstFlag(NaN, NaN), NaN);
});

Deno.test("worstFlag() ranks unknown codes between OK and corrected, in any order of arguments", () => {
  assertEquals([worstFlag(9, 0), worstFlag(0, 9), worstFlag(9, 6), worstFlag(6, 9)], [9, 9, 6, 6]);
  assertEquals([worstFlag(9, 7), worstFlag(7, 9), worstFlag(-1, 9)], [9, 9, 9]);
});

Deno.test("flagNameOf() gives names that isFlagColumn() recognises", () => {
  assertEquals(flagNameOf("m0"), "m0__flag");
  assertEquals([ROW_FLAG, flagNameOf("m0"), "m0", "flag"].map(isFlagColumn), [true, true, false, false]);
  assertEquals(FLAG.spike, 2);
});
