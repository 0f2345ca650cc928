import { join } from "node:path";
import type { PinnedTreatment } from "./lock_file.ts";
import { type Pinned, verifyPinned } from "./remote.ts";
import { loadTreatment, type Origin, type Treatment } from "./treatment.ts";

/** A treatment that was found but not read. */
export interface Located {
  readonly dir: string;
  readonly origin: Origin;
  /** From elsewhere: what `myx.lock` says of it. */
  readonly pinned?: Pinned<PinnedTreatment>;
}

/**
 * Loads a treatment; one from elsewhere only if every byte is the pinned one.
 *
 * @throws {UsageError} If it is not valid, or not what `myx.lock` pins.
 */
export function loadLocated({ dir, origin, pinned }: Located): Treatment {
  if (pinned === undefined) return loadTreatment(dir, origin);
  const codeDir = verifyPinned(pinned);
  const { permissions: granted, npm, path } = pinned.pin;
  const loaded = loadTreatment(join(codeDir, path), origin, {
    codeDir,
    granted,
    ...(npm === undefined ? {} : { npm }),
  });
  // Under the name that the lock gives it: that is how flows, the ledger and the log know it.
  return { ...loaded, name: pinned.name };
}

/** Where the cache has what `myx.lock` pins. */
export function locatePinned(pinned: Pinned<PinnedTreatment>): Located {
  return { dir: join(pinned.root, pinned.pin.path), origin: originOf(pinned.pin.url), pinned };
}

/** What a pinned URL's origin is called. */
export function originOf(url: string): "git" | "https" {
  return url.startsWith("git+") ? "git" : "https";
}
