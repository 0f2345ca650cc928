import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { extendConfig } from "../../../core/cli/project_config.ts";
import { UsageError } from "../../../core/contract/errors.ts";

const BASE = { myx: "deno run main.ts", flow: "deno task -q myx flow" };

Deno.test("extendConfig() writes a new configuration with an alias per flow", () => {
  const { text, added } = extendConfig(undefined, BASE, ["mussels"]);
  assertEquals(JSON.parse(text!), { tasks: { ...BASE, mussels: "deno task -q flow mussels" } });
  assertEquals(added, ["myx", "flow", "mussels"]);
});

Deno.test("extendConfig() keeps all that is there, its order and its indentation", () => {
  const before =
    '{\n\t"imports": {\n\t\t"x": "npm:x"\n\t},\n\t"tasks": {\n\t\t"mine": "echo hi"\n\t},\n\t"fmt": {}\n}\n';
  const { text } = extendConfig(before, BASE, ["a"]);
  assertEquals(
    text,
    before.replace(
      '"echo hi"\n',
      '"echo hi",\n\t\t"myx": "deno run main.ts",\n\t\t"flow": "deno task -q myx flow",\n\t\t"a": "deno task -q flow a"\n',
    ),
  );
});

Deno.test("extendConfig() a second time changes nothing", () => {
  const { text } = extendConfig("{}", BASE, ["a"]);
  assertEquals(extendConfig(text, BASE, ["a"]), { added: [], kept: [] });
  assertEquals(extendConfig(text, BASE, ["a", "b"]).added, ["b"]);
});

Deno.test("extendConfig() leaves tasks of the same name alone and goes on", () => {
  const own = { flow: "npx deno task -q myx flow", a: "echo mine" };
  const { text, added, kept } = extendConfig(JSON.stringify({ tasks: own }), BASE, ["a", "b", "flow"]);
  assertEquals(JSON.parse(text!).tasks, { ...own, myx: BASE.myx, b: "deno task -q flow b" });
  assertEquals([added, kept], [["myx", "b"], ["flow", "a"]]);
});

Deno.test("extendConfig() prints the lines to add where it cannot write them without losing something", () => {
  const cases = [
    ['{ "tasks": {} // mine\n}', "Cannot extend deno.jsonc: it has comments"],
    ['{ "tasks": {}, }', "Cannot extend deno.jsonc: it has comments or a comma too many"],
    ['{ "tasks": ', "Cannot extend deno.jsonc: "],
    ["[]", "it is no object"],
  ] as const;
  for (const [text, message] of cases) {
    const error = assertThrows(() => extendConfig(text, BASE, ["a"], "deno.jsonc"), UsageError);
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.fix!, '"tasks" by hand:\n  "myx": "deno run main.ts",\n  "flow":');
  }
  const done = `{ "tasks": ${JSON.stringify({ ...BASE, a: "deno task -q flow a" })} } // mine`;
  assertEquals(extendConfig(done, BASE, ["a"]).added, [], "nothing to write, so no comment is lost");
});
