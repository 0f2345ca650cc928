import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { MyxError } from "../../../core/contract/errors.ts";
import { requireSelf } from "../../../core/sandbox/launch.ts";
import { actStandalone } from "../../../core/standalone/self.ts";
import { makeProject } from "../../project.ts";

const CONFIG = fromFileUrl(import.meta.resolve("../../../deno.json"));
const SELF = import.meta.resolve("../../../core/standalone/self.ts");

/** Whether a process has the network once it began with `args`. */
async function network(args: readonly string[], binary: boolean): Promise<string> {
  const code = `import { actStandalone, giveUpNetwork } from ${JSON.stringify(SELF)};
    if (${binary}) actStandalone([]);
    giveUpNetwork(${JSON.stringify(args)});
    console.log((await Deno.permissions.query({ name: "net" })).state);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("giveUpNetwork() leaves a binary's main process the network only to fetch from elsewhere", async () => {
  assertEquals(await network(["flow", "valvometry_daily"], true), "prompt");
  assertEquals(await network([], true), "prompt");
  assertEquals(await network(["--project", "lab", "add", "https://host/x/"], true), "granted");
  assertEquals(await network(["update"], true), "granted");
});

Deno.test("giveUpNetwork() leaves a plain deno run what it was started with", async () => {
  assertEquals(await network(["flow", "valvometry_daily"], false), "granted");
});

Deno.test("a binary that was replaced while it runs says so, and watch ends where every run would fail", async () => {
  {
    using _ = actStandalone(["/usr/local/bin/myx (deleted)", "run"]);
    assertThrows(requireSelf, MyxError, "Cannot go on: this program was replaced or removed while it ran");
  }
  using project = makeProject({
    "flows/small.json": {
      name: "small",
      description: "For a test",
      dataset: "d",
      steps: [{ treatment: "parse", input: "00_raw", output: "10_parsed" }],
    },
    "datasets/d/00_raw/.keep": "",
  });
  const code = `import { actStandalone } from ${JSON.stringify(SELF)};
    import { start } from ${JSON.stringify(import.meta.resolve("../../../main.ts"))};
    const command = ["/usr/local/bin/myx"];
    actStandalone(command);
    // Not before the first run is over: what that one throws ends it in any case.
    setTimeout(() => command[0] += " (deleted)", 4000);
    await start(["watch", "small", "--every", "1"]);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${CONFIG}`, code],
    cwd: project.dir,
    env: { NO_COLOR: "1" },
    stderr: "piped",
    stdout: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGINT"), 20_000);
  const { code: exitCode, stderr } = await child.output();
  clearTimeout(timer);
  const said = new TextDecoder().decode(stderr);
  assertEquals([exitCode, said.split("\n").slice(-3)], [
    1,
    ["Error: Cannot go on: this program was replaced or removed while it ran", "Start it again", ""],
  ]);
});
