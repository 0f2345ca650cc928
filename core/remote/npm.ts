import { MyxError } from "../contract/errors.ts";
import type { NpmPins } from "../contract/lock_file.ts";
import { expandDependencies } from "../sandbox/child_lock.ts";
import { callDeno } from "./deno.ts";

/** What fetching packages may take. */
const SECONDS = 600;

/**
 * Resolves packages and all that they depend on to exact versions, and fetches them into Deno's own cache. Nothing of them
 * runs: Deno executes no install scripts.
 *
 * @param scratch A folder for files that only this needs.
 */
export async function pinNpm(specifiers: readonly string[], scratch: string): Promise<NpmPins> {
  const lock = `${scratch}/npm.lock`;
  await cache(specifiers, lock, [], scratch);
  const { specifiers: resolved, npm } = JSON.parse(Deno.readTextFileSync(lock));
  Deno.removeSync(lock);
  return { specifiers: resolved, packages: expandDependencies(npm) };
}

/** Fetches packages as they are pinned, into Deno's own cache, which checks their integrity. */
export async function fetchNpm({ specifiers, packages }: NpmPins, scratch: string): Promise<void> {
  const lock = `${scratch}/npm.lock`;
  Deno.writeTextFileSync(lock, JSON.stringify({ version: "5", specifiers, npm: packages }));
  await cache(Object.keys(specifiers), lock, ["--frozen"], scratch);
  Deno.removeSync(lock);
}

async function cache(
  specifiers: readonly string[],
  lock: string,
  flags: readonly string[],
  scratch: string,
): Promise<void> {
  const entry = `${scratch}/npm.ts`;
  Deno.writeTextFileSync(entry, specifiers.map((specifier) => `import ${JSON.stringify(specifier)};\n`).join(""));
  const args = ["cache", "--quiet", "--no-config", "--node-modules-dir=none", `--lock=${lock}`, ...flags, entry];
  const { success, stderr } = await callDeno(args, { seconds: SECONDS, cwd: scratch });
  Deno.removeSync(entry);
  if (success) return;
  // What failed, and on the next line the cause of that, if there is one.
  const [, what = "", why] = /^(?:error: )?(.*)(?:\n +\d+: (.*))?/.exec(stderr.trim()) ?? [];
  throw new MyxError(`Cannot fetch the packages ${specifiers.join(", ")}: ${what}${why ? `: ${why}` : ""}`);
}
