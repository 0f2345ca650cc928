/** That a run compiles none of our modules which a run before it has compiled: seen in what Deno logs of its cache. */
import { assert, assertEquals } from "@std/assert";
import { denoCommand, projectGrants } from "../../core/cli/grants.ts";
import { childArgs, HOME } from "../../core/sandbox/grants.ts";
import { V8_FLAGS } from "../../core/v8_flags.ts";
import { makeTempDir } from "../temp_dir.ts";

/** Starts a deno with nothing to do but to load what it is, and returns which modules it compiled, and how many not. */
async function load(args: readonly string[], cache: string): Promise<{ compiled: string[]; kept: number }> {
  const child = new Deno.Command("deno", {
    args: [...args],
    env: { DENO_LOG: "debug", NO_COLOR: "1", DENO_DIR: cache },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode('{"nonce":"n","removed":["workers"],"soon":[]}\n')).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stderr } = await child.output();
  const lines = new TextDecoder().decode(stderr).split("\n");
  assert(success, lines.slice(-10).join("\n"));
  const compiled = lines.filter((line) => /Updating V8 code cache/.test(line));
  return { compiled, kept: lines.filter((line) => /V8 code cache hit/.test(line)).length - compiled.length };
}

/** A cache that has what was fetched, and nothing that was compiled: other tests compile meanwhile. */
async function ownCache(dir: string): Promise<string> {
  const { stdout } = await new Deno.Command("deno", { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  Deno.mkdirSync(`${dir}/cache`);
  Deno.symlinkSync(npmCache, `${dir}/cache/npm`);
  return `${dir}/cache`;
}

/** Fewer modules than main and a child load. */
const LEAST = [40, 60];

Deno.test("neither main nor a child compiles what a run before has compiled", async () => {
  const dir = makeTempDir();
  const [read, write] = [`${dir}/read`, `${dir}/write`];
  for (const folder of [read, write]) Deno.mkdirSync(folder);
  const child = childArgs({ read: [read], write, net: [], env: [], memoryMb: 512 });
  const main = [...denoCommand(projectGrants(HOME, HOME), HOME).slice(1), "check"];
  const cache = await ownCache(dir);
  let last: Awaited<ReturnType<typeof load>>[] = [];
  const isSettled = () => last.every(({ compiled, kept }, i) => !compiled.length && kept > LEAST[i]!);
  // On a busy machine Deno does not get all into its cache before it ends, nor all out of it; what overwrites each other
  // never settles.
  for (let run = 0; run < 10 && (run < 2 || !isSettled()); run++) {
    last = [await load(main, cache), await load(child, cache)];
  }
  assert(isSettled(), JSON.stringify(last));
});

Deno.test("tasks of myx start it under the flags of its children", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${HOME}/deno.json`)) as { tasks: Record<string, string> };
  const starts = Object.entries(tasks).filter(([, command]) => / main\.ts\b/.test(command));
  assertEquals(starts.map(([name]) => name), ["flow", "myx", "add", "update", "remove"]);
  for (const [, command] of starts) assert(command.includes(` --v8-flags=${V8_FLAGS} `), command);
});
