import { assertEquals } from "@std/assert";

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
