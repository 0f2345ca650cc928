import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeTempDir } from "../../temp_dir.ts";
import { myx, myxAsAnybody } from "./process.ts";

Deno.test("list shows what there is, also where we have no right to read one of it, and the steps of a flow", async () => {
  const dir = makeTempDir();
  for (const dataset of ["a", "b"]) await myx(["init", dataset], dir);
  Deno.chmodSync(`${dir}/flows/a.json`, 0o000);
  const listed = await myxAsAnybody(["list", "flows"], dir);
  assertEquals([listed.code, listed.stderr], [0, ""]);
  assertEquals(listed.stdout.split("\n").slice(0, 2).map((line) => line.split(/  +/).slice(0, 3)), [
    ["a", "project", "-"],
    ["b", "project", "b"],
  ]);
  assertStringIncludes(listed.stdout.split("\n")[0]!, "(not valid: see ");
  const checked = await myxAsAnybody(["check"], dir);
  assertEquals(checked.code, 2);
  assertStringIncludes(
    checked.stdout,
    `ERROR  flow a\n       Cannot read "${dir}/flows/a.json": you have no right to\n`,
  );
  assertStringIncludes(checked.stdout, "OK     flow b\n");
  const steps = await myx(["list", "steps", "--flow", "b"], dir);
  assertEquals(steps.stdout.split("\n").slice(0, 2), [
    "parse        parse        00_raw         10_parsed",
    "clean        clean        10_parsed      20_clean",
  ]);
});
