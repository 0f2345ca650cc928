import { assertEquals } from "@std/assert";
import { didYouMean, oneOf } from "../../../core/contract/suggest.ts";

Deno.test("didYouMean() names the candidate that a word is a slip of, and no other", () => {
  const names = ["spike_window", "spike_threshold", "freq", "to", "from"];
  const cases: [string, string][] = [
    ["spike_windw", "spike_window"],
    ["Spike_Window", "spike_window"],
    ["spike_treshold", "spike_threshold"],
    ["fre", "freq"],
    ["form", "from"],
    ["freq", ""],
    ["xyz", ""],
    ["quality", ""],
    ["", ""],
  ];
  for (const [word, expected] of cases) {
    assertEquals(didYouMean(word, names), expected ? ` (did you mean "${expected}"?)` : "", word);
  }
  assertEquals(didYouMean("a", []), "");
});

Deno.test("oneOf() writes a list for people", () => {
  assertEquals([[], ["a"], ["a", "b"], ["a", 1, null]].map(oneOf), ["", '"a"', '"a" or "b"', '"a", 1 or null']);
});
