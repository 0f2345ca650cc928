import { assert, assertEquals } from "@std/assert";
import { describePathProblem } from "../../../core/contract/safe_path.ts";

Deno.test("describePathProblem() lets nothing pass that leads elsewhere, hides, or means something else on another system", () => {
  for (const path of ["run.ts", "lib/über uns/a.b-c_d.ts", ".hidden", "..a", ".gitignore"]) {
    assertEquals(describePathProblem(path), undefined, path);
  }
  const leading = ["", "/a", "a/", "a//b", ".", "./a", "a/..", "../a", ".git/config", "a/.GIT/hooks/x"];
  const strange = [
    "a\\b",
    "C:a",
    "a*",
    "a?",
    'a"',
    "<a",
    "a|b",
    "a\nb",
    "a\0",
    "a\u202eb",
    "a\u200bb",
    "a".repeat(1025),
  ];
  for (const path of [...leading, ...strange]) assert(describePathProblem(path), JSON.stringify(path));
});
