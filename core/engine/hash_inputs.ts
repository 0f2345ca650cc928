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
  const touched = new Set([...unit.own, ...unit.halo].filter(isTouched).map(({ name }) => name));
  if (!touched.size) return unit;
  const sha256 = `changed while it was read: ${crypto.randomUUID()}`;
  const contentOf = (name: string) => {
    const content = unit.contents.get(name);
    return content && touched.has(name) ? { ...content, sha256 } : content;
  };
  return { ...unit, contents: { get: contentOf } };
}
