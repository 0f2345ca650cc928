/** Temporary folders that go with the test module that made them, whether its tests passed or not. */
import { removeFolder } from "../core/sandbox/take_result.ts";

/**
 * Makes a folder that is removed when the test module ends, in the order of the calls: what must end before, as a server
 * that has its files there, registers its own `unload` first. Its path has no links.
 */
export function makeTempDir(prefix = "myx-test-"): string {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix }));
  globalThis.addEventListener("unload", () => removeFolder(dir));
  return dir;
}
