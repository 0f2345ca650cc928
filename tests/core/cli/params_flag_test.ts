import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readParams } from "../../../core/cli/params_flag.ts";
import { UsageError } from "../../../core/contract/errors.ts";
import { makeTempDir } from "../../temp_dir.ts";

Deno.test("readParams() reads an object or a file that holds one", () => {
  assertEquals(readParams(undefined), {});
  assertEquals(readParams('{"freq": "1s", "n": 2}'), { freq: "1s", n: 2 });
  const file = `${makeTempDir()}/params.json`;
  Deno.writeTextFileSync(file, '{"a": [1]}');
  assertEquals(readParams(`@${file}`), { a: [1] });
  Deno.writeTextFileSync(file, '\ufeff{"a": [1]}');
  assertEquals(readParams(`@${file}`), { a: [1] });
  Deno.removeSync(file);
});

Deno.test("readParams() refuses anything else with what it found", () => {
  for (
    const [text, message] of [
      ["{freq: 1}", "Cannot read --params: "],
      ["[1]", "expected a JSON object, found [1]"],
      ["null", "found null"],
      ['{"a": 1, "a": 2}', 'Cannot read --params: key "a" stands there a second time'],
      ["@/", 'params from "/": it is a folder'],
      [`@${"n".repeat(300)}`, "there is no such file"],
      ["[".repeat(60_000) + "]".repeat(60_000), "it is nested too deeply"],
      [`{"a": ${"[".repeat(60_000)}${"]".repeat(60_000)}}`, "it is nested too deeply"],
      ["@/nowhere/p.json", 'params from "/nowhere/p.json": there is no such file'],
    ] as const
  ) {
    assertStringIncludes(assertThrows(() => readParams(text), UsageError).message, message);
  }
});
