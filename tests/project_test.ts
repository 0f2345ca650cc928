/** What stands in two places must say the same. */
import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../core/version.ts";
import { renderReadme } from "./readme.ts";

const ROOT = new URL("../", import.meta.url);
const config = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const readme = Deno.readTextFileSync(new URL("README.md", ROOT));
const flows = [...Deno.readDirSync(new URL("flows/", ROOT))].map(({ name }) => name.replace(/\.json$/, ""));

Deno.test("every flow has a task, and runs as what it is called", () => {
  for (const flow of flows) assertEquals(config.tasks[flow], `deno task -q flow ${flow}`);
  const aliases = Object.entries(config.tasks as Record<string, string>)
    .filter(([, command]) => /^deno task -q flow \S+$/.test(command)).map(([name]) => name);
  assertEquals(aliases.sort(), flows.sort());
});

Deno.test("no task grants everything, and none needs an unstable flag", () => {
  for (const [name, command] of Object.entries(config.tasks as Record<string, string>)) {
    assert(!/(^|\s)(-A|--allow-all)(\s|$)/.test(command), `task "${name}" grants everything`);
    assert(!/--unstable/.test(command) || name === "compile", `task "${name}" needs an unstable flag`);
  }
});

Deno.test("the flow tasks grant what they need and no more", () => {
  assertEquals(config.permissions.flow, {
    read: ["."],
    write: ["datasets", "myx.log", "myx.log.1"],
    run: ["deno", "setpriv", "bwrap"],
    env: true,
    sys: ["hostname"],
  });
});

Deno.test("the compile task grants what starts the compiler, which checks its own", () => {
  assertEquals(config.permissions.compile, { read: ["."], run: ["deno"], env: ["INIT_CWD"] });
});

Deno.test("VERSION is the version of deno.json", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("every package is pinned", () => {
  for (const [alias, target] of Object.entries(config.imports as Record<string, string>)) {
    if (target.startsWith("npm:")) assert(/@\d+\.\d+\.\d+(\/|$)/.test(target), `"${alias}" is not pinned`);
  }
});

Deno.test("README.md describes the params that the treatments have", () => {
  const { actual, expected } = renderReadme();
  assertEquals(actual, expected, "run `deno task readme`");
});

Deno.test("README.md names only tasks and commands that exist", async () => {
  const { COMMANDS } = await import("../core/cli/commands.ts");
  const commands = new Set(COMMANDS.map(({ name }: { name: string }) => name));
  for (const [, task, command] of readme.matchAll(/deno task (?:-q )?([\w:]+)(?: (\w[\w-]*))?/g)) {
    if (task === "mussels") continue; // The reader's own flow.
    assert(config.tasks[task!], `README.md names the task "${task}"`);
    if (task === "myx" && command && command !== "COMMAND") {
      assert(commands.has(command), `README.md names the command "${command}"`);
    }
  }
});

Deno.test("README.md counts the attacks that there are", async () => {
  const { ATTACKS } = await import("./hostile/attacks.ts");
  const counts = [...readme.matchAll(/(\d+) attacks against (?:its Workers|the sandbox)/g)].map(([, count]) =>
    Number(count)
  );
  // What packages link as they are installed is not built in.
  assertEquals(counts, [ATTACKS.length - 1, ATTACKS.length]);
});
