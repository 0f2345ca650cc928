import { dirname } from "node:path";
import { MyxError, UsageError } from "../contract/errors.ts";
import type { Pin, PinnedTreatment } from "../contract/lock_file.ts";
import type { Pinned } from "../contract/remote.ts";
import { parseRemoteUrl } from "../contract/remote_url.ts";
import { sha256 } from "../data/sha256.ts";
import { fetchNpm } from "./npm.ts";
import { openSource } from "./open_source.ts";
import type { Source } from "./source.ts";
import { isWhole, openScratch, type Scratch } from "./store.ts";

/**
 * Fetches the very files that the lock pins, unless the cache has them; tells whether it had to.
 *
 * @throws {MyxError} If they cannot be had any more.
 */
export async function restore(projectDir: string, pinned: Pinned<Pin & Partial<PinnedTreatment>>): Promise<boolean> {
  const { name, pin } = pinned;
  const isHere = isWhole(pinned);
  if (isHere && pin.npm === undefined) return false;
  using scratch = openScratch(projectDir);
  if (pin.npm !== undefined) await fetchNpm(pin.npm, scratch.dir);
  if (isHere) return false;
  await using source = await openPinned(pin, scratch.dir);
  await readPinned(pin, source, scratch);
  scratch.keep(name, pin);
  return true;
}

async function openPinned(pin: Pin, scratch: string): Promise<Source> {
  const url = parseRemoteUrl(pin.url);
  if (pin.commit === undefined) return await openSource(url, { scratch });
  try {
    return await openSource(url, { scratch, commit: pin.commit });
  } catch (cause) {
    if (!(cause instanceof MyxError)) throw cause;
    // Some servers give out only what a branch or tag stands for.
    const source = await openSource(url, { scratch });
    if (source.commit === pin.commit) return source;
    await source[Symbol.asyncDispose]();
    throw new MyxError(
      `Cannot fetch ${pin.url}: myx.lock pins commit ${pin.commit}, which the server does not give, and it now stands for ` +
        `commit ${source.commit}`,
      { fix: "Look at what changed: deno task update", cause },
    );
  }
}

async function readPinned(pin: Pin, source: Source, { root }: Scratch): Promise<void> {
  const paths = Object.keys(pin.files);
  for (const [i, bytes] of (await source.read(paths)).entries()) {
    const path = paths[i]!;
    if (bytes === undefined || sha256(bytes) !== pin.files[path]) {
      throw new UsageError(
        `Cannot fetch ${pin.url}: the file "${path}" ${
          bytes ? "has changed since" : "is gone since"
        } myx.lock pinned it`,
        { fix: "Look at what changed: deno task update" },
      );
    }
    Deno.mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    Deno.writeFileSync(`${root}/${path}`, bytes, { createNew: true, mode: 0o444 });
  }
}
