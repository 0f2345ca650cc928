import { assertEquals, assertStringIncludes } from "@std/assert";
import { myx, myxAsAnybody, projectWith } from "./process.ts";

Deno.test("list shows what there is, also where we have no right to read one of it, and the steps of a flow", async () => {
  const dir = projectWith("works", "export function run() {}\n");
  Deno.writeTextFileSync(`${dir}/flows/a.json`, "{}", { mode: 0o000 });
  const listed = await myxAsAnybody(["list", "flows", "--json"], dir);
  assertEquals([listed.code, listed.stderr], [0, ""]);
  const [first, , , last] = JSON.parse(listed.stdout);
  assertEquals([first.name, first.description.slice(0, 16)], ["a", "(not valid: see "]);
  assertEquals(last, { name: "works", origin: "project", dataset: "d", description: "For a test" });
  const checked = await myxAsAnybody(["check", "a", "works"], dir);
  assertEquals(checked.code, 2);
  assertStringIncludes(
    checked.stdout,
    `ERROR  flow a\n       Cannot read "${dir}/flows/a.json": you have no right to\n`,
  );
  assertStringIncludes(checked.stdout, "OK     flow works\n");
  assertEquals((await myx(["list", "steps", "--flow", "works"], dir)).stdout, "works  works  00_raw  10_out\n");
});
