import { type FolderFile, lookAt, sameStat, statOf } from "./folder.ts";
import type { pacer } from "./parallel.ts";
import type { PlannedUnit } from "./plan.ts";

/** Hashes what a call is to read, which may be hundreds of files. */
export async function hashInputs(pack: readonly PlannedUnit[], pace: ReturnType<typeof pacer>): Promise<void> {
  for (const { own, contents } of pack) {
    await pace();
    try {
      for (const { name } of own) contents.get(name);
    } catch {
      // Told by the call that is to read it.
    }
  }
}

/** A partition as the ledger is to know it: should a file have changed meanwhile, what was read is like no content. */
export function asRead(unit: PlannedUnit): PlannedUnit {
  const isTouched = (file: FolderFile) => {
    const info = lookAt(file.path);
    return !info || !sameStat(statOf(info), file);
  };
  if (![...unit.own, ...unit.halo].some(isTouched)) return unit;
  const sha256 = `changed while it was read: ${crypto.randomUUID()}`;
  return { ...unit, contents: { get: (name) => ({ ...unit.contents.get(name)!, sha256 }) } };
}
