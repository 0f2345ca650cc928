/** Temporary folders that go with the test module that made them, whether its tests passed or not. */

/**
 * Makes a folder that is removed when the test module ends, in the order of the calls: what must end before, as a server
 * that has its files there, registers its own `unload` first. Its path has no links.
 */
export function makeTempDir(prefix = "myx-test-"): string {
  const dir = Deno.realPathSync(Deno.makeTempDirSync({ prefix }));
  globalThis.addEventListener("unload", () => removeTempDir(dir));
  return dir;
}

/** Removes a folder of which tests may have taken away permissions, or all. */
function removeTempDir(dir: string): void {
  try {
    Deno.removeSync(dir, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    unlock(dir);
    Deno.removeSync(dir, { recursive: true });
  }
}

/** Lets the owner into all folders below `dir`, as only what lies in a folder of one's own can be removed. */
function unlock(dir: string): void {
  Deno.chmodSync(dir, 0o700);
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    if (isDirectory) unlock(`${dir}/${name}`);
  }
}
