import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { extendConfig } from "../../../core/cli/project_config.ts";
import { libraryImports } from "../../../core/cli/library_imports.ts";
import { UsageError } from "../../../core/contract/errors.ts";
import { makeTempDir } from "../../temp_dir.ts";

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
    const error = assertThrows(() => extendConfig(text, BASE, ["a"], { name: "deno.jsonc" }), UsageError);
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.fix!, '"tasks" by hand:\n  "myx": "deno run main.ts",\n  "flow":');
  }
  const done = `{ "tasks": ${JSON.stringify({ ...BASE, a: "deno task -q flow a" })} } // mine`;
  assertEquals(extendConfig(done, BASE, ["a"]).added, [], "nothing to write, so no comment is lost");
});

const LIBRARY = { imports: { myx: "../myx/core/mod.ts" }, scopes: { "../myx/": { postgres: "npm:postgres" } } };

Deno.test("extendConfig() tells editors what myx is, beside other imports and unless the project says so itself", () => {
  const tasks = { ...BASE, a: "deno task -q flow a" };
  const extend = (config: object, library = LIBRARY) => {
    const { text } = extendConfig(JSON.stringify({ ...config, tasks }), BASE, ["a"], { library });
    return text === undefined ? undefined : JSON.parse(text);
  };
  assertEquals(extend({}), { tasks, ...LIBRARY });
  const own = { imports: { x: "npm:x" }, scopes: { "./": { x: "npm:x@2" } } };
  assertEquals(extend(own), {
    tasks,
    imports: { ...own.imports, ...LIBRARY.imports },
    scopes: { ...LIBRARY.scopes, ...own.scopes },
  });
  for (const config of [LIBRARY, { imports: { myx: "./mine.ts" } }, { importMap: "map.json" }]) {
    assertEquals(extend(config), undefined);
  }
  const commented = `${JSON.stringify({ tasks })} // mine`;
  assertEquals(extendConfig(commented, BASE, ["a"], { library: LIBRARY }).text, undefined);
});

Deno.test("libraryImports() names a folder of myx as an import has to: encoded, and never like a package", () => {
  const dir = makeTempDir();
  Deno.mkdirSync(`${dir}/tools/my #1 myx`, { recursive: true });
  Deno.copyFileSync(new URL("../../../deno.json", import.meta.url), `${dir}/tools/my #1 myx/deno.json`);
  const myxFrom = (from: string) =>
    libraryImports({ dir: `${dir}${from}`, home: `${dir}/tools/my #1 myx` }).imports.myx;
  assertEquals(myxFrom(""), "./tools/my%20%231%20myx/core/mod.ts");
  assertEquals(myxFrom("/lab"), "../tools/my%20%231%20myx/core/mod.ts");
  assertEquals(myxFrom("/a/b/c/d"), `file://${dir}/tools/my%20%231%20myx/core/mod.ts`);
});
