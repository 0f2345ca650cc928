import { join } from "node:path";
import { UsageError } from "../contract/errors.ts";
import { formatLock, type Lock, lockPath, type Pin } from "../contract/lock_file.ts";
import { isObject } from "../contract/problems.ts";
import { openLock } from "../engine/lock.ts";
import { makeFolder, writeWhole } from "../engine/write_whole.ts";

/** Keeps others from changing a project's lock until disposed; waits for who changes it now. */
export function holdLock(projectDir: string): Disposable {
  // Not myx.lock itself: that is replaced, and who waits would hold the old one.
  const state = stateFolder(projectDir);
  const file = openLock(state, join(state, "myx.lock.held"));
  file.lockSync(true);
  return file;
}

/**
 * What others have pinned by now, with what changed from `before` to `after` in it.
 *
 * @throws {UsageError} If others have changed the same entry to something else.
 */
export function mergeLocks(before: Lock, after: Lock, now: Lock): Lock {
  return {
    treatments: mergePins(before.treatments, after.treatments, now.treatments),
    flows: mergePins(before.flows, after.flows, now.flows),
  };
}

type Pins<T> = Readonly<Record<string, T>>;

function mergePins<T extends Pin>(before: Pins<T>, after: Pins<T>, now: Pins<T>): Pins<T> {
  const merged = new Map(Object.entries(now));
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, wanted, is] = [before, after, now].map((pins) => Object.hasOwn(pins, name) ? pins[name] : undefined);
    if (isSame(was, wanted) || isSame(wanted, is)) continue;
    if (!isSame(was, is)) {
      throw new UsageError(`Cannot pin "${name}": another command has changed it in myx.lock meanwhile`, {
        fix: "Run the same command again",
      });
    }
    if (wanted === undefined) merged.delete(name);
    else merged.set(name, wanted);
  }
  return Object.fromEntries(merged);
}

function isSame(a: Pin | undefined, b: Pin | undefined): boolean {
  const text = (pin: Pin | undefined) => JSON.stringify(pin, (_, part) => isObject(part) ? sorted(part) : part);
  return text(a) === text(b);
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}

/** Replaces a project's lock by a whole new one, while it is held. */
export function writeLock(projectDir: string, lock: Lock): void {
  writeWhole(lockPath(projectDir), formatLock(lock), stateFolder(projectDir));
}

function stateFolder(projectDir: string): string {
  const folder: string = join(projectDir, ".myx");
  makeFolder(folder, { shared: true });
  return folder;
}
