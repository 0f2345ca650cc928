/** What the binary tells people: it has no tasks, no permissions to add, and no files that others could open. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeBinaryProject } from "./binary_project.ts";

Deno.test("the binary's hints call it by its name", async () => {
  using project = makeBinaryProject({});
  const { code, said } = await project.myx(["init", "mussels"]);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "myx flow mussels");
  assertStringIncludes(said, "myx status mussels");
  const slip = await project.myx(["flwo"]);
  assertStringIncludes(slip.said, 'See "myx --help"');
  for (const text of [said, slip.said]) assert(!/deno/.test(text), text);
});

Deno.test("the binary's init writes nothing that only a deno on disk could use", async () => {
  using project = makeBinaryProject({});
  await project.myx(["init", "mussels"]);
  assertEquals(project.list("."), []);
  const flow = JSON.parse(project.read("flows/mussels.json"));
  assertEquals([flow.$schema, flow.name], [undefined, "mussels"]);
});

Deno.test("the binary says that it is held to its folder, and how to work with that", async () => {
  using project = makeBinaryProject({});
  const { code, said } = await project.myx(["describe", "/etc"]);
  assertEquals(code, 2);
  assertStringIncludes(said, 'Cannot read "/etc": this program may only touch the folder that it is started in');
  assert(!/deno run/.test(said), said);
});
